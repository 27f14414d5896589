"""Strokes of a pen as an image like those of MNIST: in a box of 20/28 of its size, centred by
mass.
"""

import numpy as np
from PIL import Image, ImageDraw

FINE = 8  # the strokes are drawn so many times larger and then reduced, for smooth edges
BOX, PEN = 20 / 28, 2.4 / 28  # of the image's size: the box of the digit, the width of the pen


def image_of(strokes, shape):
    """Return an image (C, H, W) of uint8, white on black, of strokes [[(x, y), ...], ...] in any
    unit.

    MNIST's digits were scaled, keeping their proportions, to fit a box of 20x20 pixels, and their
    centre of mass was put into the middle of 28x28 (LeCun, Bottou, Bengio & Haffner 1998). The
    strokes are scaled before they are drawn, so that the pen has one width however large somebody
    draws.
    """
    channels, height, width = shape
    strokes = [np.asarray(stroke, np.float64).reshape(-1, 2) for stroke in strokes if len(stroke)]
    if not strokes:
        return np.zeros(shape, np.uint8)
    side = min(height, width)
    points, pen = np.concatenate(strokes), PEN * side
    low, extent = points.min(0), float(np.ptp(points, axis=0).max())
    scale = (BOX * side - pen) / extent if extent > 0 else 0.0
    at = (
        (width - np.ptp(points, axis=0)[0] * scale) / 2,
        (height - np.ptp(points, axis=0)[1] * scale) / 2,
    )
    canvas = Image.new("L", (width * FINE, height * FINE))
    draw, radius = ImageDraw.Draw(canvas), pen * FINE / 2
    for stroke in strokes:
        line = [tuple(p) for p in ((stroke - low) * scale + at) * FINE]
        draw.line(line, fill=255, width=round(2 * radius), joint="curve")
        for x, y in (line[0], line[-1]):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    small = centred(np.asarray(canvas)).reshape(height, FINE, width, FINE).mean((1, 3))
    return np.repeat(np.rint(small).astype(np.uint8)[None], channels, 0)


def centred(ink):
    """Return an image (H, W) moved so that its centre of mass is in the middle, as far as nothing
    is cut off.
    """
    shifts = []
    for axis in (0, 1):
        mass, size = ink.sum(1 - axis, dtype=np.float64), ink.shape[axis]
        used = np.flatnonzero(mass)
        shift = round((size - 1) / 2 - (mass * np.arange(size)).sum() / mass.sum())
        shifts.append(int(np.clip(shift, -used[0], size - 1 - used[-1])))
    return np.roll(ink, shifts, (0, 1))
