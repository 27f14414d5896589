"""What all pictures share: colours, letters, and how pixels become grey levels or a PNG."""

from functools import lru_cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageFont

PAPER, INK, FAINT, LINE = (255, 255, 255), (24, 28, 36), (104, 112, 126), (214, 218, 226)
RED, GREEN, BLUE = (218, 30, 40), (20, 140, 70), (36, 84, 190)
MARGIN = 16


@lru_cache
def font(size):
    """Return the letters of a picture, `size` pixels high."""
    return ImageFont.load_default(size)


def page(width, height):
    """Return an empty page and what draws on it."""
    picture = Image.new("RGB", (int(width), int(height)), PAPER)
    return picture, ImageDraw.Draw(picture)


def write(draw, at, text, size, fill=INK, **more):
    """Write text at (x, y), word by word, because the blank of these letters is too narrow; return
    where it ends.
    """
    x, y = at
    for word in str(text).split(" "):
        draw.text((x, y), word, fill=fill, font=font(size), **more)
        x += font(size).getlength(word) + size * 0.36
    return x - size * 0.36


def width_of(text, size):
    """Return how many pixels `write` needs for a text."""
    words = str(text).split(" ")
    return sum(font(size).getlength(word) for word in words) + size * 0.36 * (len(words) - 1)


def heading(draw, title, note=""):
    """Write a title at the top left of a page and a note behind it; return the height they take."""
    end = write(draw, (MARGIN, MARGIN - 4), title, 20)
    write(draw, (end + 14, MARGIN + 3), note, 13, FAINT)
    return MARGIN + 30


def fitted(text, width, size):
    """Return `text`, or as much of its start as fits into so many pixels, and a dot."""
    text = str(text)
    while len(text) > 1 and width_of(text, size) > width:
        text = text[: -2 if text.endswith(".") else -1].rstrip() + "."
    return text


def grey(maps, low=None, high=None):
    """Return numbers as grey levels 0..255, from `low` (black) to `high` (white): the least and
    largest if not given.

    Numbers that are all alike become middle grey; those that are not finite become black.
    """
    maps = np.nan_to_num(np.asarray(maps, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = (maps.min() if low is None else low), (maps.max() if high is None else high)
    if high <= low:
        return np.full(maps.shape, 128, np.uint8)
    return np.clip((maps - low) * (255 / (high - low)), 0, 255).astype(np.uint8)


def photo(image):
    """Return an image (C, H, W) of any numbers as a Pillow picture: in colour with three maps, else
    its first in grey.

    Its own least and largest number become black and white.
    """
    levels = grey(image if len(image) == 3 else image[:1])
    return (
        Image.fromarray(levels.transpose(1, 2, 0))
        if len(levels) == 3
        else Image.fromarray(levels[0]).convert("RGB")
    )


def png(picture, colour=False):
    """Return a picture as the bytes of a PNG file: with a palette of greys and our few colours, or
    all its colours.
    """
    if not colour:
        picture = picture.quantize(palette=palette(), dither=Image.Dither.NONE)
        picture.putpalette(
            bytes(v if v < 250 else 255 for v in picture.getpalette())
        )  # it may take the next to white
    data = BytesIO()
    picture.save(data, "PNG", compress_level=6)
    return data.getvalue()


@lru_cache
def palette():
    """Return 208 greys, and shades of each colour towards black and white for the edges of
    letters.
    """
    shades = [(round(k * 255 / 207),) * 3 for k in range(208)]
    for colour in (RED, GREEN, BLUE, INK, FAINT):
        shades += [tuple(round(255 + (v - 255) * k / 6) for v in colour) for k in range(1, 7)]
        shades += [tuple(round(v * k / 4) for v in colour) for k in range(1, 4)]
    picture = Image.new("P", (1, 1))
    picture.putpalette([v for shade in shades for v in shade])
    return picture
