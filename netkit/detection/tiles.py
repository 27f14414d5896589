"""Tiles: a net over an image of any size in constant memory, with the answers of one whole pass."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from netkit.types import Array

if TYPE_CHECKING:
    from netkit.net import Net

TILE = 512  # pixels a side: what a pass of such a tile needs stays near the caches


def outputs(
    net: "Net",
    answer: Callable[[Array], Array],
    image: Array,
    *,
    tile: int = TILE,
    spread: Callable[..., Iterable[Array]] = map,
) -> Array:
    """Return the net's outputs (K, h, w, 1) over an image (C, H, W), on the backend.

    answer(image) gives those of an image that is not too large.  spread: calls it for several, as
    `map` or a pool's. An image larger than a tile is divided into tiles that overlap by what an
    output cell sees, so that each cell's answer is that of one pass over the whole image. Layers
    that look at all of their input (contrast normalisation's mean) see a tile instead.
    """
    axes = [
        Axis(size, int(start), int(field), int(stride), least)
        for size, start, field, stride, least in zip(
            image.shape[1:], *net.grid(), net.shape[1:], strict=True
        )
    ]
    if not tiled(image, tile) or not all(axis.known for axis in axes):
        return answer(image)
    rows, columns = (axis.parts(tile) for axis in axes)
    places = [(y, x) for y in rows for x in columns]
    found = spread(answer, [np.ascontiguousarray(image[:, y.pixels, x.pixels]) for y, x in places])
    cells = [part[:, y.cells, x.cells] for part, (y, x) in zip(found, places, strict=True)]
    across, xp = len(columns), net.ops.xp
    lines = [xp.concatenate(cells[k : k + across], 2) for k in range(0, len(cells), across)]
    return xp.concatenate(lines, 1)


def tiled(image: Array, tile: int = TILE) -> bool:
    """Return whether an image (C, H, W) is larger than a tile."""
    return max(image.shape[1:]) > tile


class Part(NamedTuple):
    """Which pixels to look at, and which of the cells that come of them to keep."""

    pixels: slice
    cells: slice


class Axis:
    """One axis of an image: its size, and where the net's output cells lie along it, in pixels.

    Cell k sees `field` pixels from k * stride + start; start is negative where the net pads its
    input. No part has less than `least` pixels, the smallest input of the net, if the image has
    not.
    """

    def __init__(self, size: int, start: int, field: int, stride: int, least: int = 1) -> None:
        self.size = size
        self.start = start
        self.field = field
        self.stride = stride
        self.least = least
        self.known = stride > 0 and size + 2 * max(0, -start) >= field
        self.count = (size - 2 * start - field) // stride + 1 if self.known else 0  # cells in all

    def parts(self, tile: int) -> list[Part]:
        """Return the Parts that cover all cells, each of about `tile` pixels."""
        # So many cells at each side of a tile would see the zeros that the net puts around it.
        margin = -(-max(0, -self.start) // self.stride)
        step = max(1, (tile - self.field) // self.stride + 1 - 2 * margin)
        parts = []
        for low in range(0, self.count, step):
            high = min(self.count, low + step)
            first, last = max(0, low - margin), min(self.count, high + margin)
            end = (last - 1) * self.stride + self.field + 2 * self.start
            end = self.size if last == self.count else end
            short = self.least - (end - first * self.stride)
            if short > 0:  # pixels before it, and behind it if there are too few
                first -= min(first, -(-short // self.stride))
                end = max(end, min(self.size, first * self.stride + self.least))
            parts.append(Part(slice(first * self.stride, end), slice(low - first, high - first)))
        return parts
