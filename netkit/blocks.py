"""Blocks: how many images the kernels work on at a time."""

from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netkit.net import Net

FIT = 1 << 19  # numbers of all layers' outputs, of which kernels write about half: 1 MB
AT_ONCE = 50_000_000_000  # multiply-adds of a call: half a second, until Ctrl-C is heard
SMALL = 16  # images of a block that fits


def most_images(net: "Net") -> int | None:
    """Return how many images kernels work on at a time, at most; None: all.

    What contrast normalisation, say, reads again and again stays in a core's cache where fewer
    images at a time make that possible.
    """
    most = net.ops.block_size
    maps = sum(prod(shape) for shape in (net.shape, *net.shapes))
    return SMALL if most and maps * SMALL <= FIT < maps * most else most


def block_of(n: int, most: int | None) -> int:
    """Return how many of n images to work on at a time, at most `most`, so that blocks are alike.

    0 if there is no such number near `most`.
    """
    if not most:
        return n
    least = -(-n // most)
    return next((n // count for count in range(least, 2 * least + 1) if n % count == 0), 0)
