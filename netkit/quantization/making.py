"""How each operator of a plan becomes a step of whole numbers."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.export.graph import Operator
from netkit.quantization import factors
from netkit.quantization.arithmetic import LEAST, MOST, Format, multiplier
from netkit.quantization.regions import Contrast, refused
from netkit.quantization.steps import Step, sums
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.quantization.quantizer import Quantizer

PLANES = 2, 3  # the axes of rows and columns, of (N, C, H, W)


def source(q: "Quantizer", value: str) -> tuple[str, Format]:
    """Return the name of a plan's value in the program, and its format."""
    name = q.names[value]
    return name, q.formats[name]


def convolution(q: "Quantizer", operator: Operator) -> tuple[Step, Array]:
    """Return a convolution without what scales its sums, and what a sum of 1 stands for by map.

    Its biases are corrected, unless it was trained as eight bits see it: so that the mean of each
    map over the calibration images is what it is in floats (Nagel et al. 2019, "Data-free
    quantization through weight equalization and bias correction").
    """
    name, format = source(q, operator.inputs[0])
    w, b = (q.plan.arrays[each] for each in operator.inputs[1:])
    arrays, stands = factors.kernels(w, b, format, operator.layer)
    s = operator.settings
    settings: dict[str, Any] = {
        "zero": format.zero,
        "pads": list(s["pads"]),
        "stride": list(s["strides"]),
        "dilation": list(s["dilations"]),
        "groups": s["group"],
    }
    step = Step("conv", [name], operator.output, settings, arrays, operator.layer)
    if not q.corrects:
        return step, stands
    made = sums(step, q.whole[name]).mean((0, 1, 2)) * stands
    right = q.real[operator.output].mean((0, *PLANES), dtype=np.float64)
    arrays["b"] = factors.biases(arrays["b"] * stands + right - made, stands)
    return step, stands


def conv(q: "Quantizer", operator: Operator, format: Format) -> Step:
    step, stands = convolution(q, operator)
    step.arrays |= factors.rescaling(stands, format)
    return step


def scores(q: "Quantizer", operator: Operator, format: None) -> Step:
    step, stands = convolution(q, operator)
    step.kind = "scores"
    step.arrays["scale"] = stands.astype(np.float32)
    return step


def both(q: "Quantizer", operator: Operator) -> tuple[list[str], list[Format]]:
    """Return the names and formats of an operator's two values."""
    known = [name for name in operator.inputs if name not in q.plan.arrays]
    if len(known) != len(operator.inputs) or len(known) != 2:
        raise refused(operator)
    names, formats = zip(*(source(q, name) for name in known), strict=True)
    return list(names), list(formats)


def add(q: "Quantizer", operator: Operator, format: Format) -> Step:
    if len(operator.inputs) > 2:
        return several(q, operator, format)
    names, (a, b) = both(q, operator)
    settings = factors.two(a.scale, b.scale if operator.kind != "Sub" else -b.scale, format)
    return Step("add", names, operator.output, settings | {"zeros": [a.zero, b.zero]})


def several(q: "Quantizer", operator: Operator, format: Format) -> Step:
    """Add all but the last into a value of its own first; return the last addition."""
    *first, last = operator.inputs
    part = Operator(operator.kind, first, f"{operator.output}_{len(first)}", {}, operator.layer)
    if any(name in q.plan.arrays for name in operator.inputs):
        raise refused(operator)
    q.real[part.output] = np.sum([q.real[name] for name in first], axis=0)
    q.regions.makers[part.output] = part
    between = q.format(part.output)
    step = add(q, part, between)
    step.settings |= {"to": between.zero, "low": LEAST, "high": MOST}
    q.step(step, part.output, between)
    return add(q, Operator(operator.kind, [part.output, last], operator.output), format)


def multiply(q: "Quantizer", operator: Operator, format: Format) -> Step:
    names, (a, b) = both(q, operator)
    m, shift = multiplier(a.scale * b.scale / format.scale)
    settings = {"zeros": [a.zero, b.zero], "m": m, "shift": shift}
    return Step("multiply", names, operator.output, settings)


def meanpool(q: "Quantizer", operator: Operator, format: Format) -> Step:
    s = operator.settings
    if operator.kind == "ReduceMean":
        if list(s["axes"]) != list(PLANES):
            raise refused(operator)
        kernel = list(q.plan.shapes[operator.inputs[0]][1:])
        s = {"kernel": kernel, "strides": [1, 1]}
    name, x = source(q, operator.inputs[0])
    m, shift = multiplier(x.scale / format.scale / int(np.prod(s["kernel"])))
    settings: dict[str, Any] = {"kernel": list(s["kernel"]), "stride": list(s["strides"])}
    settings |= {"zero": x.zero, "m": m, "shift": shift}
    return Step("meanpool", [name], operator.output, settings)


def contrast(q: "Quantizer", found: Contrast, format: Format) -> Step:
    name, x = source(q, found.x)
    maps = q.plan.shapes[found.x][0]
    settings, arrays = factors.contrast(found, maps, x, format)
    return Step("contrast", [name], found.output, settings | {"zero": x.zero}, arrays, found.layer)


def refuse(q: "Quantizer", operator: Operator, format: Format) -> Step:
    raise refused(operator)


# ---- those whose output has the format of what they take ----


def maxpool(q: "Quantizer", operator: Operator) -> Step:
    s = operator.settings
    settings = {"kernel": list(s["kernel"]), "stride": list(s["strides"])}
    return Step("maxpool", [q.names[operator.inputs[0]]], operator.output, settings)


def pad(q: "Quantizer", operator: Operator) -> Step:
    s, (name, x) = operator.settings, source(q, operator.inputs[0])
    settings = {"sides": list(s["sides"]), "mode": s["mode"], "zero": x.zero}
    return Step("pad", [name], operator.output, settings)


def cut(q: "Quantizer", operator: Operator) -> Step:
    """Slices by where they start and how many they leave at the end, so that any size is cut."""
    s, shape = operator.settings, q.plan.shapes[operator.inputs[0]]
    places = []
    for start, count, step, size in zip(s["starts"], s["sizes"], s["steps"], shape, strict=True):
        left = size - (start + (count - 1) * step + 1)
        if step < 1 or left < 0:
            raise refused(operator, "a slice that runs backwards")
        places.append([start, step, left if left >= step else 0])
    maps, rows, columns = places
    return Step(
        "cut", [q.names[operator.inputs[0]]], operator.output, {"places": [rows, columns, maps]}
    )


def concat(q: "Quantizer", operator: Operator) -> Step:
    flat = bool(operator.settings.get("flat"))
    if not flat and operator.settings["axis"] != 1:
        raise refused(operator)
    format = q.format(operator.output)
    names = [q.put(x, format) for x in operator.inputs]
    return Step("concat", names, operator.output, {"flat": int(flat)})


def table(q: "Quantizer", root: str, value: str, format: Format) -> Step:
    """Return the table from the integers of a root to those of a value that depends on it alone."""
    name, x = source(q, root)
    maps = q.plan.shapes[root][0] if root != value and q.regions.by_map(root, value) else 1
    codes = (np.arange(LEAST, MOST + 1) - x.zero) * x.scale
    real = np.broadcast_to(codes, (1, maps, 1, codes.size))
    made = q.regions.function(root, value, real) if root != value else real
    rows = format.quantized(np.nan_to_num(made))[0, :, 0]
    return Step("table", [name], value, {}, {"T": rows[0] if maps == 1 else rows})


def floats(q: "Quantizer", last: str, tail: list[Operator]) -> list[Operator]:
    """Append the step that makes floats of the last integers; return the tail behind them."""
    name, x = source(q, last)
    arrays = {"scale": np.array([x.scale], np.float32)}
    made = f"{name}_floats"
    q.real[made] = q.real[last]
    q.regions.makers[made] = q.regions.makers[last]
    q.step(Step("floats", [name], made, {"zero": x.zero}, arrays), made)
    renamed = [[made if x == last else x for x in each.inputs] for each in tail]
    return [replace(each, inputs=inputs) for each, inputs in zip(tail, renamed, strict=True)]


MAKERS: dict[str, Callable[..., Step]] = {
    "Conv": conv,
    "scores": scores,
    "Add": add,
    "Sum": add,
    "Sub": add,
    "Mul": multiply,
    "AveragePool": meanpool,
    "ReduceMean": meanpool,
    "Contrast": contrast,
    "refused": refuse,
}
KEEPING: dict[str, Callable[..., Step]] = {
    "MaxPool": maxpool,
    "Pad": pad,
    "Slice": cut,
    "Concat": concat,
}
