"""The image that a map of a layer answers most to, made by climbing from noise."""

import numpy as np

from netkit.explaining.tracer import Tracer
from netkit.types import Array

KERNEL = 0.25, 0.5, 0.25  # of the blur, down and across
STEP = 0.1  # of the first step, as a share of the input's range: the root mean square of a pixel
NOISE = 0.05  # of the beginning, likewise


def maximised(
    tracer: Tracer,
    layer: str,
    maps: Array,
    *,
    low: float = -1.0,
    high: float = 1.0,
    steps: int = 128,
    blur_every: int = 4,
    seed: int = 0,
) -> tuple[Array, Array]:
    """Return inputs (M, C, H, W) that make the mean of one map each large, and those means (M,).

    Activation maximisation (Erhan, Bengio, Courville & Vincent 2009): steps along the gradient,
    each of the same length, shorter and shorter towards the end. What the map does not ask for is
    taken away by a blur every few steps (Yosinski, Clune, Nguyen, Fuchs & Lipson 2015).

    maps: (M,), their numbers in the layer.  low, high: the range of the inputs, which are kept in
    it.  blur_every: 0 for never; the last steps are without, so that edges are sharp.
    """
    rng = np.random.default_rng(seed)
    shape = (len(maps), *tracer.net.shape)
    span = high - low
    x = (low + high) / 2 + NOISE * span * rng.standard_normal(shape)
    x = np.clip(x, low, high).astype(tracer.net.dtype)
    for step in range(steps):
        slope = tracer.map_gradient(x, layer, maps)[1]
        length = np.sqrt((slope**2).mean((1, 2, 3), keepdims=True))
        rate = STEP * span * (1 - step / steps)
        x = x + (rate * slope / np.maximum(length, 1e-30)).astype(x.dtype)
        if blur_every and step % blur_every == 0 and step < 3 * steps // 4:
            x = blurred(x).astype(x.dtype)
        x = np.clip(x, low, high)
    return x, tracer.map_gradient(x, layer, maps)[0]


def blurred(x: Array) -> Array:
    """Return images (N, C, H, W) with each pixel mixed with its neighbours; borders go on."""
    for axis in (2, 3):
        ends = [(1, 1) if k == axis else (0, 0) for k in range(4)]
        wide = np.pad(x, ends, mode="edge")
        n = x.shape[axis]
        parts = [wide.take(range(k, k + n), axis) for k in range(3)]
        x = np.stack([share * part for share, part in zip(KERNEL, parts, strict=True)]).sum(0)
    return x
