"""Weighted sums of a neighbourhood, by two one-dimensional correlations. No layer.

Contrast normalisation, weighted pooling and elastic jitter are made of them.
"""

from collections.abc import Sequence
from math import exp
from typing import TYPE_CHECKING

from netkit.types import Array

if TYPE_CHECKING:
    from netkit.context import Context

Taps = Sequence[float]


def gaussian(size: int, total: float, coeff: float = 2.0) -> list[float]:
    """Return the taps exp(-d² / (coeff · size / 4)), scaled to sum to `total`.

    d is the distance from the centre, size // 2; coeff=0 stands for size / 4. Both are EBLearn's.
    """
    coeff = coeff or size / 4
    taps = [exp(-((i - size // 2) ** 2) * 4 / (coeff * size)) for i in range(size)]
    whole = sum(taps)
    return [t * total / whole for t in taps]


def blur(x: Array, taps: Sequence[Taps], ctx: "Context", back: bool = False) -> Array:
    """Correlate x (C, H, W, N) with taps (down, across), zeros outside.

    The result is as large as x. back: the adjoint of that, which differs for even sizes alone.
    """
    for axis, along in zip((1, 2), taps, strict=True):
        x = blur_axis(x, along[::-1] if back else along, axis, ctx, back=back)
    return x


def blur_axis(x: Array, taps: Taps, axis: int, ctx: "Context", *, back: bool) -> Array:
    """Correlate x (C, H, W, N) with taps along an axis, zeros outside."""
    size = x.shape[axis]
    before = len(taps) // 2 if not back else len(taps) - 1 - len(taps) // 2
    y, part = ctx.empty(x.shape), ctx.empty(x.shape)
    y.fill(0)
    for k, tap in enumerate(taps):
        shift = k - before  # y[i] += tap * x[i + shift]
        low, high = max(0, -shift), min(size, size - shift)
        if low < high:
            here = (slice(None),) * axis + (slice(low, high),)
            there = (slice(None),) * axis + (slice(low + shift, high + shift),)
            y[here] += ctx.xp.multiply(x[there], tap, out=part[here])
    return y
