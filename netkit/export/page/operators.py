"""How each operator of a plan stands in a table: what c/net.c is told of it."""

from collections.abc import Callable
from math import prod
from typing import TypeAlias

import numpy as np

from netkit.errors import NetkitError
from netkit.export.graph import Operator
from netkit.export.page.writer import Writer
from netkit.export.plan import Plan
from netkit.types import Array, Shape

INPUT, CONV, MAXPOOL, AVGPOOL, UNARY, BINARY, SCALE, SOFTMAX, MEAN, COPY, REFLECT, MATMUL = range(
    12
)
FUNCTIONS = [
    "Identity",
    "Tanh",
    "Sigmoid",
    "Relu",
    "Softplus",
    "Abs",
    "Sign",
    "Exp",
    "Log",
    "Sqrt",
    "Neg",
]
PAIRS = {"Add": 0, "Sum": 0, "Sub": 1, "Mul": 2, "Div": 3, "Max": 4, "Min": 5, "Pow": 6}

Write: TypeAlias = Callable[[Writer, Operator, dict[str, int]], None]


def needed(operator: Operator, plan: Plan) -> dict[str, Array]:
    """Return the constants that an operator needs beside those of the plan, {name: array}."""
    out = operator.output
    if operator.kind == "Input":
        return {out: np.array([operator.settings["bias"], operator.settings["coeff"]])}
    if operator.kind == "BatchNormalization":
        gain, shift, mean, variance = (
            plan.arrays[name].astype(np.float64) for name in operator.inputs[1:]
        )
        factor = gain / np.sqrt(variance + operator.settings["epsilon"])
        return {out: np.concatenate([factor, shift - mean * factor])}
    return {}


def pointwise(operator: Operator) -> Write:
    """Return what writes an operator of single numbers; raise NetkitError for an unknown one."""
    if operator.kind in FUNCTIONS:
        return unary
    if operator.kind in PAIRS:
        return binary
    raise NetkitError(
        f"{operator.layer}: a page cannot run the operator {operator.kind} yet: "
        "netkit play shows this net with netkit itself"
    )


def image(writer: Writer, op: Operator, extra: dict[str, int]) -> None:
    x, y = writer.place(op.inputs[0]), writer.place(op.output)
    writer.add(INPUT, [x.at, y.at, extra[op.output]], [prod(y.shape)])


def conv(writer: Writer, op: Operator, extra: dict[str, int]) -> None:
    x, w, b = (writer.place(name) for name in op.inputs)
    y, s = writer.place(op.output), op.settings
    (down, across), (apart_down, apart_across) = s["strides"], s["dilations"]
    top, left = s["pads"][:2]
    kh, kw = w.shape[2:]
    _, rows, columns = y.shape
    high = (rows - 1) * down + (kh - 1) * apart_down + 1
    wide = (kw - 1) * apart_across // across + 1 + -(-columns // 8) * 8
    writer.most = max(writer.most, x.shape[0] * high * wide * across)
    settings = [*x.shape, *y.shape, kh, kw, down, across, top, left, apart_down, apart_across]
    writer.add(CONV, [x.at, y.at, w.at, b.at], [*settings, writer.room, s["group"]])


def pool(writer: Writer, op: Operator, extra: dict[str, int]) -> None:
    x, y = writer.place(op.inputs[0]), writer.place(op.output)
    kind = MAXPOOL if op.kind == "MaxPool" else AVGPOOL
    settings = [*x.shape, *y.shape[1:], *op.settings["kernel"], *op.settings["strides"]]
    writer.add(kind, [x.at, y.at], settings)


def unary(writer: Writer, op: Operator, extra: dict[str, int]) -> None:
    x, y = writer.place(op.inputs[0]), writer.place(op.output)
    function = 0 if op.kind == "Reshape" else FUNCTIONS.index(op.kind)
    writer.add(UNARY, [x.at, y.at], [prod(y.shape), function])


def binary(writer: Writer, op: Operator, extra: dict[str, int]) -> None:
    y = writer.place(op.output)
    a = writer.place(op.inputs[0])
    if len(op.inputs) == 1:
        writer.add(UNARY, [a.at, y.at], [prod(y.shape), FUNCTIONS.index("Identity")])
    for name in op.inputs[1:]:  # what came out so far, with the next
        b = writer.place(name)
        settings = [*y.shape, *spread(a.shape), *spread(b.shape), PAIRS[op.kind]]
        writer.add(BINARY, [a.at, y.at, b.at], settings)
        a = y


def spread(shape: Shape) -> list[int]:
    """Return the steps over maps, rows and columns of an array that is spread: 0 where it is 1."""
    c, h, w = (1,) * (3 - len(shape)) + tuple(shape)
    return [h * w if c > 1 else 0, w if h > 1 else 0, 1 if w > 1 else 0]


def steps(shape: Shape) -> list[int]:
    """Return the steps over maps, rows and columns of an array."""
    return [shape[1] * shape[2], shape[2], 1]


def batchnorm(writer: Writer, op: Operator, extra: dict[str, int]) -> None:
    x, y, w = writer.place(op.inputs[0]), writer.place(op.output), extra[op.output]
    writer.add(SCALE, [x.at, y.at, w, w + y.shape[0]], [y.shape[0], prod(y.shape[1:])])


def softmax(writer: Writer, op: Operator, extra: dict[str, int]) -> None:
    x, y = writer.place(op.inputs[0]), writer.place(op.output)
    logarithm = int(op.kind == "LogSoftmax")
    writer.add(SOFTMAX, [x.at, y.at], [y.shape[0], prod(y.shape[1:]), logarithm])


def mean(writer: Writer, op: Operator, extra: dict[str, int]) -> None:
    x, y = writer.place(op.inputs[0]), writer.place(op.output)
    axes = [int(axis in op.settings["axes"]) for axis in (1, 2, 3)]
    writer.add(MEAN, [x.at, y.at], [*x.shape, *axes])


def concat(writer: Writer, op: Operator, extra: dict[str, int]) -> None:
    y, at = writer.place(op.output), 0
    axis = 0 if op.settings.get("flat") else op.settings["axis"] - 1
    for name in op.inputs:
        x = writer.place(name)
        shape = (prod(x.shape), 1, 1) if op.settings.get("flat") else x.shape
        begin = at * steps(y.shape)[axis]
        writer.add(COPY, [x.at, y.at], [*shape, 0, *steps(shape), begin, *steps(y.shape)])
        at += shape[axis]


def cut(writer: Writer, op: Operator, extra: dict[str, int]) -> None:
    x, y = writer.place(op.inputs[0]), writer.place(op.output)
    pairs = list(zip(op.settings["starts"], op.settings["steps"], steps(x.shape), strict=True))
    begin = sum(start * step for start, _, step in pairs)
    moves = [by * step for _, by, step in pairs]
    writer.add(COPY, [x.at, y.at], [*y.shape, begin, *moves, 0, *steps(y.shape)])


def pad(writer: Writer, op: Operator, extra: dict[str, int]) -> None:
    x, y = writer.place(op.inputs[0]), writer.place(op.output)
    top, left = op.settings["sides"][:2]
    if op.settings["mode"] == "reflect":
        writer.add(REFLECT, [x.at, y.at], [*x.shape, *y.shape[1:], top, left])
    else:  # what is not copied to stays zero, as the block begins
        begin = top * y.shape[2] + left
        writer.add(COPY, [x.at, y.at], [*x.shape, 0, *steps(x.shape), begin, *steps(y.shape)])


def matmul(writer: Writer, op: Operator, extra: dict[str, int]) -> None:
    a, b = (writer.place(name) for name in op.inputs)
    y = writer.place(op.output)
    apart = [prod(each.shape[-2:]) if len(each.shape) == 3 else 0 for each in (a, b)]
    writer.add(MATMUL, [a.at, y.at, b.at], [*y.shape[:2], a.shape[-1], y.shape[2], *apart])


KINDS: dict[str, Write] = {
    "Input": image,
    "Conv": conv,
    "MaxPool": pool,
    "AveragePool": pool,
    "BatchNormalization": batchnorm,
    "Softmax": softmax,
    "LogSoftmax": softmax,
    "ReduceMean": mean,
    "Concat": concat,
    "Slice": cut,
    "Pad": pad,
    "Reshape": unary,
    "MatMul": matmul,
}
