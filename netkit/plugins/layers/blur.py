"""Weighted sums of a neighbourhood, by two one-dimensional correlations: what contrast layers are
made of.
"""

from math import exp


def gaussian(size, total, coeff=2.0):
    """Return the taps exp(-d² / (coeff · size / 4)) around the centre size // 2, scaled to sum to
    `total`.
    """
    taps = [exp(-((i - size // 2) ** 2) * 4 / (coeff * size)) for i in range(size)]
    return [t * total / sum(taps) for t in taps]


def blur_axis(x, taps, axis, back, ctx):
    """Correlate x (1, H, W, N) with taps along an axis, zeros outside, the result as large as x."""
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
