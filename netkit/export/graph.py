"""An ONNX graph under construction, and the file that is made of it."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.layer import Layer
from netkit.types import Array, Shape

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

OPSET = 17  # as old as the operators in use allow, so that older runtimes read the file
FORMAT = 8
END = 2**31 - 1  # "up to the end" of a slice


class Graph:
    """Nodes and constants; values are known by their names. Arrays are (N, C, H, W), float32.

    arrays: {"layer.name": array}, the net's weights and statistics. fixed: set by a layer that is
    right for images of the built size alone.
    """

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self.arrays = arrays
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self.fixed = False

    def add(self, op: str, *inputs: Any, name: str = "", **attributes: Any) -> str:
        """Append an operator; return the name of its output.

        inputs: names; numbers and arrays among them become constants.  name: of the output, if it
        is to have one of its own.
        """
        from onnx import helper

        names = [value if isinstance(value, str) else self.constant(value) for value in inputs]
        out = name or f"{op.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, names, [out], **attributes))
        return out

    def constant(self, array: Any, dtype: Any = np.float32) -> str:
        """Return the name of a constant."""
        from onnx import numpy_helper

        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array, dtype), name))
        return name

    def whole(self, *numbers: int) -> str:
        """Return the name of a constant of whole numbers."""
        return self.constant(np.array(numbers), np.int64)

    # ---- what several layers need ----

    @staticmethod
    def over_maps(a: Array) -> Array:
        """Return a (C,) shaped to spread over (N, C, H, W)."""
        return np.asarray(a)[:, None, None]

    def cut(self, x: str, places: Mapping[int, slice]) -> str:
        """Append a slice of x: {axis: slice}, with axis 0 the images, 1 the maps."""
        starts = [place.start or 0 for place in places.values()]
        ends = [END if place.stop is None else place.stop for place in places.values()]
        steps = [place.step or 1 for place in places.values()]
        axes = self.whole(*places)
        return self.add(
            "Slice", x, self.whole(*starts), self.whole(*ends), axes, self.whole(*steps)
        )

    def pad(self, x: str, sides: Sequence[int], mode: str = "constant") -> str:
        """Append zeros, or a mirror image (reflect), at the top, left, bottom and right of x."""
        top, left, bottom, right = sides
        return self.add("Pad", x, self.whole(0, 0, top, left, 0, 0, bottom, right), mode=mode)

    # ---- layers ----

    def layer(self, name: str, layer: Layer, x: str) -> str:
        """Append a layer, named "c0" or "r1.c0", to value x; return the name of its output."""
        return layer.onnx(self, x, self.arrays_of(name))

    def chain(self, layers: Mapping[str, Layer], x: str, prefix: str = "") -> str:
        """Append layers one after the other; return the name of the last one's output."""
        for name, layer in layers.items():
            x = self.layer(prefix + name, layer, x)
        return x

    def arrays_of(self, name: str) -> dict[str, Array]:
        """Return the arrays of one layer, {name: array}."""
        start = f"{name}."
        return {k.removeprefix(start): a for k, a in self.arrays.items() if k.startswith(start)}

    def model(
        self,
        first: str,
        shape: Shape,
        last: Mapping[str, Sequence[int | str]],
        classes: list[str],
    ) -> bytes:
        """Return the bytes of the model.

        first: the name of its input, images of `shape` (C, H, W).  last: its outputs, {name: what
        one image has of it}; a text stands for a number that may be any.
        """
        import onnx
        from onnx import TensorProto, helper

        size = shape[1:] if self.fixed else ("height", "width")
        kind = TensorProto.FLOAT
        begin = helper.make_tensor_value_info(first, kind, ["images", shape[0], *size])
        ends = [
            helper.make_tensor_value_info(name, kind, ["images", *dims])
            for name, dims in last.items()
        ]
        graph = helper.make_graph(self.nodes, "netkit", [begin], ends, self.constants)
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, producer_name="netkit")
        model.ir_version = FORMAT
        helper.set_model_props(model, {"classes": json.dumps(classes)})
        onnx.checker.check_model(model, full_check=True)
        return model.SerializeToString()
