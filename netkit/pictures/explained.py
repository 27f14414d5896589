"""A picture of why a net answers so: images, heat maps over them, and training images like them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from netkit.pictures.sheet import shown
from netkit.pictures.style import (
    FAINT,
    GREEN,
    INK,
    LINE,
    MARGIN,
    RED,
    Colour,
    fitted,
    heading,
    page,
    width_of,
    write,
)
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.explaining.methods import Heat

SIDE = 128  # pixels: about the longer side of an image in the picture
GAP = 10
FOR: Colour = (200, 30, 30)  # what speaks for the answer
AGAINST: Colour = (30, 70, 200)
WARM = np.array([(255, 255, 255), (255, 214, 92), (235, 92, 24), (120, 0, 30)], np.float64)
LOUD = 99.5  # the percentile of the numbers of a map that has the full colour


class Near(NamedTuple):
    """A training image (C, H, W) that is like another, its class, and how far apart they are."""

    image: Array
    name: str
    distance: float


class Row(NamedTuple):
    """An image (C, H, W), what was answered, and why.

    truth: the class that it is, or "" where nobody says it.  box: x0, y0, x1, y1 of what was found
    in it, in pixels.
    """

    image: Array
    name: str
    answer: str
    confidence: float
    heats: "dict[str, Heat]"
    near: Sequence[Near] = ()
    truth: str = ""
    box: tuple[float, ...] | None = None

    @property
    def right(self) -> bool | None:
        """Whether the answer is the truth; None where nobody knows that."""
        return self.answer == self.truth if self.truth else None

    @property
    def said(self) -> str:
        """The answer in words."""
        wrong = f", is {self.truth}" if self.right is False else ""
        return f"{self.answer} ({self.confidence:.2f}){wrong}"


def draw_explained(rows: Sequence[Row], title: str, note: str = "") -> Image.Image:
    """Return the picture of some rows: image, a heat map a method, images that are like it.

    Of methods with two signs, red speaks for the answer and blue against it; of the others, darker
    is more. Each map has its own scale.
    """
    w, h = cell(rows[0].image)
    small = max(20, w // 2), max(20, h // 2)
    methods = list(rows[0].heats)
    most = max(len(row.near) for row in rows)
    across = (most + 1) // 2
    width = (1 + len(methods)) * (w + GAP) + (across * (small[0] + 24 + GAP) + 14) * bool(most)
    wide = max(width, width_of(title, 20) + width_of(note, 13) + 20)
    alone = len(rows) == 1  # then the heading says what would stand below the image
    pitch = h + (8 if alone else 44)
    if most:
        pitch = max(pitch, 2 * (small[1] + 18) + 4)
    picture, draw = page(2 * MARGIN + wide, 2 * MARGIN + 58 + len(rows) * pitch)
    top = heading(draw, title, note) + 6
    for k, name in enumerate(methods):
        place = MARGIN + (1 + k) * (w + GAP), top
        write(draw, place, fitted(name.replace("_", " x "), w, 13), size=13, fill=FAINT)
    aside = MARGIN + (1 + len(methods)) * (w + GAP) + 14
    if most:
        write(draw, (aside, top), "nearest training samples", size=13, fill=FAINT)
    for number, row in enumerate(rows):
        y = top + 22 + number * pitch
        size = sized(row.image, (w, h))
        picture.paste(enlarged(shown(row.image), size), (MARGIN, y))
        frame(picture, row, size, (MARGIN, y))
        colour = INK if row.right is None else GREEN if row.right else RED
        if not alone:
            write(draw, (MARGIN, y + h + 3), fitted(row.said, 2 * w, 13), size=13, fill=colour)
            write(draw, (MARGIN, y + h + 20), fitted(row.name, 3 * w, 11), size=11, fill=FAINT)
        for k, heat in enumerate(row.heats.values()):
            at = MARGIN + (1 + k) * (w + GAP), y
            picture.paste(overlaid(row.image, heat, size), at)
            frame(picture, row, size, at)
        for k, near in enumerate(row.near):
            at = aside + k % across * (small[0] + 24 + GAP), y + k // across * (small[1] + 18)
            picture.paste(enlarged(shown(near.image), sized(near.image, small)), at)
            text = fitted(f"{near.name} {near.distance:.2g}", small[0] + 30, 11)
            write(draw, (at[0], at[1] + small[1] + 2), text, size=11, fill=FAINT)
    return picture


def cell(image: Array) -> tuple[int, int]:
    """Return the width and height in pixels at which an image is drawn.

    Small ones are enlarged by a whole number.
    """
    height, width = image.shape[1:]
    longer = max(height, width)
    zoom = max(1, SIDE // longer) if longer <= SIDE else SIDE / longer
    return max(1, round(width * zoom)), max(1, round(height * zoom))


def sized(image: Array, room: tuple[int, int]) -> tuple[int, int]:
    """Return the (width, height) at which an image fills a room and keeps its proportions."""
    share = min(room[0] / image.shape[2], room[1] / image.shape[1])
    return max(1, round(image.shape[2] * share)), max(1, round(image.shape[1] * share))


def enlarged(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return a picture at another size; pixels that grow stay sharp."""
    grows = size[0] >= picture.width
    return picture.resize(size, Image.Resampling.NEAREST if grows else Image.Resampling.BOX)


def frame(picture: Image.Image, row: Row, size: tuple[int, int], at: tuple[int, int]) -> None:
    """Draw the box of what was found, or a fine line around the image."""
    from PIL import ImageDraw

    draw = ImageDraw.Draw(picture)
    (x, y), (w, h) = at, size
    draw.rectangle((x - 1, y - 1, x + w, y + h), outline=LINE)
    if row.box is not None:
        ratio = w / row.image.shape[2], h / row.image.shape[1]
        x0, y0, x1, y1 = (v * ratio[k % 2] for k, v in enumerate(row.box))
        draw.rectangle((x + x0, y + y0, x + x1 - 1, y + y1 - 1), outline=GREEN, width=2)


def overlaid(image: Array, heat: "Heat", size: tuple[int, int]) -> Image.Image:
    """Return a heat map in colours over a pale grey image, as a picture of a size."""
    grey = np.asarray(shown(image).convert("L"), np.float64)[..., None]
    strength, colour = coloured(heat)
    mixed = (0.45 * grey + 140) * (1 - strength[..., None]) + colour * strength[..., None]
    return enlarged(Image.fromarray(np.clip(mixed, 0, 255).astype(np.uint8)), size)


def coloured(heat: "Heat") -> tuple[Array, Array]:
    """Return how strongly a heat map covers each pixel (H, W), 0..1, and by which colours."""
    values = np.nan_to_num(np.asarray(heat.map, np.float64))
    loud = np.percentile(np.abs(values), LOUD) or np.abs(values).max()
    share = np.clip(np.abs(values) / loud, 0, 1) if loud else np.zeros(values.shape)
    if heat.signed:
        return share, np.where(values[..., None] > 0, np.array(FOR), np.array(AGAINST))
    levels = np.linspace(0, 1, len(WARM))
    colour = np.stack([np.interp(share, levels, WARM[:, c]) for c in range(3)], -1)
    return 0.9 * np.sqrt(share), colour
