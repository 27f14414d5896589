"""Strokes of a pen as an image like MNIST's: in a box of 20/28 of its size, centred by mass.

page/ink.js does the same in a browser, operation by operation, so that both give the same bytes.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import floor

import numpy as np
from numpy.typing import ArrayLike

from netkit.types import Array, Shape

FINE = 8  # the strokes are drawn so many times larger and then reduced, for smooth edges
BOX = 20 / 28  # of the image's size: the box of the digit
PEN = 2.4 / 28  # of the image's size: the width of the pen


def image_of(strokes: Sequence[ArrayLike], shape: Shape) -> Array:
    """Return an image of strokes, of `shape` (C, H, W) and uint8, white on black.

    strokes: the points (n, 2) of each, as x and y in any unit.

    MNIST's digits were scaled, keeping their proportions, to fit a box of 20x20 pixels, and their
    centre of mass was put into the middle of 28x28 (LeCun, Bottou, Bengio & Haffner 1998). The
    strokes are scaled before they are drawn, so that the pen has one width however large somebody
    draws.
    """
    channels, height, width = shape
    lines = [np.asarray(stroke, np.float64).reshape(-1, 2) for stroke in strokes]
    lines = [line for line in lines if len(line)]
    if not lines:
        return np.zeros(shape, np.uint8)
    side = min(height, width)
    points, pen = np.concatenate(lines), PEN * side
    low, extents = points.min(0), np.ptp(points, axis=0)
    extent = float(extents.max())
    scale = (BOX * side - pen) / extent if extent > 0 else 0.0
    at = (np.array([width, height]) - extents * scale) / 2
    ink = np.zeros((height * FINE, width * FINE), np.int64)
    for line in lines:
        draw(ink, thinned(((line - low) * scale + at) * FINE), pen * FINE / 2)
    counts = centred(ink).reshape(height, FINE, width, FINE).sum((1, 3))
    small = np.floor(counts * 255 / (FINE * FINE) + 0.5).astype(np.uint8)
    return np.repeat(small[None], channels, 0)


def thinned(points: Array) -> Array:
    """Return points (n, 2) without those less than a pixel from the one before; the last stays."""
    kept = [points[0]]
    for point in points[1:]:
        step = point - kept[-1]
        if step[0] * step[0] + step[1] * step[1] >= 1:
            kept.append(point)
    return np.array([*kept, points[-1]])


def draw(ink: Array, points: Array, radius: float) -> None:
    """Set the pixels (H, W) whose centre is within `radius` of the line through points (n, 2)."""
    height, width = ink.shape
    for (ax, ay), (bx, by) in pairwise(points):
        left, right = max(0, floor(min(ax, bx) - radius)), floor(max(ax, bx) + radius) + 1
        top, bottom = max(0, floor(min(ay, by) - radius)), floor(max(ay, by) + radius) + 1
        x = np.arange(left, min(width, right)) + 0.5
        y = (np.arange(top, min(height, bottom)) + 0.5)[:, None]
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        along = np.clip(((x - ax) * dx + (y - ay) * dy) / length, 0, 1) if length > 0 else 0.0
        ex, ey = x - (ax + along * dx), y - (ay + along * dy)
        ink[top : min(height, bottom), left : min(width, right)] |= (
            ex * ex + ey * ey <= radius * radius
        )


def centred(ink: Array) -> Array:
    """Return an image (H, W) moved so that its centre of mass is in the middle.

    It is moved only so far that nothing is cut off.
    """
    shifts = []
    for axis in (0, 1):
        mass, size = ink.sum(1 - axis, dtype=np.float64), ink.shape[axis]
        used = np.flatnonzero(mass)
        shift = floor((size - 1) / 2 - (mass * np.arange(size)).sum() / mass.sum() + 0.5)
        shifts.append(int(np.clip(shift, -used[0], size - 1 - used[-1])))
    return np.roll(ink, shifts, (0, 1))
