"""Framing: the window of a picture that shows an object, and the box that a window stands for."""

import numpy as np

from netkit.types import Array

SIDE = 28  # pixels of the shorter side of a window whose size is not given: as arch=detector takes
STEP = 4  # such a window's longer side is a multiple of it, so that two poolings of 2 divide it
LONGEST = 4  # times the shorter side: the most that the longer one is


class Framing:
    """Windows of one size around objects of any shape.

    An object's window is its box made as wide or as high as the window's aspect asks, then enlarged
    by `margin` of that on each side: the object is seen whole and not distorted.  size: (height,
    width) in pixels that every window is brought to.
    """

    def __init__(self, size: tuple[int, int], margin: float = 0.0) -> None:
        self.size = size
        self.margin = margin

    def windows(self, boxes: Array) -> Array:
        """Return the windows (n, 4) that show the objects in boxes (n, 4)."""
        centres, sizes = parts(boxes)
        aspect = self.size[1] / self.size[0]
        height = np.maximum(sizes[:, 1], sizes[:, 0] / aspect) * (1 + 2 * self.margin)
        return around(centres, np.stack([height * aspect, height], 1))

    def shapes(self, boxes: Array, labels: Array, classes: int) -> Array:
        """Return how large the objects of each class are in their windows: (classes, 2).

        The median height and width as shares of the window's; 1 for a class without boxes.
        """
        share = parts(boxes)[1] / parts(self.windows(boxes))[1]
        found = np.ones((classes, 2))
        for k in range(classes):
            if (labels == k).any():
                found[k] = np.median(share[labels == k], axis=0)[::-1]
        return found


def fitting_size(boxes: Array) -> tuple[int, int]:
    """Return the (height, width) of windows for boxes (n, 4), of their median aspect."""
    sizes = parts(boxes)[1]
    aspect = float(np.exp(np.median(np.log(sizes[:, 0] / sizes[:, 1]))))
    long = STEP * round(SIDE * min(max(aspect, 1 / aspect), LONGEST) / STEP)
    return (SIDE, long) if aspect >= 1 else (long, SIDE)


def parts(boxes: Array) -> tuple[Array, Array]:
    """Return the centres (n, 2) of boxes as x, y, and their sizes (n, 2) as width, height."""
    return (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]


def around(centres: Array, sizes: Array) -> Array:
    """Return the boxes (n, 4) around centres (n, 2), x and y, of sizes (n, 2), width and height."""
    return np.concatenate([centres - sizes / 2, centres + sizes / 2], 1)
