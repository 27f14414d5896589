"""What a net sees an image as: the numbers that its last layer is given; and which are alike."""

from typing import TYPE_CHECKING

import numpy as np

from netkit.errors import NetkitError
from netkit.explaining.tracer import Tracer
from netkit.net import named_layers
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.net import Net

BLOCK = 1 << 22  # distances that are in memory at a time


def last_weighted(net: "Net") -> str:
    """Return the last layer with weights of its own or inside; NetkitError without any."""
    names = [
        name
        for name, layer in net.layers.items()
        if any(inner.weights for _, inner in named_layers({name: layer}))
    ]
    if not names:
        raise NetkitError("this net has no weights: there is nothing that it has learnt to see")
    return names[-1]


def features(tracer: Tracer, x: Array, layer: str | None = None) -> Array:
    """Return what a layer makes of inputs x (N, C, H, W), flat: (N, D).

    layer: None: what the last layer with weights is given, the answer of the last but one.
    """
    if layer is None:
        return flat(tracer.activations(x, last_weighted(tracer.net), before=True))
    return flat(tracer.activations(x, layer))


def flat(maps: Array) -> Array:
    """Return maps (N, C, h, w) as (N, D)."""
    return maps.reshape(len(maps), -1)


def nearest(queries: Array, known: Array, count: int = 5) -> tuple[Array, Array]:
    """Return the nearest of `known` (N, D) to each of `queries` (M, D), the nearest first.

    Returns their numbers and their Euclidean distances, both (M, count); all of them where there
    are fewer.
    """
    count = min(count, len(known))
    lengths = (known.astype(np.float64) ** 2).sum(1)
    found, apart = [], []
    size = max(1, BLOCK // max(1, len(known)))
    for at in range(0, len(queries), size):
        part = queries[at : at + size].astype(np.float64)
        squares = (part**2).sum(1)[:, None] - 2 * part @ known.T.astype(np.float64) + lengths
        some = np.argpartition(squares, count - 1, axis=1)[:, :count] if count else squares[:, :0]
        some = some.astype(np.int64)
        # Once more by subtraction: sums of large squares leave little of a small distance.
        exact = np.sqrt(((part[:, None] - known[some]) ** 2).sum(2))
        order = np.argsort(exact, axis=1, kind="stable")
        found.append(np.take_along_axis(some, order, 1))
        apart.append(np.take_along_axis(exact, order, 1))
    return np.concatenate(found), np.concatenate(apart)
