"""The boxes of a net's output cells: the windows that it was trained on."""

from typing import TYPE_CHECKING

import numpy as np

from netkit.types import Array

if TYPE_CHECKING:
    from netkit.net import Net


def cells(net: "Net", rows: Array, columns: Array) -> Array:
    """Return the box of each output cell in pixels, (n, 4), unclipped: the window of training.

    rows, columns (n,): the places of the cells in the output maps. The window is what an object
    filled when the net learnt it, `net.shape`. A net that pads its maps sees pixels around it too
    (`net.grid` has all that a cell sees); the first cell's window begins at the first pixel.
    """
    height, width = net.shape[1:]
    _, _, (down, across) = net.grid()
    y, x = rows * down, columns * across
    return np.stack([x, y, x + width, y + height], 1).astype(np.float64)
