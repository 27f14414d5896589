"""Pictures of what maps of a layer like most, and of many samples as points of a plane."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from netkit.files.text import printable
from netkit.pictures.sheet import shown
from netkit.pictures.style import FAINT, LINE, MARGIN, fitted, heading, page, photo, write
from netkit.types import Array

SIDE = 84  # pixels of an image that a map likes
COLUMNS = 10
PLANE = 760  # pixels a side of the plane
THUMB = 22  # of a sample in it
COLOURS = [
    *((31, 119, 180), (214, 39, 40), (44, 160, 44), (255, 127, 14), (148, 103, 189)),
    *((140, 86, 75), (227, 119, 194), (90, 98, 110), (188, 189, 34), (23, 190, 207)),
]


def draw_liked(images: Array, names: Sequence[str], title: str, note: str = "") -> Image.Image:
    """Return a picture of images (M, C, H, W), each with a name under it."""
    columns = min(COLUMNS, len(images))
    rows = -(-len(images) // columns)
    width = max(2 * MARGIN + columns * (SIDE + 8), 620)
    picture, draw = page(width, 2 * MARGIN + 44 + rows * (SIDE + 24))
    top = heading(draw, title, note) + 10
    for k, (image, name) in enumerate(zip(images, names, strict=True)):
        x, y = MARGIN + k % columns * (SIDE + 8), top + k // columns * (SIDE + 24)
        picture.paste(photo(image).resize((SIDE, SIDE), Image.Resampling.NEAREST), (x, y))
        write(draw, (x, y + SIDE + 2), fitted(name, SIDE + 4, 12), size=12, fill=FAINT)
    return picture


def draw_plane(
    points: Array,
    images: Array,
    labels: Array,
    classes: Sequence[str],
    *,
    title: str,
    note: str = "",
    thumbs: int = 400,
) -> Image.Image:
    """Return a picture of samples at their points (N, 2): small images framed by class.

    images: (N, C, H, W).  labels: (N,).  thumbs: so many of them are images, spread evenly; the
    others are dots.
    """
    legend = 150
    picture, draw = page(2 * MARGIN + PLANE + legend, 2 * MARGIN + PLANE + 44)
    top = heading(draw, title, note) + 10
    low, span = points.min(0), np.maximum(np.ptp(points, axis=0), 1e-12)
    places = np.array([MARGIN, top]) + (points - low) / span * (PLANE - THUMB)
    draw.rectangle((MARGIN - 2, top - 2, MARGIN + PLANE + 2, top + PLANE + 2), outline=LINE)
    as_images = set(
        (
            np.arange(min(thumbs, len(points))) * len(points) // max(1, min(thumbs, len(points)))
        ).tolist()
    )
    for k, ((x, y), label) in enumerate(zip(places.tolist(), labels.tolist(), strict=True)):
        colour = COLOURS[label % len(COLOURS)]
        if k not in as_images:
            draw.ellipse((x + 8, y + 8, x + 14, y + 14), fill=colour)
    for k in sorted(as_images):
        at = int(places[k, 0]), int(places[k, 1])
        small = shown(images[k]).resize((THUMB - 4, THUMB - 4), Image.Resampling.BOX)
        colour = COLOURS[int(labels[k]) % len(COLOURS)]
        ImageDraw.Draw(picture).rectangle((*at, at[0] + THUMB - 1, at[1] + THUMB - 1), fill=colour)
        picture.paste(small, (at[0] + 2, at[1] + 2))
    for k, name in enumerate(classes[:36]):
        y = top + k * 20
        draw.rectangle(
            (MARGIN + PLANE + 16, y, MARGIN + PLANE + 28, y + 12), fill=COLOURS[k % len(COLOURS)]
        )
        text = fitted(printable(name), legend - 40, 13)
        write(draw, (MARGIN + PLANE + 34, y - 2), text, size=13)
    return picture
