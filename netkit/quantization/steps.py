"""The operators of a net in whole numbers, in numpy: the definition of every one of them.

Values are int8, images first and maps last, (N, H, W, C): the maps of a place lie side by side, as
the instructions want them that multiply four pairs at once. `zero` is what stands for 0 in what a
step takes and `to` in what it makes; low and high are what it clips its output to.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netkit.quantization.arithmetic import clipped, quotient, root, scaled
from netkit.types import Array

AT_ONCE = 8  # images whose windows a convolution lays out: more would leave the cache
MEAN, ROOT = (1 << 15) - 1, (1 << 16) - 1  # the most of a deviation and of its root in `contrast`


@dataclass
class Step:
    """One operator: what it takes and makes, by name, its whole numbers and its arrays.

    kind: a name of STEPS.  settings: whole numbers and lists of them, as JSON has them.  layer: the
    full name of the layer whose output it makes, or is on the way to.
    """

    kind: str
    inputs: list[str]
    output: str
    settings: dict[str, Any]
    arrays: dict[str, Array] = field(default_factory=dict)
    layer: str = ""


def sums(step: Step, x: Array) -> Array:
    """Return the sums of a convolution before they are scaled: (N, h, w, maps), int64.

    b + sum of W * (x - zero), W of (maps, kh, kw, maps of the input / groups) and b of 32 bits.
    """
    s, kernels = step.settings, step.arrays["W"]
    groups = s["groups"]
    out, kh, kw, maps = kernels.shape
    top, left, bottom, right = s["pads"]
    near = np.pad(x, [(0, 0), (top, bottom), (left, right), (0, 0)], constant_values=s["zero"])
    (down, across), (dy, dx) = s["stride"], s["dilation"]
    height = (near.shape[1] - (kh - 1) * dy - 1) // down + 1
    width = (near.shape[2] - (kw - 1) * dx - 1) // across + 1
    made = np.empty((len(x), height, width, out), np.int64)
    # Products of float64 are exact here: no sum reaches 2**53.
    matrix = kernels.reshape(groups, out // groups, -1).astype(np.float64).transpose(0, 2, 1)
    for at in range(0, len(x), AT_ONCE):
        part = (near[at : at + AT_ONCE].astype(np.int16) - s["zero"]).astype(np.float64)
        taps = [
            part[
                :,
                i * dy : i * dy + (height - 1) * down + 1 : down,
                j * dx : j * dx + (width - 1) * across + 1 : across,
            ]
            for i in range(kh)
            for j in range(kw)
        ]
        wide = np.stack(taps, axis=3)  # (n, h, w, taps, all maps)
        split = wide.reshape(*wide.shape[:4], groups, maps).transpose(4, 0, 1, 2, 3, 5)
        product = split.reshape(groups, -1, kh * kw * maps) @ matrix
        rows = product.transpose(1, 0, 2).reshape(len(part), height, width, out)
        made[at : at + AT_ONCE] = np.rint(rows)
    return made + step.arrays["b"]


def conv(step: Step, x: Array) -> Array:
    """Scale the sums of a convolution by m / 2**shift, one pair a map, and clip them."""
    s = step.settings
    y = scaled(sums(step, x), step.arrays["m"], step.arrays["shift"])
    return clipped(y + s["to"], s["low"], s["high"])


def table(step: Step, x: Array) -> Array:
    """Look each number up: T of (256,), or of (maps, 256) with a row a map; T[q + 128]."""
    rows, at = step.arrays["T"], x.astype(np.int16) + 128
    return rows[at] if rows.ndim == 1 else rows[np.arange(len(rows)), at]


def add(step: Step, a: Array, b: Array) -> Array:
    """Add two values: (by[0] (a - zeros[0]) + by[1] (b - zeros[1])) / 2**shift."""
    s = step.settings
    total = s["by"][0] * (a.astype(np.int64) - s["zeros"][0])
    total = total + s["by"][1] * (b.astype(np.int64) - s["zeros"][1])
    y = (total + (1 << (s["shift"] - 1))) >> s["shift"]
    return clipped(y + s["to"], s["low"], s["high"])


def multiply(step: Step, a: Array, b: Array) -> Array:
    """Multiply two values: (a - zeros[0]) (b - zeros[1]) m / 2**shift."""
    s = step.settings
    product = (a.astype(np.int64) - s["zeros"][0]) * (b.astype(np.int64) - s["zeros"][1])
    return clipped(scaled(product, s["m"], s["shift"]) + s["to"], s["low"], s["high"])


def windows(x: Array, kernel: Sequence[int], stride: Sequence[int]) -> list[Array]:
    """Return the parts of x (N, H, W, C) that each place of a window sees."""
    (kh, kw), (down, across) = kernel, stride
    height, width = (x.shape[1] - kh) // down + 1, (x.shape[2] - kw) // across + 1
    return [
        x[:, i : i + (height - 1) * down + 1 : down, j : j + (width - 1) * across + 1 : across]
        for i in range(kh)
        for j in range(kw)
    ]


def maxpool(step: Step, x: Array) -> Array:
    """Take the largest of each window: what is made has the format of what is taken."""
    s = step.settings
    return np.maximum.reduce(windows(x, s["kernel"], s["stride"]))


def meanpool(step: Step, x: Array) -> Array:
    """Take the mean of each window: m / 2**shift has the share of one place in it."""
    s = step.settings
    total = sum(part.astype(np.int64) - s["zero"] for part in windows(x, s["kernel"], s["stride"]))
    return clipped(scaled(total, s["m"], s["shift"]) + s["to"], s["low"], s["high"])


def concat(step: Step, *parts: Array) -> Array:
    """Put maps behind each other, or all numbers in the order of maps, rows and columns (flat)."""
    if not step.settings["flat"]:
        return np.concatenate(parts, axis=3)
    flat = [part.transpose(0, 3, 1, 2).reshape(len(part), 1, 1, -1) for part in parts]
    return np.concatenate(flat, axis=3)


def pad(step: Step, x: Array) -> Array:
    """Put zeros around, or a mirror image (mode reflect), or the edge again (edge)."""
    s = step.settings
    top, left, bottom, right = s["sides"]
    sides = [(0, 0), (top, bottom), (left, right), (0, 0)]
    if s["mode"] != "constant":
        return np.pad(x, sides, mode=s["mode"])
    return np.pad(x, sides, constant_values=s["zero"])


def cut(step: Step, x: Array) -> Array:
    """Take every by-th place from a start on, up to some left at the end: rows, columns, maps.

    places: [start, by, left] for each of the three.
    """
    ends = zip(step.settings["places"], x.shape[1:], strict=True)
    places = [slice(start, size - left, by) for (start, by, left), size in ends]
    return np.ascontiguousarray(x[(slice(None), *places)])


def contrast(step: Step, x: Array) -> Array:
    """Subtract the weighted mean of the neighbourhood and divide by its deviation (layer wstd).

    With u = x - zero, in `bits` more bits: v = u - G(sum of u over maps), s² = G'(sum of v² over
    maps) + epsilon, y = v / max(s, mean of s, 1) by `gain` / 2**`gain_shift`. G and G' have windows
    of whole numbers, 2**`window_bits` for 1; zeros are around the image. The mean of s is over the
    whole image.
    """
    s = step.settings
    u = x.astype(np.int64) - s["zero"]
    mean = around(u.sum(3), step.arrays["mean"], s["window_bits"] - s["bits"])
    v = np.clip((u << s["bits"]) - np.clip(mean, -MEAN, MEAN)[..., None], -MEAN, MEAN)
    power = around(
        np.minimum((v * v).sum(3), (1 << 31) - 1), step.arrays["deviation"], s["window_bits"]
    )
    deviation = np.minimum(root(np.clip(power, 0, (1 << 31) - 1) + s["epsilon"]), ROOT)
    if s["threshold"]:
        places = deviation.shape[1] * deviation.shape[2]
        whole = (deviation.sum((1, 2), keepdims=True) + places // 2) // places
        deviation = np.maximum(deviation, whole)
    divisor = np.maximum(deviation, max(1, s["floor"])) << s["gain_shift"]
    return clipped(quotient(v * s["gain"], divisor[..., None]) + s["to"], s["low"], s["high"])


def around(x: Array, window: Array, shift: int) -> Array:
    """Return the sums of the window over x (N, H, W), zeros around it, divided by 2**shift."""
    kh, kw = window.shape
    top, left = kh // 2, kw // 2
    near = np.pad(x, [(0, 0), (top, kh - 1 - top), (left, kw - 1 - left)])
    total = np.zeros(x.shape, np.int64)
    for i in range(kh):
        for j in range(kw):
            total += int(window[i, j]) * near[:, i : i + x.shape[1], j : j + x.shape[2]]
    return (total + (1 << (shift - 1))) >> shift


STEPS: dict[str, Callable[..., Array]] = {
    each.__name__: each
    for each in (conv, table, add, multiply, maxpool, meanpool, concat, pad, cut, contrast)
}
