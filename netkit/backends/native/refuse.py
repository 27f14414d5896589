"""What the kernels are never given: C reads and writes as it is told, so Python looks first."""

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.backends.native.op import KINDS
from netkit.errors import NetkitError
from netkit.types import Array, Shape

if TYPE_CHECKING:
    from netkit.context import Context

MOST_PLACES = 2**31 - 1  # in a map of all images, where places in it are counted by 32 bits
MOST = 1 << 40  # numbers in an array: an offset in bytes then stays far from the end of 64 bits


def refuse_op(op: dict[str, Any], pairs: Sequence[Sequence[int]] | None, name: str) -> None:
    """Raise NetkitError if the numbers of an op, {field: number}, are no layer's.

    pairs: the output map and the input map of each kernel, two lists; None if all are connected.
    """
    sizes = {k: int(op[k]) for k in ("C", "H", "W", "N", "O", "oh", "ow", "kh", "kw", "sh", "sw")}
    groups = {k: int(op[k]) for k in ("eh", "ew", "groups")}
    small = [f"{k}={n}" for k, n in (sizes | groups).items() if n < 1]
    pads = int(op["ph"]), int(op["pw"])
    moves = op["kind"] == KINDS["jitter"]
    if small or min(pads) < 0:
        raise NetkitError(
            f"{name}: the kernels have no layer with {small or pads}: change its sizes"
        )
    maps, height, width, n, out, oh, ow, kh, kw, sh, sw = sizes.values()
    wide = (height + 2 * pads[0] + sh) * (width + 2 * pads[1] + sw)
    numbers = max(maps * wide * n, out * oh * ow * n, out * maps * kh * kw)
    if numbers > MOST or (moves and height * width * n > MOST_PLACES):
        raise NetkitError(f"{name}: {maps}x{height}x{width} for {n} images is too much: divide it")
    if maps % groups["groups"] or out % groups["groups"] or (pairs and groups["groups"] > 1):
        raise NetkitError(
            f"{name}: {maps} maps in and {out} out are not divided by groups={groups['groups']}: "
            "a layer before it gives another number of maps than its build() said"
        )
    if pairs is None:
        return
    to, of = pairs
    if len(to) != len(of) or not (0 <= min(to) <= max(to) < out and 0 <= min(of) <= max(of) < maps):
        raise NetkitError(f"{name}: its table names maps beyond {maps} inputs and {out} outputs")


def refuse_weights(op: dict[str, Any], kind: str, names: Sequence[str], ctx: "Context") -> None:
    """Raise NetkitError if a layer's weights are not as many as a kernel reads and writes.

    They are where a layer that gives other maps than its `build` said would lead it astray.
    """
    maps, out = int(op["C"]), int(op["O"])
    window = int(op["kh"]) * int(op["kw"])
    seen = maps // int(op["groups"])
    kernels = int(op["pairs"]) * window if op["pairs"] else out * seen * window
    needs: dict[str, tuple[int, ...]] = dict.fromkeys(
        ("conv", "linear", "depthwise"), (kernels, out)
    )
    needs |= {"sumpool": (maps, maps), "batchnorm": (maps,) * 4}
    names = (*names, "mean", "variance") if kind == "batchnorm" else names
    for name, need in zip(names, needs.get(kind, ()), strict=False):
        held = [getattr(each, name) for each in (ctx.p, ctx.g, ctx.s) if hasattr(each, name)]
        for array in held:
            plain = array.dtype == "float32" and array.flags.c_contiguous
            if not plain or prod(array.shape) != need:
                raise NetkitError(
                    f"{ctx.name}: its weights {name} are {array.dtype} {array.shape}, and for "
                    f"{maps} maps in and {out} out the kernels need {need:,} float32: a layer "
                    "before it gives another number of maps than its build() said"
                )


def refuse_shape(array: Array, shape: Shape) -> None:
    """Raise NetkitError if an array, a gradient for an output, say, is not of a shape."""
    if tuple(array.shape) != tuple(shape):
        raise NetkitError(f"an array of {tuple(array.shape)} where {tuple(shape)} is needed")


def refuse_labels(labels: Array, classes: int) -> None:
    """Raise NetkitError if labels are not whole numbers from 0 to below `classes`."""
    if labels.dtype != np.int64 or not 0 <= labels.min() <= labels.max() < classes:
        raise NetkitError(
            f"labels are {labels.dtype} from {labels.min()} to {labels.max()}: "
            f"the net answers with 0 to {classes - 1}"
        )


def refuse_places(array: Array, shape: Shape, most: int, least: int = -1) -> np.ndarray:
    """Return an array of places as the kernels read it, int32; they lie from `least` to below most.

    Raises NetkitError where one would be read outside of its map.
    """
    refuse_shape(array, shape)
    if array.size and not least <= array.min() <= array.max() < most:
        raise NetkitError(
            f"places from {array.min()} to {array.max()} where {least} to {most - 1} lie in a map"
        )
    return np.ascontiguousarray(array, np.int32)
