"""Convolutions and pooling in C; where one feeds the other, row by row."""

from typing import TYPE_CHECKING

from netkit.export.c.packing import packed, packed_depthwise
from netkit.export.graph import Operator

if TYPE_CHECKING:
    from netkit.export.c.calls import Call, Calls
    from netkit.export.plan import Plan

# Functions of single numbers, which work in place, and the functions of C that they call.
ALONE = {
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
    "Relu": "relu",
    "Softplus": "softplus",
    "Abs": "abs",
    "Neg": "neg",
    "Sign": "sign",
    "Exp": "exp",
    "Log": "log",
    "Sqrt": "sqrt",
}


def conv(calls: "Calls", operator: Operator) -> "list[Call]":
    """Conv, and a pooling layer behind it that takes its rows as they come."""
    made = pooled(calls, operator)
    if made:
        return made
    lines, uses = conv_lines(
        calls, operator, "{x0}", "{y}", "0", str(calls.shape(operator.output)[0])
    )
    return [calls.call(lines, operator.output, operator.inputs[:1], [operator], uses)]


def conv_lines(
    calls: "Calls", operator: Operator, x: str, y: str, first: str, last: str
) -> tuple[list[str], set[str]]:
    """Return the lines of C that make the rows first..last-1 of a convolution at y."""
    s, w = operator.settings, calls.plan.arrays[operator.inputs[1]]
    b = calls.constant(calls.plan.arrays[operator.inputs[2]])
    high, wide, maps = calls.shape(operator.inputs[0])
    _, columns, out = calls.shape(operator.output)
    groups = s["group"]
    alone = w.shape[1] == 1 and groups == maps == out
    part, name = maps // groups, "depthwise" if alone else "conv"
    weights = calls.constant(packed_depthwise(w) if alone else packed(w, groups))
    if alone:
        part, groups = maps, 1
    top, left = s["pads"][:2]
    kernel = (*w.shape[2:], *s["strides"], top, left, *s["dilations"], int(s.get("relu", False)))
    sizes = (high, wide, part, maps, columns, out // groups, out, *kernel)
    lines = ["{{", f"    const net_conv_sizes s = {{{{{', '.join(map(str, sizes))}}}}};"]
    if groups == 1:
        lines.append(f"    net_{name}({x}, {y}, {weights}, {b}, {first}, {last}, s);")
    else:
        a, o, n = part, out // groups, w[: len(w) // groups].size
        lines += [
            f"    for (int g = 0; g < {groups}; g++)",
            f"        net_conv({x} + {a} * g, {y} + {o} * g, {weights} + {n} * g, {b} + {o} * g,",
            f"                 {first}, {last}, s);",
        ]
    return [*lines, "}}"], {name}


def pool(calls: "Calls", operator: Operator) -> "list[Call]":
    """MaxPool and AveragePool."""
    lines, uses = pool_lines(
        calls, operator, "{x0}", "{y}", "0", str(calls.shape(operator.output)[0])
    )
    return [calls.call(lines, operator.output, operator.inputs, [operator], uses)]


def pool_lines(
    calls: "Calls", operator: Operator, x: str, y: str, first: str, last: str
) -> tuple[list[str], set[str]]:
    """Return the lines of C that make the rows first..last-1 of pooled maps at y."""
    (_, wide, maps), s = calls.shape(operator.inputs[0]), operator.settings
    sizes = (wide, maps, calls.shape(operator.output)[1], *s["kernel"], *s["strides"])
    name = "maxpool" if operator.kind == "MaxPool" else "avgpool"
    text = ", ".join(map(str, sizes))
    lines = [
        "{{",
        f"    const net_pool_sizes s = {{{{{text}}}}};",
        f"    net_{name}({x}, {y}, {first}, {last}, s);",
        "}}",
    ]
    return lines, {name}


def pooled(calls: "Calls", conv: Operator) -> "list[Call] | None":
    """Return a convolution and the pooling behind it as one call, if only that takes its maps.

    So many rows as a window is high are made, changed and pooled before the next ones, so that the
    maps of the convolution never lie in memory as a whole.
    """
    between: list[Operator] = []
    last, plan = conv, calls.plan
    while True:
        users = plan.users(last.output)
        if len(users) != 1 or last.output == plan.output:
            return None
        last = users[0]
        if is_pooling(plan, last):
            break
        if last.kind not in ALONE:
            return None
        between.append(last)
    _, columns, maps = calls.shape(conv.output)
    rows, width, out = calls.shape(last.output)
    step = last.settings["strides"][0]
    first, end = f"{step} * r", f"{step} * r + {step}"
    lines, uses = conv_lines(calls, conv, "{x0}", "{strip}", first, end)
    for each in between:
        name = ALONE[each.kind]
        lines.append(f"net_{name}({{strip}}, {step * columns * maps});")
        uses.add(name)
    y = f"{{y}} + {width * out} * r"
    make = conv_lines if last.kind == "Conv" else pool_lines
    more, used = make(calls, last, "{strip}", y, "0", "1")
    body = [f"    {line}" for line in [*lines, *more]]
    text = [f"for (int r = 0; r < {rows}; r++) {{{{", *body, "}}"]
    done = [conv, *between, last]
    calls.done |= {id(each) for each in done}
    strip = step * columns * maps
    return [calls.call(text, last.output, conv.inputs[:1], done, uses | used, strip=strip)]


def is_pooling(plan: "Plan", operator: Operator) -> bool:
    """Return whether an operator makes a pixel of a window of each map, windows side by side."""
    s = operator.settings
    if operator.kind in ("MaxPool", "AveragePool"):
        return s["kernel"][0] == s["strides"][0]
    if operator.kind != "Conv":
        return False
    w, maps = plan.arrays[operator.inputs[1]], plan.shapes[operator.inputs[0]][0]
    alone = w.shape[1] == 1 and s["group"] == maps == len(w)
    close = s["strides"][0] == w.shape[2] and not any(s["pads"]) and s["dilations"][0] == 1
    return alone and close
