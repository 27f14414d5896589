"""Boxes: arrays (n, 4) of x0, y0, x1, y1 in pixels, x1 and y1 exclusive."""

import numpy as np


def clip(boxes, size):
    """Return boxes cut to an image of size (height, width)."""
    return np.clip(boxes, 0, [size[1], size[0], size[1], size[0]])


def areas(boxes):
    """Return the area of each box: (n,)."""
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def intersections(a, b):
    """Return the area that each box of a (n, 4) shares with each of b (m, 4): (n, m)."""
    width = np.minimum(a[:, None, 2], b[:, 2])
    width -= np.maximum(a[:, None, 0], b[:, 0])
    height = np.minimum(a[:, None, 3], b[:, 3])
    height -= np.maximum(a[:, None, 1], b[:, 1])
    np.maximum(width, 0, out=width)
    np.maximum(height, 0, out=height)
    width *= height
    return width


def iou(a, b):
    """Return the intersection over union of each box of a (n, 4) with each of b (m, 4): (n, m)."""
    inner = intersections(a, b)
    return inner / np.maximum(areas(a)[:, None] + areas(b) - inner, 1e-12)


def resized(boxes, height, width):
    """Return boxes with their heights and widths multiplied by two factors, about their centres."""
    centre, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2 * [width, height]
    return np.concatenate([centre - half, centre + half], 1)
