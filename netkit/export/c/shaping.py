"""A plan made ready for C: windows that are sums of all maps, or products of a row and a column."""

import numpy as np

from netkit.export.folding import maker
from netkit.export.graph import Operator
from netkit.export.plan import Plan
from netkit.types import Array

FEW = 4  # maps of an image


def shaped(plan: Plan) -> None:
    """Change a folded plan in place, so that the same numbers take fewer multiply-adds in C.

    Contrast normalisation is the case: one window over all maps, the product of two rows of taps.
    """
    pad_input(plan)
    for operator in list(plan.operators):
        if operator.kind == "Conv" and is_alike(plan.arrays[operator.inputs[1]]):
            over_mean(plan, operator)
    for operator in list(plan.operators):
        if operator.kind == "Conv":
            in_two(plan, operator)
        elif operator.kind == "Relu":
            fuse_relu(plan, operator)


def pad_input(plan: Plan) -> None:
    """Let the pixels be written with the zeros of the first convolution around them.

    Of one map or a few a convolution is much quicker where its kernel hangs over no side.
    """
    first, (maps, high, wide) = plan.operators[0], plan.shapes[plan.input]
    users = plan.users(first.output)
    if len(users) != 1 or users[0].kind != "Conv" or maps > FEW or first.output == plan.output:
        return
    top, left, bottom, right = first.settings["pads"] = users[0].settings["pads"]
    users[0].settings["pads"] = 0, 0, 0, 0
    plan.shapes[first.output] = maps, high + top + bottom, wide + left + right


def fuse_relu(plan: Plan, relu: Operator) -> None:
    """Let the convolution or sum before a relu do it as it writes its numbers."""
    x = relu.inputs[0]
    before = maker(plan, x)
    if before is None or not (before.kind == "Conv" or is_sum(plan, before)):
        return
    before.settings["relu"] = True
    plan.operators.remove(relu)
    before.output = relu.output
    plan.layers = {layer: value for layer, value in plan.layers.items() if value != x}


def is_sum(plan: Plan, operator: Operator) -> bool:
    """Return whether an operator adds two arrays of one size: what a residual layer does."""
    shapes = [plan.shapes.get(name) for name in operator.inputs]
    return operator.kind in ("Add", "Sum") and shapes == [plan.shapes[operator.output]] * 2


def is_alike(w: Array) -> bool:
    """Return whether one output sees several maps with the same kernel."""
    return len(w) == 1 and w.shape[1] > 1 and bool((w == w[:, :1]).all())


def insert(plan: Plan, before: Operator, kind: str, x: str, shape: tuple[int, ...]) -> Operator:
    """Put a new operator before another; its output takes the place of x there."""
    name = f"{before.output}_{kind.lower()}"
    made = Operator(kind, [x], name, {}, before.layer)
    plan.operators.insert(plan.operators.index(before), made)
    plan.shapes[name] = shape
    before.inputs[0] = name
    return made


def over_mean(plan: Plan, conv: Operator) -> None:
    """Let a convolution that treats all maps alike see their mean instead."""
    x, w = conv.inputs[0], plan.arrays[conv.inputs[1]]
    made = insert(plan, conv, "ReduceMean", x, (1, *plan.shapes[x][1:]))
    made.settings |= {"axes": [1], "keepdims": 1}
    plan.arrays[f"{conv.output}_once"] = w[:, :1] * w.shape[1]
    conv.inputs[1] = f"{conv.output}_once"
    conv.settings["group"] = 1


def in_two(plan: Plan, conv: Operator) -> None:
    """Divide a convolution of one map to one into its rows and its columns, if it is of rank 1."""
    w = plan.arrays[conv.inputs[1]]
    high, wide = w.shape[2:]
    if w.shape[:2] != (1, 1) or high * wide <= high + wide:
        return
    u, s, vt = np.linalg.svd(w[0, 0])
    if s[1] > 1e-9 * s[0]:
        return
    settings, (maps, rows, _) = conv.settings, plan.shapes[conv.output]
    top, left, bottom, right = settings["pads"]
    x = conv.inputs[0]
    made = insert(plan, conv, "Conv", x, (maps, rows, plan.shapes[x][2]))
    names = [f"{made.output}_w", f"{made.output}_b"]
    plan.arrays |= zip(names, (u[None, None, :, :1] * s[0], np.zeros(1)), strict=True)
    made.inputs += names
    down, across = settings["strides"]
    apart_down, apart_across = settings["dilations"]
    made.settings |= {
        "strides": (down, 1),
        "pads": (top, 0, bottom, 0),
        "dilations": (apart_down, 1),
        "group": 1,
    }
    plan.arrays[f"{conv.output}_row"] = vt[None, None, :1]
    conv.inputs[1] = f"{conv.output}_row"
    conv.settings = settings | {
        "strides": (1, across),
        "pads": (0, left, 0, right),
        "dilations": (1, apart_across),
    }
