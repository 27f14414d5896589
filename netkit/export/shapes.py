"""How large the maps are behind each operator, for images of one size."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.types import Array, Shape

if TYPE_CHECKING:
    from netkit.export.graph import Operator

ALIKE = (
    "Identity",
    "Tanh",
    "Sigmoid",
    "Relu",
    "Softplus",
    "Abs",
    "Neg",
    "Sign",
    "Exp",
    "Log",
    "Sqrt",
)
KEEPS = frozenset((*ALIKE, "Softmax", "LogSoftmax", "BatchNormalization", "Input"))
SPREADS = frozenset(("Add", "Sub", "Mul", "Div", "Max", "Min", "Pow", "Sum"))
Dims = list[Shape]
Constants = Mapping[str, Array]


def shape_after(
    operator: "Operator", shapes: Mapping[str, Shape | None], constants: Constants
) -> Shape | None:
    """Return (C, H, W) of what an operator makes; None where that is not known.

    shapes: of the values before it, each (C, H, W).  constants: {name: array}. Nothing is known of
    an operator that netkit does not write itself.
    """
    known = [image_shape(name, shapes, constants) for name in operator.inputs]
    first = known[0] if known else None
    if operator.kind in KEEPS:
        return first
    found = [shape for shape in known if shape is not None]
    if operator.kind in SPREADS:
        return tuple(np.broadcast_shapes(*found)) if len(found) == len(known) else None
    rule = RULES.get(operator.kind)
    if rule is None or first is None or None in known[: 2 if operator.kind == "Concat" else 1]:
        return None
    return rule(operator, found, constants)


def image_shape(
    name: str, shapes: Mapping[str, Shape | None], constants: Constants
) -> Shape | None:
    """Return the shape of a value for one image, or of a constant that is spread over images."""
    if name not in constants:
        return shapes.get(name)
    shape = constants[name].shape
    return tuple(shape[1:]) if len(shape) == 4 and shape[0] == 1 else tuple(shape)


def windows(
    size: Shape, kernel: Any, strides: Any, pads: Any = (0, 0, 0, 0), dilations: Any = (1, 1)
) -> tuple[int, int]:
    """Return how many windows fit whole, down and across; pads: top, left, bottom, right."""
    high, wide = (
        (n + pads[k] + pads[k + 2] - dilations[k] * (kernel[k] - 1) - 1) // strides[k] + 1
        for k, n in enumerate(size)
    )
    return high, wide


def conv(operator: "Operator", known: Dims, constants: Constants) -> Shape:
    s, kernels = operator.settings, constants[operator.inputs[1]].shape
    more = s.get("pads", (0, 0, 0, 0)), s.get("dilations", (1, 1))
    return kernels[0], *windows(known[0][1:], kernels[2:], s.get("strides", (1, 1)), *more)


def pool(operator: "Operator", known: Dims, constants: Constants) -> Shape:
    s = operator.settings
    pads = s.get("pads", (0, 0, 0, 0))
    return known[0][0], *windows(known[0][1:], s["kernel_shape"], s.get("strides", (1, 1)), pads)


def mean(operator: "Operator", known: Dims, constants: Constants) -> Shape:
    axes = operator.settings["axes"]
    return tuple(1 if k + 1 in axes else n for k, n in enumerate(known[0]))


def concat(operator: "Operator", known: Dims, constants: Constants) -> Shape:
    axis = operator.settings["axis"] - 1
    if operator.settings.get("flat"):
        return sum(int(np.prod(shape)) for shape in known), 1, 1
    return tuple(
        sum(shape[k] for shape in known) if k == axis else n for k, n in enumerate(known[0])
    )


def cut(operator: "Operator", known: Dims, constants: Constants) -> Shape:
    places = cut_places(operator, constants)
    return tuple(len(range(n)[place]) for n, place in zip(known[0], places, strict=True))


def cut_places(operator: "Operator", constants: Constants) -> list[slice]:
    """Return the slices of a Slice over the maps, rows and columns."""
    places = [slice(None)] * 4
    given = (constants[name].tolist() for name in operator.inputs[1:])
    for start, end, axis, step in zip(*given, strict=True):
        open_end = end >= 2**31 - 1 or end <= -(2**31)
        places[axis] = slice(start, None if open_end else end, step)
    return places[1:]


def pad(operator: "Operator", known: Dims, constants: Constants) -> Shape:
    top, left, bottom, right = pad_sides(operator, constants)
    maps, high, wide = known[0]
    return maps, high + top + bottom, wide + left + right


def pad_sides(operator: "Operator", constants: Constants) -> tuple[int, ...]:
    """Return what a Pad adds at the top, left, bottom and right."""
    _, _, top, left, _, _, bottom, right = constants[operator.inputs[1]].tolist()
    return top, left, bottom, right


def matmul(operator: "Operator", known: Dims, constants: Constants) -> Shape | None:
    (a, b), three = known, 3
    return (b[0], a[-2], b[2]) if len(b) == three else (a[0], a[1], b[-1])


def reshape(operator: "Operator", known: Dims, constants: Constants) -> Shape | None:
    wanted = constants[operator.inputs[1]].tolist()[1:]
    if len(wanted) != len(known[0]):
        return None
    sizes = [n or known[0][k] for k, n in enumerate(wanted)]
    rest = int(np.prod(known[0])) // int(np.prod([n for n in sizes if n != -1]))
    return tuple(rest if n == -1 else n for n in sizes)


RULES: dict[str, Callable[["Operator", Dims, Constants], Shape | None]] = {
    "Conv": conv,
    "MaxPool": pool,
    "AveragePool": pool,
    "ReduceMean": mean,
    "Concat": concat,
    "Slice": cut,
    "Pad": pad,
    "MatMul": matmul,
    "Reshape": reshape,
}
