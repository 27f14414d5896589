"""Units that are dead: maps of a layer that say the same whatever the image."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from netkit.types import Array
from netkit.worker import Worker

if TYPE_CHECKING:
    from netkit.layer import Layer
    from netkit.net import Net

ALIKE = 1e-6  # of a layer's largest number: a map that varies by less is dead


class Units(NamedTuple):
    """A layer, and which of its maps are dead: numbers, and of how many."""

    layer: str
    kind: str
    dead: list[int]
    maps: int


def dead_units(net: "Net", batches: Iterable[Array]) -> list[Units]:
    """Return, for each layer, which of its maps have one value at all places of all images.

    batches: of images (N, C, H, W). Layers that hand on what they are given are left out.
    """
    ops, worker = net.ops, Worker(net, first=False)
    lows: dict[str, Array] = {}
    highs: dict[str, Array] = {}
    kinds: dict[str, str] = {}

    def see(name: str, layer: "Layer", x: Array, y: Array) -> None:
        if y is x:
            return
        maps = ops.to_host(y)
        low, high = maps.min((1, 2, 3)), maps.max((1, 2, 3))
        kinds[name] = layer.kind
        lows[name] = np.minimum(lows.get(name, low), low)
        highs[name] = np.maximum(highs.get(name, high), high)

    with ops.limits(), np.errstate(all="ignore"):
        for images in batches:
            worker.outputs(ops.asarray(images), see)
    found = []
    for name, low in lows.items():
        largest = max(np.abs(low).max(), np.abs(highs[name]).max())
        dead = np.flatnonzero(highs[name] - low <= ALIKE * largest).tolist()
        found.append(Units(name, kinds[name], dead, len(low)))
    return found
