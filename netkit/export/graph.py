"""A net as plain operators, recorded as its layers append them: what every writer starts from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netkit.export.shapes import shape_after
from netkit.layer import Layer
from netkit.types import Array, Shape

END = 2**31 - 1  # "up to the end" of a slice


@dataclass
class Operator:
    """One step of a net, with ONNX's names: what it takes, by name, and what it makes.

    kind: such as "Conv".  settings: ONNX's attributes.  layer: the full name of the layer that
    appended it; empty for what prepares pixels or reads answers.
    """

    kind: str
    inputs: list[str]
    output: str
    settings: dict[str, Any] = field(default_factory=dict)
    layer: str = ""


class Graph:
    """Operators and constants; values are known by their names. Arrays are (N, C, H, W).

    arrays: {"layer.name": array}, the net's weights and statistics.  shape: (C, H, W) of the images
    it is written for, if that is known.  fixed: set by a layer that is right for images of that
    size alone.  layers: {full name of a layer: name of its output}, the inner ones first.
    """

    def __init__(
        self, arrays: Mapping[str, Array], shape: Shape | None = None, first: str = "pixels"
    ) -> None:
        self.arrays = arrays
        self.operators: list[Operator] = []
        self.constants: dict[str, Array] = {}
        self.shapes: dict[str, Shape | None] = {first: shape}
        self.layers: dict[str, str] = {}
        self.fixed = False
        self.within = ""  # the layer that is being appended

    def add(self, op: str, *inputs: Any, name: str = "", **attributes: Any) -> str:
        """Append an operator; return the name of its output.

        inputs: names; numbers and arrays among them become constants.  name: of the output, if it
        is to have one of its own.
        """
        names = [value if isinstance(value, str) else self.constant(value) for value in inputs]
        out = name or f"{op.lower()}{len(self.operators)}"
        made = Operator(op, names, out, attributes, self.within)
        self.operators.append(made)
        self.shapes[out] = shape_after(made, self.shapes, self.constants)
        return out

    def constant(self, array: Any, dtype: Any = None) -> str:
        """Return the name of a constant: of whole numbers if its dtype says so, or else floats."""
        given = np.asarray(array)
        if dtype is None:
            dtype = given.dtype if given.dtype.kind == "f" else np.float64
        name = f"constant{len(self.constants)}"
        self.constants[name] = np.ascontiguousarray(given, dtype).reshape(given.shape)
        return name

    def whole(self, *numbers: int) -> str:
        """Return the name of a constant of whole numbers."""
        return self.constant(np.array(numbers), np.int64)

    def shape(self, x: str) -> Shape | None:
        """Return (C, H, W) of a value, or None where the size of images is not known."""
        return self.shapes.get(x)

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
        outer, self.within = self.within, name
        try:
            y = layer.onnx(self, x, self.arrays_of(name))
        finally:
            self.within = outer
        self.layers[name] = y
        return y

    def chain(self, layers: Mapping[str, Layer], x: str, prefix: str = "") -> str:
        """Append layers one after the other; return the name of the last one's output."""
        for name, layer in layers.items():
            x = self.layer(prefix + name, layer, x)
        return x

    def arrays_of(self, name: str) -> dict[str, Array]:
        """Return the arrays of one layer, {name: array}."""
        start = f"{name}."
        return {k.removeprefix(start): a for k, a in self.arrays.items() if k.startswith(start)}
