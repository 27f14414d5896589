"""Boxes: arrays (n, 4) of x0, y0, x1, y1 in pixels, x1 and y1 exclusive."""

import numpy as np

from netkit.types import Array


def clip(boxes: Array, size: tuple[int, ...]) -> Array:
    """Return boxes cut to an image of size (height, width)."""
    return np.clip(boxes, 0, [size[1], size[0], size[1], size[0]])


def areas(boxes: Array) -> Array:
    """Return the area of each box in square pixels: (n,)."""
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def shared(a: Array, b: Array) -> Array:
    """Return the area that each box of a (n, 4) shares with its partner in b (n, 4): (n,)."""
    width = np.minimum(a[:, 2], b[:, 2]) - np.maximum(a[:, 0], b[:, 0])
    height = np.minimum(a[:, 3], b[:, 3]) - np.maximum(a[:, 1], b[:, 1])
    return np.maximum(width, 0) * np.maximum(height, 0)


def pairwise(a: Array, b: Array) -> Array:
    """Return the IoU of each box of a (n, 4) with its partner in b (n, 4): (n,)."""
    inner = shared(a, b)
    return inner / np.maximum(areas(a) + areas(b) - inner, 1e-12)


def intersections(a: Array, b: Array) -> Array:
    """Return the area that each box of a (n, 4) shares with each of b (m, 4): (n, m)."""
    width = np.minimum(a[:, None, 2], b[:, 2])
    width -= np.maximum(a[:, None, 0], b[:, 0])
    height = np.minimum(a[:, None, 3], b[:, 3])
    height -= np.maximum(a[:, None, 1], b[:, 1])
    np.maximum(width, 0, out=width)
    np.maximum(height, 0, out=height)
    width *= height
    return width


def iou(a: Array, b: Array) -> Array:
    """Return the intersection over union of each box of a (n, 4) with each of b (m, 4): (n, m).

    IoU(a, b) = |a ∩ b| / |a ∪ b|, also called the Jaccard index (Everingham et al. 2010, PASCAL
    VOC).
    """
    inner = intersections(a, b)
    return inner / np.maximum(areas(a)[:, None] + areas(b) - inner, 1e-12)


def inside(a: Array, b: Array) -> Array:
    """Return the share of each box of a (n, 4) that lies in each of b (m, 4): (n, m)."""
    return intersections(a, b) / np.maximum(areas(a)[:, None], 1e-12)


def resized(boxes: Array, height: float, width: float) -> Array:
    """Return boxes with their heights and widths times two factors, about their centres."""
    centre, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
    half = half * np.stack(np.broadcast_arrays(width, height), -1)
    return np.concatenate([centre - half, centre + half], 1)


def touching(a: Array, b: Array) -> tuple[Array, Array]:
    """Return the indices (i, j) of all pairs of boxes a[i] and b[j] that share an area, once each.

    The plane is cut into horizontal bands, each as high as a box on average. A box has an entry in
    each band that it reaches into. All entries of a are sorted by one number, band * long + x0,
    where `long` is more than any x: in that order the entries of a band stand together, from left
    to right, and those that an entry of b may share an area with are one run of it. So time and
    memory go with the pairs that are near each other, not with n times m.
    """
    if not (len(a) and len(b)):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    height = max(float((a[:, 3] - a[:, 1]).mean()), float((b[:, 3] - b[:, 1]).mean()), 1e-6)
    (ia, band_a, first_a), (ib, band_b, first_b) = in_bands(a, height), in_bands(b, height)
    reach = float((a[:, 2] - a[:, 0]).max())
    long = max(a[:, 2].max(), b[:, 2].max()) - min(a[:, 0].min(), b[:, 0].min()) + reach + 1
    keys = band_a * float(long) + a[ia, 0]
    order = np.argsort(keys)
    keys, ia, band_a = keys[order], ia[order], band_a[order]
    low = np.searchsorted(keys, band_b * float(long) + b[ib, 0] - reach)
    count = np.searchsorted(keys, band_b * float(long) + b[ib, 2]) - low
    entry = np.repeat(np.arange(len(ib)), count)
    place = np.arange(len(entry)) + np.repeat(low - (np.cumsum(count) - count), count)
    i, j = ia[place], ib[entry]
    once = band_b[entry] == np.maximum(first_a[i], first_b[j])  # boxes that share several bands
    return i[once], j[once]


def in_bands(boxes: Array, height: float) -> tuple[Array, Array, Array]:
    """Return the entries of boxes in bands of rows: (e,) indices, (e,) bands, (n,) first bands.

    height: of a band, in pixels. A box has as many entries as bands it reaches into.
    """
    first = np.floor(boxes[:, 1] / height).astype(np.int64)
    count = np.maximum(np.ceil(boxes[:, 3] / height).astype(np.int64) - first, 1)
    index = np.repeat(np.arange(len(boxes)), count)
    within = np.arange(len(index)) - np.repeat(np.cumsum(count) - count, count)
    return index, first[index] + within, first
