"""What each cell of an image is to answer: the class and the box of the object around it."""

from typing import Any, NamedTuple

from netkit.energy import Grid
from netkit.types import Array

NEITHER = -2  # in the place of a class


class Targets(NamedTuple):
    """What cells are to answer.

    classes: of each cell, (h, w, N), -1 where nothing is, NEITHER where it may answer anything.
    boxes: (4, h, w, N), in pixels.
    """

    classes: Array
    boxes: Array


def cell_targets(
    xp: Any,
    labels: Array,
    size: tuple[int, ...],
    grid: Grid,
    *,
    radius: float,
) -> Targets:
    """Return what the h x w cells of N images are to answer.

    labels: (N, M, 5), class and x0, y0, x1, y1.  grid: as Net.grid has it.  A cell belongs to a box
    if its centre is within `radius` times the box's sides of the box's centre, or within half a
    step of it; of several boxes to the smallest. A cell of no box whose centre is in one that need
    not be found, whose class is below -1, may answer anything.
    """
    labels = labels[:, (labels[..., 0] != -1).any(0)]  # as many as these images have
    n, most = labels.shape[:2]
    # Where there is no box, one of a pixel's size, so that what is computed of it is finite.
    none = xp.zeros((n, 1, 5), labels.dtype) + xp.asarray([-1, 0, 0, 1, 1], labels.dtype)
    labels = xp.concatenate([labels, none], axis=1)
    kind = labels[..., 0]
    x0, y0, x1, y1 = (labels[..., k] for k in range(1, 5))
    order = xp.argsort(xp.where(kind < 0, xp.inf, -(x1 - x0) * (y1 - y0)), axis=1)  # largest first
    each = xp.arange(n)
    rows = near(xp, y0, y1, size[0], [axis[0] for axis in grid], radius)  # (h, N, M)
    columns = near(xp, x0, x1, size[1], [axis[1] for axis in grid], radius)
    rows &= kind >= 0
    owner = xp.full((*size, n), most, "int64")
    for k in range(most):
        at = order[:, k]
        xp.copyto(owner, at, where=rows[:, each, at][:, None] & columns[:, each, at])
    found = xp.ascontiguousarray(xp.moveaxis(labels, 2, 0))[:, each, owner]  # (5, h, w, N)
    down = within(xp, y0, y1, size[0], [axis[0] for axis in grid]) & (kind < -1)
    across = within(xp, x0, x1, size[1], [axis[1] for axis in grid])
    pairs = down.transpose(1, 0, 2), across.transpose(1, 2, 0)  # (N, h, M), (N, M, w)
    free = xp.matmul(*(pair.astype("float32") for pair in pairs)).transpose(1, 2, 0) > 0
    classes = found[0].astype("int64")
    return Targets(xp.where(free & (owner == most), NEITHER, classes), found[1:])


def within(xp: Any, low: Array, high: Array, count: int, axis: list[float]) -> Array:
    """Return which of `count` cells along an axis have their centres in each box, (count, N, M).

    low, high, axis: as of `near`.
    """
    start, field, step = axis
    centres = (start + field / 2 + step * xp.arange(count))[:, None, None]
    return (low <= centres) & (centres < high)


def near(xp: Any, low: Array, high: Array, count: int, axis: list[float], radius: float) -> Array:
    """Return which of `count` cells along an axis lie about the middle of each box, (count, N, M).

    low, high: the ends of the boxes along it, (N, M).  axis: where the first cell begins, how much
    it sees, the step to the next.
    """
    start, field, step = axis
    middle, reach = (low + high) / 2, xp.maximum((high - low) * radius, 0.0)
    number = xp.arange(count)[:, None, None]
    first = start + field / 2
    away = abs(first + step * number - middle)
    closest = xp.clip(xp.floor((middle - first) / step + 0.5), 0, count - 1) == number
    return (away <= reach) | closest
