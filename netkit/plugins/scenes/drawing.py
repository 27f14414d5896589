"""What scenes of digits are drawn of: the digits, lines, frames and arcs, and a texture."""

from typing import TYPE_CHECKING

import numpy as np

from netkit.types import Array

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw


def draw_digit(image: Array, side: int, distort: float, rng: np.random.Generator) -> Array:
    """Return a digit (28, 28) as (side, side) floats, turned, slanted and stretched at random.

    distort: how much; at 0 it is only resized.
    """
    from PIL import Image

    picture = Image.fromarray(np.ascontiguousarray(image))
    if distort:
        angle, slant, *stretch = distort * rng.uniform(-0.2, 0.2, 4)
        cos, sin, zoom = np.cos(angle), np.sin(angle), np.exp(0.6 * np.array(stretch))
        turn = np.array([[cos * zoom[0], sin + slant], [-sin, cos * zoom[1]]])
        shift = 13.5 - turn @ [13.5, 13.5] + distort * rng.uniform(-0.7, 0.7, 2)
        matrix = (*turn[0], shift[0], *turn[1], shift[1])
        picture = picture.transform(
            (28, 28), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
        )
    return np.asarray(picture.resize((side, side), Image.Resampling.BICUBIC), np.float32)


def draw_texture(size: tuple[int, int], most: float, rng: np.random.Generator) -> Array:
    """Return a smooth random picture (H, W) of grey levels from 0 to at most `most`."""
    from PIL import Image

    height, width = size
    grain = int(rng.integers(4, 16))  # pixels between two random numbers
    coarse = rng.uniform(0, most * rng.uniform(), (2 + height // grain, 2 + width // grain))
    picture = Image.fromarray(coarse.astype(np.float32))
    return np.array(picture.resize((width, height), Image.Resampling.BICUBIC))


def draw_clutter(
    size: tuple[int, int], most: int, boxes: Array, *, least: float, rng: np.random.Generator
) -> Array:
    """Return up to `most` lines, frames and arcs on black (H, W), all of them clear of `boxes`.

    Each is at least `least` pixels long as far as it shows: cut off at a box or by the edge of the
    image, a line would leave a piece that anybody would read as a one.
    """
    from PIL import Image, ImageDraw, ImageFilter

    height, width = size
    whole = Image.new("L", (width, height))
    for _ in range(int(rng.integers(0, most + 1))):
        for _ in range(4):  # places to try
            picture = Image.new("L", (width, height))
            draw_shape(ImageDraw.Draw(picture), size, rng)
            pixels, shown = np.asarray(picture), picture.getbbox() or (0, 0, 0, 0)
            long = np.hypot(shown[2] - shown[0], shown[3] - shown[1]) >= least
            if long and not any(pixels[y0:y1, x0:x1].any() for x0, y0, x1, y1 in boxes.astype(int)):
                whole.paste(picture, mask=picture.point(lambda v: 255 if v else 0))
                break
    return np.array(whole.filter(ImageFilter.GaussianBlur(0.6)), np.float32)


def draw_shape(draw: "ImageDraw", size: tuple[int, int], rng: np.random.Generator) -> None:
    """Draw a line, a frame or an arc somewhere on a picture of `size` (height, width)."""
    x = rng.uniform(0, size[1])
    y = rng.uniform(0, size[0])
    r = rng.uniform(45, 100)
    angle = rng.uniform(0, 360)
    ink = int(rng.uniform(60, 255))
    thick = int(rng.integers(1, 6))
    kind = rng.integers(3)
    if kind == 0:
        turn = np.deg2rad(angle)
        end = x + 2 * r * np.cos(turn), y + 2 * r * np.sin(turn)
        draw.line((x, y, *end), fill=ink, width=thick)
    elif kind == 1:
        tall = r * rng.uniform(0.3, 1)
        draw.rectangle((x - r, y - tall, x + r, y + tall), outline=ink, width=thick)
    else:
        upto = angle + rng.uniform(90, 200)
        draw.arc((x - r, y - r, x + r, y + r), angle, upto, fill=ink, width=thick)
