"""Pictures of what a net of boxes found in images, beside what is there."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from netkit.pictures.boxes import Labelled, draw_boxes
from netkit.pictures.style import FAINT, MARGIN, fitted, heading, page, write
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.training.finding import Boxes, Found

SIDE = 260  # pixels: about the width of an image
GAP = 10
SURE = 0.3  # confidence from which boxes are drawn


def draw_found(
    found: "Found",
    classes: Sequence[str],
    numbers: Sequence[int],
    *,
    title: str,
    note: str = "",
    columns: int = 2,
) -> Image.Image:
    """Return a picture of some samples, each twice: what is there, and what the net found in it.

    numbers: which samples, in this order.  columns: pairs beside each other. Of what was found the
    boxes of a confidence from 0.3 on are drawn, with it in percent.
    """
    images = found.samples.images
    height, width = images.shape[2:]
    high = max(1, round(SIDE * height / width))
    pitch = 2 * (SIDE + GAP) + GAP, high + 40
    rows = max(1, -(-len(numbers) // columns))
    picture, draw = page(2 * MARGIN + columns * pitch[0], 2 * MARGIN + 44 + rows * pitch[1])
    top = heading(draw, title, note) + 10
    for place, number in enumerate(numbers):
        x = MARGIN + place % columns * pitch[0]
        y = top + place // columns * pitch[1]
        there, answered = truth(found.samples.labels[number]), found.boxes[number]
        sure = int((answered.confidences >= SURE).sum())
        for k, boxes in enumerate((there, answered)):
            drawn = draw_boxes(images[number], labelled(boxes, classes, percent=k == 1))
            drawn = drawn.resize((SIDE, high), Image.Resampling.LANCZOS)
            picture.paste(drawn, (x + k * (SIDE + GAP), y))
        text = f"no. {number}  e {found.energies[number]:.2f}: {len(there.labels)} are there"
        write(draw, (x, y + high + 4), fitted(text, SIDE, 12), size=12, fill=FAINT)
        text = f"{sure} found"
        write(draw, (x + SIDE + GAP, y + high + 4), text, size=12, fill=FAINT)
    return picture


def truth(labels: Array) -> "Boxes":
    """Return the true boxes of a sample's labels (M, 5)."""
    from netkit.training.finding import Boxes

    there = labels[labels[:, 0] >= 0]
    return Boxes(there[:, 1:], np.ones(len(there)), there[:, 0].astype(int))


def labelled(boxes: "Boxes", classes: Sequence[str], *, percent: bool) -> list[Labelled]:
    """Return boxes to draw, the surest first, with their class and how sure it is."""
    return [
        Labelled(f"{classes[k]} {100 * c:.0f}" if percent else classes[k], tuple(box), int(k))
        for box, c, k in zip(boxes.boxes, boxes.confidences, boxes.labels, strict=True)
        if c >= SURE
    ]


def outlined(images: Array, labels: Array) -> Array:
    """Return images (N, C, H, W) with the outlines of their boxes, labels (N, M, 5), drawn white.

    White is the largest number of the images.
    """
    images = np.array(images)
    white = images.max() if images.size else 0
    height, width = images.shape[2:]
    for image, rows in zip(images, labels, strict=True):
        for _, *sides in rows[rows[:, 0] >= 0]:
            x0, y0, x1, y1 = (round(float(side)) for side in sides)
            x1, y1 = min(x1, width) - 1, min(y1, height) - 1
            image[:, y0 : y1 + 1, [x0, x1]] = white
            image[:, [y0, y1], x0 : x1 + 1] = white
    return images
