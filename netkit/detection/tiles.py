"""Tiles: a net over an image of any size in constant memory, with the answers of one whole pass."""

import numpy as np

TILE = 512  # pixels a side: what a pass of such a tile needs stays near the caches


def outputs(net, answer, image, tile=TILE, spread=map):
    """Return the net's outputs (K, h, w, 1) over an image (C, H, W), on the backend.

    answer(image) gives those of an image that is not too large.  spread: calls it for several, as
    `map` or a pool's. An image larger than a tile is divided into tiles that overlap by what an
    output cell sees, so that each cell's answer is that of one pass over the whole image. Layers
    that look at all of their input (contrast normalisation's mean) see a tile instead.
    """
    xp, axes = net.ops.xp, [Axis(*axis) for axis in zip(image.shape[1:], *net.grid(), strict=True)]
    if not tiled(image, tile) or not all(axis.known for axis in axes):
        return answer(image)
    rows, columns = (axis.parts(tile) for axis in axes)
    places = [(y, x) for y in rows for x in columns]
    found = spread(answer, [np.ascontiguousarray(image[:, y.pixels, x.pixels]) for y, x in places])
    cells = [part[:, y.cells, x.cells] for part, (y, x) in zip(found, places, strict=True)]
    across = len(columns)
    return xp.concatenate(
        [xp.concatenate(cells[k : k + across], 2) for k in range(0, len(cells), across)], 1
    )


def tiled(image, tile=TILE):
    """Return whether an image (C, H, W) is larger than a tile."""
    return max(image.shape[1:]) > tile


class Axis:
    """One axis of an image: its size, and the start, field and stride of the net's cells along it,
    in pixels.

    A cell k sees the pixels from k * stride + start; start is negative where the net pads its
    input.
    """

    def __init__(self, size, start, field, stride):
        self.size, self.field, self.stride, self.start = size, field, stride, start
        self.known = stride > 0 and size + 2 * max(0, -start) >= field
        self.count = (size - 2 * start - field) // stride + 1 if self.known else 0  # cells in all

    def parts(self, tile):
        """Return the Parts that cover all cells, each of about `tile` pixels."""
        margin = -(
            -max(0, -self.start) // self.stride
        )  # cells that would see a tile's own zeros around it
        step = max(1, (tile - self.field) // self.stride + 1 - 2 * margin)
        parts = []
        for low in range(0, self.count, step):
            high = min(self.count, low + step)
            first, last = max(0, low - margin), min(self.count, high + margin)
            begin = first * self.stride
            end = (
                self.size
                if last == self.count
                else (last - 1) * self.stride + self.field + 2 * self.start
            )
            parts.append(Part(slice(begin, end), slice(low - first, high - first)))
        return parts


class Part:
    """Which pixels to look at, and which of the cells that come of them to keep."""

    def __init__(self, pixels, cells):
        self.pixels, self.cells = pixels, cells
