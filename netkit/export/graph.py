"""An ONNX graph under construction, and the file that is made of it."""

import json

import numpy as np

from netkit.errors import NetkitError

OPSET, FORMAT = 17, 8  # as old as the operators in use allow, so that older runtimes read the file


class Graph:
    """Nodes and constants; names of values are strings. Arrays are (N, C, H, W), float32, as ONNX
    has them.

    rules: {class name of a layer: function(graph, layer, x, p) -> y}, where p has the layer's
    arrays, {name: array}. fixed: set by a rule that holds for images of the built size alone.
    """

    def __init__(self, rules, arrays):
        self.rules, self.arrays, self.nodes, self.constants, self.fixed = (
            rules,
            arrays,
            [],
            [],
            False,
        )

    def add(self, op, *inputs, **attributes):
        """Append a node; numbers and arrays among its inputs become constants. Return the name of
        its output.
        """
        from onnx import helper

        names = [name if isinstance(name, str) else self.constant(name) for name in inputs]
        out = f"{op.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, names, [out], **attributes))
        return out

    def constant(self, array, dtype=np.float32):
        """Return the name of a constant."""
        from onnx import numpy_helper

        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array, dtype), name))
        return name

    def whole(self, *numbers):
        """Return the name of a constant of whole numbers."""
        return self.constant(np.array(numbers), np.int64)

    def layer(self, name, layer, x):
        """Append a layer, named "c0" or "r1.c0", to value x: return the name of its output."""
        if hasattr(layer, "onnx"):
            rule = type(layer).onnx
            return rule(layer, self, x, self.of(name))
        for cls in type(layer).__mro__:
            if cls.__name__ in self.rules and cls.__module__.startswith("netkit."):
                return self.rules[cls.__name__](self, layer, x, self.of(name))
        raise NetkitError(
            f"{name}: the layer {type(layer).__name__} cannot be written as ONNX: give it a method onnx(graph, x, p)"
        )

    def chain(self, layers, x, prefix=""):
        """Append layers one after the other."""
        for name, layer in layers.items():
            x = self.layer(prefix + name, layer, x)
        return x

    def of(self, name):
        """Return the arrays of one layer, {name: array}."""
        start = f"{name}."
        return {k.removeprefix(start): a for k, a in self.arrays.items() if k.startswith(start)}

    def model(self, x, y, shape, end, classes):
        """Return the bytes of the model from input x, images of `shape` (C, H, W), to output y of
        shape `end`.
        """
        import onnx
        from onnx import TensorProto, helper

        size = shape[1:] if self.fixed else ("height", "width")
        first = helper.make_tensor_value_info(x, TensorProto.FLOAT, ["images", shape[0], *size])
        cells = end[1:] if self.fixed else ("rows", "columns")
        last = helper.make_tensor_value_info(y, TensorProto.FLOAT, ["images", end[0], *cells])
        graph = helper.make_graph(self.nodes, "netkit", [first], [last], self.constants)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="netkit"
        )
        model.ir_version = FORMAT
        helper.set_model_props(model, {"classes": json.dumps(classes)})
        onnx.checker.check_model(model, full_check=True)
        return model.SerializeToString()
