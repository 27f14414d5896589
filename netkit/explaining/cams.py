"""Heat maps from the maps of a layer, weighted by their gradients, and how they cover an image."""

from typing import TYPE_CHECKING

import numpy as np

from netkit.errors import NetkitError
from netkit.explaining.features import last_weighted
from netkit.explaining.tracer import Target, Tracer
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.net import Net


def gradcam(tracer: Tracer, x: Array, target: Target, layer: str) -> Array:
    """Return max(0, sum over maps k of w_k A_k), w_k the mean over places of dF/dA_k: (N, h, w).

    A: the layer's maps, F: the target's number. Grad-CAM (Selvaraju, Cogswell, Das, Vedantam,
    Parikh & Batra 2017).
    """
    maps, slopes = tracer.at_layer(x, target, layer)
    weights = slopes.mean((2, 3), keepdims=True)
    return np.maximum((weights * maps).sum(1), 0)


def layercam(tracer: Tracer, x: Array, target: Target, layer: str) -> Array:
    """Return max(0, sum over maps k of max(0, dF/dA_k) A_k), place by place: (N, h, w).

    LayerCAM (Jiang, Zhang, Hou, Cheng & Wei 2021): finer than Grad-CAM in the layers near the
    image, because each place has a weight of its own.
    """
    maps, slopes = tracer.at_layer(x, target, layer)
    return np.maximum((np.maximum(slopes, 0) * maps).sum(1), 0)


def last_maps(net: "Net") -> str:
    """Return the last layer before that of the answer whose outputs are maps, not single places.

    The layer of the answer is the last one with weights.  Raises NetkitError where there is none.
    """
    names = list(net.layers)
    several = [
        name
        for name, shape in zip(names[: names.index(last_weighted(net))], net.shapes, strict=False)
        if shape[1] > 1 and shape[2] > 1
    ]
    if not several:
        raise NetkitError(
            "layer=null: this net has no maps of more than one place before its answer: "
            "take a method that needs none, method=saliency"
        )
    return several[-1]


def stretched(maps: Array, size: tuple[int, int]) -> Array:
    """Return maps (N, h, w) at another size (H, W), linear between the places' middles.

    Beyond the first and last middle they go on as there.
    """
    for axis, length in zip((1, 2), size, strict=True):
        maps = along(maps, axis, length)
    return maps


def along(maps: Array, axis: int, length: int) -> Array:
    """Return maps at another length along one axis: see `stretched`."""
    have = maps.shape[axis]
    at = np.clip((np.arange(length) + 0.5) * have / length - 0.5, 0, have - 1)
    low = np.minimum(at.astype(int), max(0, have - 2))
    share = (at - low).astype(maps.dtype)
    share = share.reshape([-1 if k == axis else 1 for k in range(maps.ndim)])
    high = np.minimum(low + 1, have - 1)
    return maps.take(low, axis) * (1 - share) + maps.take(high, axis) * share
