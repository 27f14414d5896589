"""Heat maps from covering: how much less sure the answer is with a part of the image gone."""

import numpy as np

from netkit.explaining.tracer import Target, Tracer
from netkit.types import Array


def occlusion(
    tracer: Tracer,
    x: Array,
    target: Target,
    *,
    window: tuple[int, int],
    stride: tuple[int, int],
    baseline: float = 0.0,
) -> Array:
    """Return, for each pixel, the mean of F(x) - F(x covered) over the windows upon it: (N, H, W).

    x: inputs (N, C, H, W).  F: the target's number.  window: (height, width) of what is covered, in
    all channels, by `baseline`.  stride: from one window to the next; the last one in a row is cut
    off at the border.  Zeiler & Fergus 2014.
    """
    whole = tracer.scores(x, target)
    size = x.shape[2:]
    tops, lefts = (
        starts(have, cover, step) for have, cover, step in zip(size, window, stride, strict=True)
    )
    total = np.zeros((len(x), *size), x.dtype)
    count = np.zeros(size, x.dtype)
    for top in tops:
        # One row of windows at a time is memory enough for a large image.
        covered = np.repeat(x[:, None], len(lefts), axis=1)
        rows = slice(top, top + window[0])
        for k, left in enumerate(lefts):
            covered[:, k, :, rows, left : left + window[1]] = baseline
        flat = covered.reshape(-1, *x.shape[1:])
        again = target.taken(np.repeat(np.arange(len(x)), len(lefts)))
        drops = whole[:, None] - tracer.scores(flat, again).reshape(len(x), len(lefts))
        for k, left in enumerate(lefts):
            columns = slice(left, left + window[1])
            total[:, rows, columns] += drops[:, k, None, None]
            count[rows, columns] += 1
    return total / np.maximum(count, 1)


def starts(have: int, cover: int, step: int) -> list[int]:
    """Return where windows of `cover` begin along an axis of `have`, the last reaching its end."""
    return [k * step for k in range(max(0, -(-(have - cover) // step)) + 1)]
