"""Boxes with words on them, drawn on an image."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from netkit.files.images import as_picture
from netkit.types import Array

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

COLOURS = (
    (0, 200, 80),
    (90, 170, 255),
    (255, 200, 40),
    (255, 110, 110),
    (80, 220, 220),
    (230, 130, 255),
    (255, 150, 50),
    (170, 220, 60),
    (150, 150, 255),
    (255, 140, 190),
    (200, 200, 200),
)


class Labelled(NamedTuple):
    """A box to draw: what is written on it, its sides x0, y0, x1, y1 in pixels, and its class."""

    text: str
    box: tuple[float, ...]
    label: int


def draw_boxes(image: Array, boxes: Sequence[Labelled], least: int = 256) -> "Picture":
    """Return an image (C, H, W) as a Pillow picture with boxes on it, the first one on top.

    Each class has a colour. A small image is enlarged by a whole factor until its shorter side has
    `least` pixels, so that text fits.
    """
    from PIL import Image, ImageDraw, ImageFont

    picture = as_picture(image).convert("RGB")
    zoom = max(1, -(-least // min(picture.size)))
    size = picture.width * zoom, picture.height * zoom
    picture = picture.resize(size, Image.Resampling.NEAREST)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(max(12, min(28, min(picture.size) // 16)))
    for text, box, label in reversed(boxes):
        colour = COLOURS[label % len(COLOURS)]
        x0, y0, x1, y1 = (v * zoom for v in box)
        draw.rectangle((x0, y0, max(x0, x1 - 1), max(y0, y1 - 1)), outline=colour, width=2)
        if not text:
            continue
        _, _, width, height = draw.textbbox((0, 0), text, font=font)
        height += 5
        above = y0 - height + 2 if y0 >= height else y0 + 3  # above the box, if there is room
        place = max(4, min(x0 + 4, picture.width - width - 4)), above  # inside of the picture
        spot = draw.textbbox(place, text, font=font)
        draw.rectangle((spot[0] - 3, spot[1] - 2, spot[2] + 3, spot[3] + 2), fill=colour)
        draw.text(place, text, fill=(0, 0, 0), font=font)
    return picture
