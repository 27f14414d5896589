"""Suppression of boxes in compiled kernels.

Where netkit was installed without a compiler they return None: detection has the plain ways.
"""

import numpy as np

from netkit.backends.native.library import compiled, library
from netkit.types import Array

BLOCK = 64  # BOXES of native.c


def soften(
    boxes: Array, confidences: Array, least: float, *, target: str | None = None
) -> np.ndarray | None:
    """Return confidences (n,) after soft suppression of boxes (n, 4), on the host.

    The best box takes from each that it overlaps the factor exp(-2 IoU²), then the next best of the
    others, until none has `least`; those get 0.  target: an instruction set.
    """
    if not compiled():
        return None
    kernels, n = library(target), len(boxes)
    edges, order, tall = from_the_top(boxes)
    with np.errstate(divide="ignore"):
        logs = np.log(confidences[order]).astype(np.float32)
    out, most = np.empty(n, np.float32), np.empty(n // BLOCK + 1, np.float32)
    kernels.c.netkit_soften(
        edges.ctypes.data,
        logs.ctypes.data,
        out.ctypes.data,
        most.ctypes.data,
        n,
        np.log(least),
        tall,
        kernels.number,
    )
    lowered = np.empty(n)
    lowered[order] = np.exp(out.astype(np.float64))
    return lowered


def owners(boxes: Array, most: float, *, target: str | None = None) -> np.ndarray | None:
    """Return which better one takes each of boxes (n, 4) in falling order of confidence: (n,).

    The first of those whose intersection over union with it is more than `most` and that none has
    taken, or its own index: as `Suppression.owners`, which says more.
    """
    if not compiled():
        return None
    kernels, n = library(target), len(boxes)
    edges, order, tall = from_the_top(boxes)
    place, found = np.empty(n, np.int32), np.empty(n, np.int32)
    place[order] = np.arange(n, dtype=np.int32)
    kernels.c.netkit_owners(
        edges.ctypes.data,
        place.ctypes.data,
        found.ctypes.data,
        n,
        most,
        tall,
        kernels.number,
    )
    taken = np.empty(n, np.int64)
    taken[order] = order[found]
    return taken


def from_the_top(boxes: Array) -> tuple[np.ndarray, np.ndarray, float]:
    """Return boxes (n, 4) by their upper edges: (5, n), their order (n,), the largest height.

    The rows: upper, left, lower and right edges, and areas.
    """
    order = np.argsort(boxes[:, 1], kind="stable")
    left, top, right, bottom = np.ascontiguousarray(boxes[order].T, np.float32)
    edges = np.stack([top, left, bottom, right, (bottom - top) * (right - left)])
    return edges, order, float((bottom - top).max(initial=0.0))
