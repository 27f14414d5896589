"""Strokes of a pen as an image like MNIST's: in a box of 20/28 of its size, centred by mass."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw

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
    canvas = Image.new("L", (width * FINE, height * FINE))
    draw, radius = ImageDraw.Draw(canvas), pen * FINE / 2
    for line in lines:
        ends = [(float(x), float(y)) for x, y in ((line - low) * scale + at) * FINE]
        draw.line(ends, fill=255, width=round(2 * radius), joint="curve")
        for x, y in (ends[0], ends[-1]):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    small = centred(np.asarray(canvas)).reshape(height, FINE, width, FINE).mean((1, 3))
    return np.repeat(np.rint(small).astype(np.uint8)[None], channels, 0)


def centred(ink: Array) -> Array:
    """Return an image (H, W) moved so that its centre of mass is in the middle.

    It is moved only so far that nothing is cut off.
    """
    shifts = []
    for axis in (0, 1):
        mass, size = ink.sum(1 - axis, dtype=np.float64), ink.shape[axis]
        used = np.flatnonzero(mass)
        shift = round((size - 1) / 2 - (mass * np.arange(size)).sum() / mass.sum())
        shifts.append(int(np.clip(shift, -used[0], size - 1 - used[-1])))
    return np.roll(ink, shifts, (0, 1))
