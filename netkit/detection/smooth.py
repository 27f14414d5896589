"""Smoothing: a net's output maps before they are read, so that neighbouring cells help a cell."""

from math import exp
from typing import Literal

from netkit.checks import Checked, Count, Positive
from netkit.errors import NetkitError
from netkit.types import Array


class Smooth(Checked):
    """Correlate each class's map with a kernel, zeros outside; the background's map stays.

    smoothing, as EBLearn numbers it: 1: 3x3, [.3 .5 .3; .5 1 .5; .3 .5 .3] scaled to sum 1;
    2: a Mexican hat of `smoothing_kernel` cells a side and width sigma, (1 - r²/2) exp(-r²/2) with
    r in sigmas (the negative Laplacian of a Gaussian, Marr & Hildreth 1980), scaled so that its
    absolute values sum to 1.
    """

    def __init__(
        self, smoothing: Literal[1, 2], smoothing_kernel: Count = 9, sigma: Positive = 1.0
    ) -> None:
        if smoothing == 1:
            rows = [[0.3, 0.5, 0.3], [0.5, 1.0, 0.5], [0.3, 0.5, 0.3]]
        elif smoothing_kernel % 2:
            rows = mexican_hat(smoothing_kernel, sigma)
        else:
            raise NetkitError(f"smoothing_kernel={smoothing_kernel}: give an odd number of cells")
        total = sum(abs(v) for row in rows for v in row)
        self.rows = [[v / total for v in row] for row in rows]

    def __call__(self, y: Array, background: int | None = None) -> Array:
        """Return the smoothed outputs (K, h, w, N); the map of class `background` stays."""
        z, (height, width), half = y * 0, y.shape[1:3], len(self.rows) // 2
        for i, row in enumerate(self.rows):
            for j, share in enumerate(row):
                here, there = zip(shifted(height, i - half), shifted(width, j - half), strict=True)
                z[(slice(None), *here)] += share * y[(slice(None), *there)]
        if background is not None:
            z[background] = y[background]
        return z


def mexican_hat(side: int, sigma: float) -> list[list[float]]:
    """Return the rows of a Mexican hat of side x side cells, its middle 1."""
    squares = [
        [((i - side // 2) ** 2 + (j - side // 2) ** 2) / sigma**2 for j in range(side)]
        for i in range(side)
    ]
    return [[(1 - r / 2) * exp(-r / 2) for r in row] for row in squares]


def shifted(size: int, by: int) -> tuple[slice, slice]:
    """Return the slices of target and source for which target[k] = source[k + by] exists."""
    low, high = max(0, -by), min(size, size - by)
    high = max(low, high)
    return slice(low, high), slice(low + by, high + by)
