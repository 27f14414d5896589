"""Heat maps from gradients: how the answer would change with each number of the input.

Each function takes a Tracer, inputs x (N, C, H, W) and a Target, and returns an array like x.
"""

import numpy as np

from netkit.explaining.tracer import Target, Tracer
from netkit.types import Array


def saliency(tracer: Tracer, x: Array, target: Target) -> Array:
    """Return |dF/dx|, F being the target's number (Simonyan, Vedaldi & Zisserman 2014)."""
    return np.abs(tracer.gradient(x, target))


def gradient_input(tracer: Tracer, x: Array, target: Target) -> Array:
    """Return x dF/dx (Shrikumar, Greenside, Shcherbina & Kundaje 2016).

    Where F is linear in x, these numbers add up to F without its constant.
    """
    return x * tracer.gradient(x, target)


def smoothgrad(
    tracer: Tracer,
    x: Array,
    target: Target,
    *,
    samples: int = 25,
    noise: float = 0.15,
    seed: int = 0,
) -> Array:
    """Return the mean of |dF/dx| at x with noise (Smilkov, Thorat, Kim, Viégas & Wattenberg 2017).

    samples: how many inputs it is the mean of.  noise: the standard deviation of the noise, as a
    share of each image's range, largest number less smallest.
    """
    width = noise * np.ptp(x, axis=(1, 2, 3), keepdims=True)
    rng, total = np.random.default_rng(seed), np.zeros_like(x)
    for _ in range(samples):
        moved = x + (width * rng.standard_normal(x.shape)).astype(x.dtype)
        total += np.abs(tracer.gradient(moved, target))
    return total / samples


def integrated(
    tracer: Tracer, x: Array, target: Target, *, baseline: float | Array = 0.0, steps: int = 50
) -> Array:
    """Return (x - b) times the integral of dF/dx along the line from a baseline b to x.

    Integrated gradients (Sundararajan, Taly & Yan 2017): the numbers of an image add up to
    F(x) - F(b). The integral over 0..1 is taken by Gauss and Legendre's rule at so many points.
    baseline: a number, or an array that fits x.
    """
    base = np.broadcast_to(np.asarray(baseline, x.dtype), x.shape)
    points, weights = np.polynomial.legendre.leggauss(steps)
    total = np.zeros_like(x)
    for point, weight in zip((points + 1) / 2, weights / 2, strict=True):
        between = base + x.dtype.type(point) * (x - base)
        total += x.dtype.type(weight) * tracer.gradient(between, target)
    return (x - base) * total
