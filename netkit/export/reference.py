"""What each operator of a plan is, in numpy: C, the page and whole numbers are held against it."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from netkit.export.graph import Operator
from netkit.export.plan import Plan
from netkit.export.shapes import windows
from netkit.types import Array

Run: TypeAlias = Callable[..., Array]  # run(operator, *inputs), arrays (N, C, H, W)


def run(plan: Plan, images: Array, dtype: Any = np.float32) -> Array:
    """Return the net's outputs (N, K, h, w) for images (N, C, H, W) of the plan's size, 0..255."""
    return values(plan, images, dtype)[plan.output]


def values(plan: Plan, images: Array, dtype: Any = np.float32) -> dict[str, Array]:
    """Return every value of a plan, {name: (N, C, H, W)}: see run."""
    made: dict[str, Array] = {plan.input: np.asarray(images, dtype)}
    constants = {
        name: a.astype(dtype) if a.dtype.kind == "f" else a for name, a in plan.arrays.items()
    }
    with np.errstate(all="ignore"):
        for operator in plan.operators:
            given = [constants[x] if x in constants else made[x] for x in operator.inputs]
            shape = plan.shapes[operator.output]
            y = KINDS[operator.kind](operator, *given)
            made[operator.output] = y.astype(dtype, copy=False).reshape(len(images), *shape)
    return made


def taken(x: Array, kernel: Any, strides: Any, dilations: Any = (1, 1)) -> Array:
    """Return the windows of maps (N, C, H, W) as (N, C, kh * kw, h, w)."""
    high, wide = windows(x.shape[2:], kernel, strides, dilations=dilations)
    (sh, sw), (dh, dw) = strides, dilations
    parts = [
        x[
            :,
            :,
            i * dh : i * dh + sh * (high - 1) + 1 : sh,
            j * dw : j * dw + sw * (wide - 1) + 1 : sw,
        ]
        for i in range(kernel[0])
        for j in range(kernel[1])
    ]
    return np.stack(parts, 2)


def conv(operator: Operator, x: Array, w: Array, b: Array) -> Array:
    """y[o] = b[o] + the sum over the group's maps and the window of x * w[o]."""
    s, (top, left, bottom, right) = operator.settings, operator.settings["pads"]
    x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))
    cols = taken(x, w.shape[2:], s["strides"], s["dilations"])
    n, groups = len(x), s["group"]
    high, wide = cols.shape[-2:]
    cols = cols.reshape(n, groups, -1, high * wide)
    y = w.reshape(groups, len(w) // groups, -1) @ cols
    return y.reshape(n, len(w), high, wide) + b[:, None, None]


def softmax(operator: Operator, x: Array) -> Array:
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def logsoftmax(operator: Operator, x: Array) -> Array:
    x = x - x.max(1, keepdims=True)
    return x - np.log(np.exp(x).sum(1, keepdims=True))


def sigmoid(operator: Operator, x: Array) -> Array:
    return (np.tanh(x / 2) + 1) / 2


def softplus(operator: Operator, x: Array) -> Array:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def batchnorm(operator: Operator, x: Array, *arrays: Array) -> Array:
    scale, shift, mean, variance = (a[:, None, None] for a in arrays)
    return (x - mean) / np.sqrt(
        variance + x.dtype.type(operator.settings["epsilon"])
    ) * scale + shift


def image(operator: Operator, x: Array) -> Array:
    s, number = operator.settings, x.dtype.type
    return (x + number(s["bias"])) * number(s["coeff"])


def maxpool(operator: Operator, x: Array) -> Array:
    return taken(x, operator.settings["kernel"], operator.settings["strides"]).max(2)


def avgpool(operator: Operator, x: Array) -> Array:
    return taken(x, operator.settings["kernel"], operator.settings["strides"]).mean(2)


def mean(operator: Operator, x: Array) -> Array:
    return x.mean(tuple(operator.settings["axes"]), keepdims=True)


def pad(operator: Operator, x: Array) -> Array:
    top, left, bottom, right = operator.settings["sides"]
    around = (0, 0), (0, 0), (top, bottom), (left, right)
    return np.pad(x, around, mode=operator.settings["mode"])


def cut(operator: Operator, x: Array) -> Array:
    s = operator.settings
    for axis, (start, size, step) in enumerate(
        zip(s["starts"], s["sizes"], s["steps"], strict=True), start=1
    ):
        x = x.take(start + step * np.arange(size), axis)
    return x


def concat(operator: Operator, *parts: Array) -> Array:
    if operator.settings.get("flat"):
        return np.concatenate([part.reshape(len(part), -1) for part in parts], 1)
    return np.concatenate(parts, operator.settings["axis"])


def alike(function: Callable[..., Array]) -> Run:
    """Return an operator that is a function of numpy's."""
    return lambda operator, *inputs: function(*inputs)


def several(function: Callable[[Array, Array], Array]) -> Run:
    """Return an operator that takes two inputs or more, one after the other."""

    def every(operator: Operator, first: Array, *others: Array) -> Array:
        for other in others:
            first = function(first, other)
        return first

    return every


KINDS: dict[str, Run] = {
    "Input": image,
    "Conv": conv,
    "MaxPool": maxpool,
    "AveragePool": avgpool,
    "BatchNormalization": batchnorm,
    "Softmax": softmax,
    "LogSoftmax": logsoftmax,
    "Sigmoid": sigmoid,
    "Softplus": softplus,
    "ReduceMean": mean,
    "Pad": pad,
    "Concat": concat,
    "Slice": cut,
    "Identity": alike(lambda x: x),
    "Reshape": alike(lambda x: x),
    "MatMul": alike(np.matmul),
    "Tanh": alike(np.tanh),
    "Relu": alike(lambda x: np.maximum(x, 0)),
    "Abs": alike(np.abs),
    "Neg": alike(np.negative),
    "Sign": alike(np.sign),
    "Exp": alike(np.exp),
    "Log": alike(np.log),
    "Sqrt": alike(np.sqrt),
    "Sub": alike(np.subtract),
    "Div": alike(np.divide),
    "Pow": alike(np.power),
    "Add": several(np.add),
    "Sum": several(np.add),
    "Mul": several(np.multiply),
    "Max": several(np.maximum),
    "Min": several(np.minimum),
}
