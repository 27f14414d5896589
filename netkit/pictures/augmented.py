"""A picture of training images, and of what augmentation makes of them."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from netkit.pictures.panels import cell
from netkit.pictures.style import FAINT, MARGIN, fitted, grey, heading, page, write
from netkit.types import Array

GAP = 14  # pixels between images as they are and as they are shown


def draw_augmented(
    images: Array, views: Sequence[Array], labels: Sequence[str], *, title: str, note: str = ""
) -> Image.Image:
    """Return a picture of a row for each image: as it is, then each of its views.

    images, and each of views: (N, C, H, W).  labels: what stands under each of the images.  Black
    and white are those of bytes, or the least and the largest number of the images as they are.
    """
    w, h = cell(images)
    w, h = (2 * w, 2 * h) if w < 64 else (w, h)
    bytes_ = images.dtype == np.uint8
    low, high = (0.0, 255.0) if bytes_ else (float(images.min()), float(images.max()))
    pitch = w + 4, h + 20
    size = (len(views) + 1) * pitch[0] + GAP, len(images) * pitch[1]
    picture, draw = page(2 * MARGIN + size[0], 2 * MARGIN + 60 + size[1])
    top = heading(draw, title, note) + 28
    write(draw, (MARGIN, top - 20), fitted("as it is", w, 12), size=12, fill=FAINT)
    write(draw, (MARGIN + pitch[0] + GAP, top - 20), "as it is shown", size=12, fill=FAINT)
    for row, label in enumerate(labels):
        y = top + row * pitch[1]
        for column, shown in enumerate([images, *views]):
            x = MARGIN + column * pitch[0] + (GAP if column else 0)
            picture.paste(tile(shown[row], (w, h), low, high), (x, y))
        write(draw, (MARGIN, y + h + 1), fitted(label, w, 12), size=12)
    return picture


def tile(image: Array, size: tuple[int, int], low: float, high: float) -> Image.Image:
    """Return an image (C, H, W) as a picture of a size; of other than three maps, the first."""
    shades = grey(image, low, high)
    picture = Image.fromarray(shades.transpose(1, 2, 0) if len(image) == 3 else shades[0])
    how = Image.Resampling.NEAREST if size[0] >= picture.width else Image.Resampling.BOX
    return picture.convert("RGB").resize(size, how)
