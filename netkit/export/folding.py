"""Fewer operators that say the same: what is constant goes into the convolutions beside it."""

from typing import TYPE_CHECKING

import numpy as np

from netkit.export.graph import Operator
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.export.plan import Plan


def folded(plan: "Plan") -> None:
    """Fold a plan in place, in float64: see plan_of.

    A batch normalisation that has no convolution before it becomes a factor and an offset a map,
    Mul and Add.
    """
    plan.arrays = {
        name: a.astype(np.float64) if a.dtype.kind == "f" else a for name, a in plan.arrays.items()
    }
    for operator in list(plan.operators):
        if operator.kind == "BatchNormalization":
            as_factors(plan, operator)
    for operator in list(plan.operators):
        if operator.kind == "Identity":
            leave_out(plan, operator)
        elif operator.kind == "Reshape":
            flatten(plan, operator)
        elif operator.kind == "Pad":
            pad_in_conv(plan, operator)
        elif operator.kind in ("Mul", "Add", "Sub", "Div"):
            into_conv(plan, operator)
    made = {plan.input, *(each.output for each in plan.operators)}
    used = {name for each in plan.operators for name in each.inputs}
    plan.layers = {layer: value for layer, value in plan.layers.items() if value in made}
    plan.shapes = {name: shape for name, shape in plan.shapes.items() if name in made}
    plan.arrays = {name: array for name, array in plan.arrays.items() if name in used}


def as_factors(plan: "Plan", operator: Operator) -> None:
    """Put a Mul and an Add in a batch normalisation's place."""
    x, *names = operator.inputs
    scale, shift, mean, variance = (plan.arrays[name].astype(np.float64) for name in names)
    factor = scale / np.sqrt(variance + operator.settings["epsilon"])
    between = f"{operator.output}_scaled"
    plan.arrays[f"{between}_by"] = factor[:, None, None]
    plan.arrays[f"{operator.output}_by"] = (shift - mean * factor)[:, None, None]
    plan.shapes[between] = plan.shapes[operator.output]
    at = plan.operators.index(operator)
    plan.operators[at : at + 1] = [
        Operator("Mul", [x, f"{between}_by"], between, {}, operator.layer),
        Operator("Add", [between, f"{operator.output}_by"], operator.output, {}, operator.layer),
    ]


def leave_out(plan: "Plan", operator: Operator) -> None:
    """Leave out an operator whose output is its input."""
    rename(plan, operator.output, operator.inputs[0])
    plan.operators.remove(operator)


def rename(plan: "Plan", old: str, new: str) -> None:
    """Let everyone who names a value name another."""
    for each in plan.operators:
        each.inputs = [new if name == old else name for name in each.inputs]
    plan.layers = {k: new if value == old else value for k, value in plan.layers.items()}
    if plan.output == old:
        plan.output = new


def flatten(plan: "Plan", operator: Operator) -> None:
    """Leave out a Reshape whose output is only put behind others: numbers lie as they did."""
    users = plan.users(operator.output)
    if users and plan.output != operator.output and all(is_join(user) for user in users):
        for user in users:
            user.settings["flat"] = True
        leave_out(plan, operator)


def is_join(operator: Operator) -> bool:
    """Return whether an operator puts maps behind maps."""
    return operator.kind == "Concat" and operator.settings["axis"] == 1


def maker(plan: "Plan", value: str) -> Operator | None:
    """Return the operator that makes a value which one other alone takes."""
    alone = len(plan.users(value)) == 1 and value != plan.output
    return next((each for each in plan.operators if each.output == value), None) if alone else None


def pad_in_conv(plan: "Plan", operator: Operator) -> None:
    """Let the convolution behind zeros around the maps add them by itself."""
    users, sides = plan.users(operator.output), operator.settings["sides"]
    mode = operator.settings["mode"] == "constant"
    convs = all(user.kind == "Conv" for user in users)
    if mode and convs and users and plan.output != operator.output and min(sides) >= 0:
        for user in users:
            pads = zip(user.settings["pads"], sides, strict=True)
            user.settings["pads"] = tuple(a + b for a, b in pads)
        leave_out(plan, operator)


def into_conv(plan: "Plan", operator: Operator) -> None:
    """Put a constant factor or offset a map into the convolution that makes the maps."""
    x, by = operator.inputs
    if x in plan.arrays and operator.kind in ("Mul", "Add"):
        x, by = by, x
    conv = maker(plan, x)
    if by not in plan.arrays or conv is None or conv.kind != "Conv":
        return
    array = plan.arrays[by]
    if array.shape[1:] != (1, 1) or plan.shapes[operator.output] != plan.shapes[x]:
        return  # it differs from place to place
    numbers = np.broadcast_to(array.reshape(-1), plan.shapes[x][:1])
    w, b = (plan.arrays[name] for name in conv.inputs[1:])
    if operator.kind in ("Add", "Sub"):
        b = b + (numbers if operator.kind == "Add" else -numbers)
    else:
        factor: Array = numbers if operator.kind == "Mul" else 1 / numbers
        w, b = w * factor[:, None, None, None], b * factor
    names = [f"{operator.output}_w", f"{operator.output}_b"]
    plan.arrays |= zip(names, (w, b), strict=True)
    conv.inputs[1:] = names
    conv.layer = conv.layer or operator.layer
    plan.operators.remove(operator)
    output = operator.output
    plan.layers = {layer: value for layer, value in plan.layers.items() if value != conv.output}
    conv.output = output
