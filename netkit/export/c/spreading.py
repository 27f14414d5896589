"""Two arrays in C, number by number."""

from math import prod
from typing import TYPE_CHECKING

from netkit.export.c.packing import maps_last
from netkit.export.c.shaping import is_sum
from netkit.export.graph import Operator
from netkit.types import Shape

if TYPE_CHECKING:
    from netkit.export.c.calls import Call, Calls


def spread(calls: "Calls", operator: Operator) -> "list[Call]":
    """Two arrays or more, number by number, those with one of an axis spread over it."""
    if is_sum(calls.plan, operator):
        return plus(calls, operator)
    name = "add" if operator.kind == "Sum" else operator.kind.lower()
    made, first, y = [], operator.inputs[0], operator.output
    shape = calls.shape(y)
    for k, other in enumerate(operator.inputs[1:]):
        pair = [y if k else first, other]
        steps = [spread_steps(calls.shape(each), shape) for each in pair]
        values = [each for each in pair if each not in calls.plan.arrays]
        names = [
            "{x" + f"{values.index(each)}" + "}"
            if each in values
            else calls.constant(maps_last(calls.plan.arrays[each]))
            for each in pair
        ]
        sizes = ", ".join(map(str, merged(shape, steps)))
        text = [
            "{{",
            f"    const net_spread s = {{{{{sizes}}}}};",
            f"    net_{name}({names[0]}, {names[1]}, {{y}}, s);",
            "}}",
        ]
        same = bool(values) and values[0] == pair[0] and calls.shape(values[0]) == shape
        free = k > 0 or (
            same and values[0] not in operator.inputs[2:] and calls.is_last(values[0], operator)
        )
        done = [operator] if k == 0 else []
        made.append(calls.call(text, y, values, done, {name}, in_place=same and free))
    return made


def merged(shape: Shape, steps: list[list[int]]) -> list[int]:
    """Return the sizes of a net_spread, as one run of numbers where both arrays lie as y does."""
    like = [shape[1] * shape[2], shape[2], 1]
    n = prod(shape)
    if all(step in (like, [0, 0, 0]) for step in steps):
        return [1, 1, n, *(part for step in steps for part in (0, 0, int(step == like)))]
    return [*shape, *steps[0], *steps[1]]


def spread_steps(have: Shape, want: Shape) -> list[int]:
    """Return from number to number of an array (H, W, C) that is spread: by rows, columns, maps."""
    steps = [have[1] * have[2], have[2], 1]
    return [0 if n == 1 else step for n, step in zip(have, steps, strict=True)]


def plus(calls: "Calls", operator: Operator) -> "list[Call]":
    """Add one array to another of its size, in place."""
    a, b = operator.inputs
    if not calls.is_last(a, operator) and calls.is_last(b, operator):
        a, b = b, a
    n, relu = prod(calls.plan.shapes[a]), int(operator.settings.get("relu", False))
    turned = Operator(operator.kind, [a, b], operator.output, operator.settings, operator.layer)
    made = []
    if a == b or not calls.is_last(a, operator):
        copy = calls.call(
            [f"net_join({{x0}}, {{y}}, 1, {n}, 0);"], turned.output, [a], [], {"join"}
        )
        made, a = [copy], turned.output
    text = f"net_plus({{y}}, {{x1}}, {n}, {relu});"
    return [*made, calls.call([text], turned.output, [a, b], [operator], {"plus"}, in_place=True)]
