"""What all pictures share: colours, letters, and how pixels become grey levels or a PNG."""

from functools import lru_cache
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw, ImageFont

from netkit.types import Array

Colour = tuple[int, int, int]  # red, green and blue, 0..255
Draw = ImageDraw.ImageDraw
PAPER: Colour = (255, 255, 255)
INK: Colour = (24, 28, 36)
FAINT: Colour = (104, 112, 126)
LINE: Colour = (214, 218, 226)
RED: Colour = (218, 30, 40)
GREEN: Colour = (20, 140, 70)
BLUE: Colour = (36, 84, 190)
MARGIN = 16  # pixels around all that stands on a page


@lru_cache
def font(size: int) -> Any:
    """Return the letters of a picture, `size` pixels high."""
    return ImageFont.load_default(size)


def page(width: float, height: float) -> tuple[Image.Image, Draw]:
    """Return an empty page of so many pixels, and what draws on it."""
    picture = Image.new("RGB", (int(width), int(height)), PAPER)
    return picture, ImageDraw.Draw(picture)


def write(
    draw: Draw,
    at: tuple[float, float],
    text: str,
    *,
    size: int,
    fill: Colour = INK,
    rim: Colour | None = None,
) -> float:
    """Write text at (x, y), and return the x where it ends.

    It is written word by word, because the blank of these letters is too narrow.  size: the height
    of the letters in pixels.  rim: the colour of a fine rim around them.
    """
    x, y = at
    for word in str(text).split(" "):
        width = 0 if rim is None else 1
        draw.text((x, y), word, fill, font(size), stroke_width=width, stroke_fill=rim)
        x += font(size).getlength(word) + size * 0.36
    return x - size * 0.36


def width_of(text: str, size: int) -> float:
    """Return how many pixels `write` needs for a text."""
    words = str(text).split(" ")
    letters = sum(float(font(size).getlength(word)) for word in words)
    return letters + size * 0.36 * (len(words) - 1)


def heading(draw: Draw, title: str, note: str = "") -> int:
    """Write a title at the top left of a page and a note behind it; return the height they take."""
    end = write(draw, (MARGIN, MARGIN - 4), title, size=20)
    write(draw, (end + 14, MARGIN + 3), note, size=13, fill=FAINT)
    return MARGIN + 30


def fitted(text: str, width: float, size: int) -> str:
    """Return `text`, or as much of its start as fits into `width` pixels, and a dot."""
    text = str(text)
    while len(text) > 1 and width_of(text, size) > width:
        text = text[: -2 if text.endswith(".") else -1].rstrip() + "."
    return text


def grey(numbers: ArrayLike, low: float | None = None, high: float | None = None) -> Array:
    """Return numbers as grey levels 0..255 of uint8, from `low` (black) to `high` (white).

    low, high: the least and the largest number if not given.  Numbers that are all alike become
    middle grey; those that are not finite become black.
    """
    maps = np.nan_to_num(np.asarray(numbers, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low = maps.min() if low is None else low
    high = maps.max() if high is None else high
    if high <= low:
        return np.full(maps.shape, 128, np.uint8)
    return np.clip((maps - low) * (255 / (high - low)), 0, 255).astype(np.uint8)


def photo(image: Array) -> Image.Image:
    """Return an image (C, H, W) of any numbers as a Pillow picture in colour.

    Its own least and largest number become black and white. Of other than three maps, the first is
    shown in grey.
    """
    if len(image) == 3:
        return Image.fromarray(grey(image).transpose(1, 2, 0))
    return Image.fromarray(grey(image[0])).convert("RGB")


def png(picture: Image.Image, colour: bool = False) -> bytes:
    """Return a picture as the bytes of a PNG file.

    colour: with all its colours; else with a palette of greys and our few colours.
    """
    if not colour:
        picture = picture.quantize(palette=palette(), dither=Image.Dither.NONE)
        shades = picture.getpalette() or []
        picture.putpalette(bytes(v if v < 250 else 255 for v in shades))  # white is nearly white
    data = BytesIO()
    picture.save(data, "PNG", compress_level=6)
    return data.getvalue()


@lru_cache
def palette() -> Image.Image:
    """Return a picture whose palette is 208 greys and shades of each of our colours.

    The shades go towards black and towards white: the edges of letters need them.
    """
    shades: list[tuple[int, ...]] = [(round(k * 255 / 207),) * 3 for k in range(208)]
    for colour in (RED, GREEN, BLUE, INK, FAINT):
        shades += [tuple(round(255 + (v - 255) * k / 6) for v in colour) for k in range(1, 7)]
        shades += [tuple(round(v * k / 4) for v in colour) for k in range(1, 4)]
    picture = Image.new("P", (1, 1))
    picture.putpalette([v for shade in shades for v in shade])
    return picture
