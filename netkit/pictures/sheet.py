"""A sheet of a data set's samples: a row a class, with its name and how many images it has."""

import numpy as np
from PIL import Image

from netkit.dataset import Dataset
from netkit.files.images import as_picture
from netkit.files.text import printable
from netkit.pictures.panels import cell
from netkit.pictures.style import FAINT, LINE, MARGIN, fitted, heading, page, photo, width_of, write
from netkit.types import Array

NAMES = 180  # pixels: the most that the names of classes take
GAP = 4  # pixels between samples


def draw_sheet(
    data: Dataset, title: str, note: str = "", *, columns: int = 12, rows: int = 40
) -> Image.Image:
    """Return a picture of samples to train on, `columns` of each class, of `rows` classes at most.

    They are spread evenly over the set. A class without samples has an empty row.
    """
    w, h = cell(data.train.images)
    pitch, classes = max(h + GAP, 40), range(min(rows, len(data.classes)))
    sizes = [
        np.bincount(part.labels, minlength=len(data.classes)) for part in (data.train, data.val)
    ]
    texts = [f"{sizes[0][k]:,} + {sizes[1][k]:,}" for k in classes]
    names = [printable(data.classes[k]) for k in classes]
    left = MARGIN + 16 + min(NAMES, max(map(int, [*(width_of(n, 15) for n in names), 70])))
    more = len(data.classes) - len(classes)
    width = max(left + columns * (w + GAP), MARGIN * 3 + width_of(title, 20) + width_of(note, 13))
    picture, draw = page(width + MARGIN, MARGIN * 3 + 30 + len(classes) * pitch + 24 * bool(more))
    top = heading(draw, title, note) + 8
    for k in classes:
        y = top + k * pitch
        draw.line((MARGIN, y - GAP // 2 - 1, width, y - GAP // 2 - 1), fill=LINE)
        write(draw, (MARGIN, y + 2), fitted(names[k], left - MARGIN - 12, 15), size=15)
        write(draw, (MARGIN, y + 21), texts[k], size=12, fill=FAINT)
        for place, image in enumerate(some_of(data, k, columns)):
            how = Image.Resampling.NEAREST if w >= image.shape[2] else Image.Resampling.BOX
            picture.paste(shown(image).resize((w, h), how), (left + place * (w + GAP), y))
    if more:
        write(draw, (MARGIN, top + len(classes) * pitch + 4), f"and {more:,} more classes", size=13)
    return picture


def some_of(data: Dataset, label: int, most: int) -> Array:
    """Return up to so many images (N, C, H, W) of a class, spread evenly over the training set."""
    places = np.flatnonzero(data.train.labels == label)
    if len(places) > most:
        places = places[np.arange(most) * len(places) // most]
    return np.asarray(data.train.images[places])


def shown(image: Array) -> Image.Image:
    """Return an image (C, H, W) as a picture: bytes as they are, other numbers from black to white.

    Of other than one or three channels, the first is shown.
    """
    if image.dtype != np.uint8 or len(image) not in (1, 3):
        return photo(image)
    return as_picture(image).convert("RGB")
