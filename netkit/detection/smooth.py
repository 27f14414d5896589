"""Smoothing of a net's output maps before they are read, as EBLearn's `smoothing`: neighbours help
a cell.
"""

from math import exp

from netkit.errors import NetkitError


class Smooth:
    """Correlate each class's map with a kernel, zeros outside; the background's map stays as it is.

    kind 1: 3x3, [.3 .5 .3; .5 1 .5; .3 .5 .3] scaled to sum 1.  kind 2: a Mexican hat of `kernel`
    cells a side and width sigma, (1 - r²/2) exp(-r²/2) with r in sigmas, scaled so that its
    absolute values sum to 1.
    """

    def __init__(self, kind, kernel=9, sigma=1.0):
        if kind == 1:
            rows = [[0.3, 0.5, 0.3], [0.5, 1.0, 0.5], [0.3, 0.5, 0.3]]
        elif kind == 2 and isinstance(kernel, int) and kernel % 2 and sigma > 0:
            squares = [
                [
                    ((i - kernel // 2) ** 2 + (j - kernel // 2) ** 2) / sigma**2
                    for j in range(kernel)
                ]
                for i in range(kernel)
            ]
            rows = [[(1 - r / 2) * exp(-r / 2) for r in row] for row in squares]
        else:
            raise NetkitError(
                f"smoothing={kind} smoothing_kernel={kernel}: there are 0, 1 and 2, with an odd kernel"
            )
        total = sum(abs(v) for row in rows for v in row)
        self.rows = [[v / total for v in row] for row in rows]

    def __call__(self, y, background=None):
        """Return the smoothed outputs (K, h, w, N)."""
        z, (height, width), half = y * 0, y.shape[1:3], len(self.rows) // 2
        for i, row in enumerate(self.rows):
            for j, share in enumerate(row):
                here, there = zip(shifted(height, i - half), shifted(width, j - half), strict=True)
                z[(slice(None), *here)] += share * y[(slice(None), *there)]
        if background is not None:
            z[background] = y[background]
        return z


def shifted(size, by):
    """Return the slices of target and source for which target[k] = source[k + by] exists."""
    low, high = max(0, -by), min(size, size - by)
    high = max(low, high)
    return slice(low, high), slice(low + by, high + by)
