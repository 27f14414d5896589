"""What the operators of a plan are in C, by kind."""

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from netkit.export.c.rows import ALONE, conv, pool
from netkit.export.c.spreading import spread
from netkit.export.c.text import number
from netkit.export.graph import Operator
from netkit.export.shapes import SPREADS

if TYPE_CHECKING:
    from netkit.export.c.calls import Call, Calls

Make: TypeAlias = "Callable[[Calls, Operator], list[Call] | None]"


def image(calls: "Calls", operator: Operator) -> "list[Call]":
    """Input: with the zeros of the first convolution around it, where that has few maps."""
    s, y = operator.settings, operator.output
    high, wide, maps = calls.shape(operator.inputs[0])
    top, left, bottom, right = s.get("pads", (0, 0, 0, 0))
    numbers = f"{high}, {wide * maps}, {number(s['bias'])}, {number(s['coeff'])}"
    sides = f"{top}, {left * maps}, {bottom}, {right * maps}"
    return [
        calls.call([f"net_input(pixels, {{y}}, {numbers}, {sides});"], y, [], [operator], {"input"})
    ]


def alone(calls: "Calls", operator: Operator) -> "list[Call]":
    """Change every number by itself."""
    name, n = ALONE[operator.kind], prod(calls.plan.shapes[operator.output])
    return calls.in_place(operator, f"net_{name}({{y}}, {n});", name)


def softmax(calls: "Calls", operator: Operator) -> "list[Call]":
    """Softmax and LogSoftmax over the maps of each pixel."""
    high, wide, maps = calls.shape(operator.output)
    name = operator.kind.lower()
    return calls.in_place(operator, f"net_{name}({{y}}, {high * wide}, {maps});", name)


def mean(calls: "Calls", operator: Operator) -> "list[Call]":
    """ReduceMean over some of maps, rows and columns."""
    high, wide, maps = calls.shape(operator.inputs[0])
    over = ", ".join(str(int(axis in operator.settings["axes"])) for axis in (2, 3, 1))
    text = f"net_mean({{x0}}, {{y}}, {high}, {wide}, {maps}, {over});"
    return [calls.call([text], operator.output, operator.inputs, [operator], {"mean"})]


def cut(calls: "Calls", operator: Operator) -> "list[Call]":
    """Slice."""
    _, wide, maps = calls.shape(operator.inputs[0])
    lines = wide * maps, maps, 1
    by = {name: values[1:] + values[:1] for name, values in operator.settings.items()}
    start = sum(n * line for n, line in zip(by["starts"], lines, strict=True))
    steps = [n * line for n, line in zip(by["steps"], lines, strict=True)]
    parts = ", ".join(f"{n}, {step}" for n, step in zip(by["sizes"], steps, strict=True))
    text = f"net_cut({{x0}} + {start}, {{y}}, {parts});"
    return [calls.call([text], operator.output, operator.inputs, [operator], {"cut"})]


def pad(calls: "Calls", operator: Operator) -> "list[Call]":
    """Pad with zeros or a mirror image."""
    high, wide, maps = calls.shape(operator.inputs[0])
    sides = ", ".join(map(str, operator.settings["sides"]))
    mirror = int(operator.settings["mode"] == "reflect")
    text = f"net_pad({{x0}}, {{y}}, {high}, {wide}, {maps}, {sides}, {mirror});"
    return [calls.call([text], operator.output, operator.inputs, [operator], {"pad"})]


def concat(calls: "Calls", operator: Operator) -> "list[Call]":
    """Concat: each part is copied into its place; flat parts map by map."""
    axis, flat = operator.settings["axis"], operator.settings.get("flat")
    _, columns, out = calls.shape(operator.output)
    lines, at, uses = [], 0, set()
    for k, part in enumerate(operator.inputs):
        high, wide, maps = calls.shape(part)
        size = {1: maps, 2: high * wide * maps, 3: wide * maps}[axis]
        if flat:
            lines.append(f"net_flat({{x{k}}}, {{y}} + {at}, {high * wide}, {maps});")
            at += high * wide * maps
            uses.add("flat")
            continue
        pieces, step = high * wide * maps // size, {1: out, 2: 0, 3: columns * out}[axis]
        lines.append(f"net_join({{x{k}}}, {{y}} + {at}, {pieces}, {size}, {step});")
        at += size
        uses.add("join")
    return [calls.call(lines, operator.output, operator.inputs, [operator], uses)]


def matmul(calls: "Calls", operator: Operator) -> "list[Call] | None":
    """MatMul with a constant: rows or columns made of others."""
    constants = calls.plan.constants(operator)
    if len(constants) != 1:
        return None
    ((place, w),) = constants.items()
    x = operator.inputs[1 - place]
    if w.ndim != 2:
        return None
    high, wide, maps = calls.shape(x)
    sizes = (1, high, len(w), wide * maps) if place == 0 else (high, wide, w.shape[1], maps)
    name = calls.constant(w if place == 0 else w.T)
    text = f"net_resize({{x0}}, {{y}}, {name}, {', '.join(map(str, sizes))});"
    return [calls.call([text], operator.output, [x], [operator], {"resize"})]


KINDS: dict[str, Make] = {
    "Input": image,
    "Conv": conv,
    "MaxPool": pool,
    "AveragePool": pool,
    "Softmax": softmax,
    "LogSoftmax": softmax,
    "ReduceMean": mean,
    "Slice": cut,
    "Pad": pad,
    "Concat": concat,
    "MatMul": matmul,
    **dict.fromkeys(ALONE, alone),
    **dict.fromkeys(SPREADS, spread),
}
