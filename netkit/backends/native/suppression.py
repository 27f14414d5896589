"""Soft suppression of boxes in a compiled kernel."""

import numpy as np

from netkit.backends.native.library import compiled, library
from netkit.types import Array

BLOCK = 64  # BOXES of native.c


def soften(
    boxes: Array, confidences: Array, least: float, *, target: str | None = None
) -> np.ndarray | None:
    """Return confidences (n,) after soft suppression of boxes (n, 4), on the host.

    The best box takes from each that it overlaps the factor exp(-2 IoU²), then the next best of the
    others, until none has `least`; those get 0.  target: an instruction set.  Returns None where
    netkit was installed without a compiler: detection has the plain way.
    """
    if not compiled():
        return None
    kernels, n = library(target), len(boxes)
    order = np.argsort(boxes[:, 1], kind="stable")
    left, top, right, bottom = np.ascontiguousarray(boxes[order].T, np.float32)
    edges = np.stack([top, left, bottom, right, (bottom - top) * (right - left)])
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
        (bottom - top).max(initial=0.0),
        kernels.number,
    )
    lowered = np.empty(n)
    lowered[order] = np.exp(out.astype(np.float64))
    return lowered
