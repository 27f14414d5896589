"""Pictures of a sample set: EBLearn's three panels, and the samples that a net finds hardest."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

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
    photo,
    write,
)
from netkit.types import Array

NAMES = "Groundtruth", "Correct & incorrect answers", "Incorrect only"
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
PALE: Colour = (255, 120, 120)
CELL = 44  # pixels: the least side of a sample


class Answered(NamedTuple):
    """Samples and what a net says to them."""

    images: Array  # (N, C, H, W)
    labels: Array  # (N,)
    energies: Array  # (N,)
    answers: Array  # (N,), the classes answered
    classes: Sequence[str]

    @property
    def wrong(self) -> Array:
        """Which samples are answered wrongly, (N,) of bool."""
        return self.answers != self.labels

    def order(self, which: Array | None = None, worst_first: bool = False) -> Array:
        """Return the numbers of the samples, as they come or the highest energy first.

        which: a mask (N,), of those that are wanted; all if not given.
        """
        numbers = np.arange(len(self.labels)) if which is None else np.flatnonzero(which)
        if not worst_first:
            return numbers
        return numbers[np.argsort(-self.energies[numbers], kind="stable")]


def draw_panels(
    samples: Answered,
    title: str,
    note: str = "",
    *,
    rows: int = 10,
    columns: int = 10,
    worst_first: bool = False,
) -> Image.Image:
    """Return the picture of three panels of rows x columns samples.

    The first has white frames and the label of each at its top left. The second has the net's
    answer there and, of the wrong ones, a red frame and the label at the bottom left. The third
    goes on through the whole set with the wrong ones only.
    """
    all_of_them, wrong = samples.order(None, worst_first), samples.order(samples.wrong, worst_first)
    notes = "", "", f"{len(wrong):,} of {len(samples.labels):,}"
    w, h = cell(samples.images)
    width, gap = columns * (w + 4), 28
    picture, draw = page(2 * MARGIN + 3 * width + 2 * gap, MARGIN * 2 + 60 + rows * (h + 4))
    top = heading(draw, title, note) + 26
    for k, (name, numbers) in enumerate(zip(NAMES, (all_of_them, all_of_them, wrong), strict=True)):
        left = MARGIN + k * (width + gap)
        end = write(draw, (left, top - 22), name, size=14)
        write(draw, (end + 10, top - 20), notes[k], size=12, fill=FAINT)
        draw.rectangle(
            (left - 1, top - 1, left + width, top + rows * (h + 4)),
            fill=BLACK if k < 2 else None,
            outline=LINE,
        )
        for place, number in enumerate(numbers[: rows * columns]):
            at = left + place % columns * (w + 4), top + place // columns * (h + 4)
            draw_sample(picture, samples, number, at=at, size=(w, h), answer=k > 0)
    return picture


def cell(images: Array) -> tuple[int, int]:
    """Return the width and height, in pixels, at which samples (N, C, H, W) are drawn.

    Small ones are enlarged by a whole number, until they are legible.
    """
    height, width = images.shape[2:]
    zoom = max(1, -(-CELL // max(height, width)))
    shrink = max(1, -(-max(height, width) // (3 * CELL)))
    return width * zoom // shrink, height * zoom // shrink


def draw_sample(
    picture: Image.Image,
    samples: Answered,
    number: int,
    *,
    at: tuple[int, int],
    size: tuple[int, int],
    answer: bool = True,
) -> None:
    """Draw one sample with a frame of 2 pixels, at (x, y), of (width, height) pixels.

    The frame is white and the label stands in it; or, with `answer`, black and the answer does. Of
    a wrong answer the frame is red, and the label stands below.
    """
    draw = ImageDraw.Draw(picture)
    (x, y), (w, h), wrong = at, size, bool(samples.wrong[number])
    frame = WHITE if not answer else RED if wrong else BLACK
    draw.rectangle((x, y, x + w + 3, y + h + 3), fill=frame)
    image = photo(samples.images[number])
    how = Image.Resampling.NEAREST if w >= image.width else Image.Resampling.BOX
    picture.paste(image.resize((w, h), how), (x + 2, y + 2))
    label, said = (samples.classes[k] for k in (samples.labels[number], samples.answers[number]))
    colour = PALE if answer and wrong else WHITE
    # With a dark rim, so that it is read on white as well.
    word = fitted(said if answer else label, w - 4, 12)
    write(draw, (x + 4, y + 2), word, size=12, fill=colour, rim=BLACK)
    if answer and wrong:
        below = x + 4, y + h - 13
        write(draw, below, fitted(label, w - 4, 12), size=12, fill=WHITE, rim=BLACK)


def draw_hardest(
    samples: Answered,
    right: bool,
    title: str,
    *,
    note: str = "",
    most: int = 20,
    columns: int = 10,
    details: Sequence[str] = (),
) -> Image.Image:
    """Return a picture of the samples answered rightly, or wrongly, the highest energy first.

    Under each stands what was answered for what, and its number in the set and its energy; or what
    `details` says of each sample of the set.
    """
    numbers = samples.order(~samples.wrong if right else samples.wrong, worst_first=True)[:most]
    w, h = cell(samples.images)
    w, h = (2 * w, 2 * h) if w < 64 else (w, h)
    pitch, rows = (max(w + 4, 92) + 10, h + 50), max(1, -(-len(numbers) // columns))
    picture, draw = page(2 * MARGIN + columns * pitch[0], 2 * MARGIN + 44 + rows * pitch[1])
    top = heading(draw, title, note) + 10
    if not len(numbers):
        write(draw, (MARGIN, top), "none", size=14, fill=FAINT)
    for place, number in enumerate(numbers):
        x, y = MARGIN + place % columns * pitch[0], top + place // columns * pitch[1]
        frame = GREEN if right else RED
        draw.rectangle((x, y, x + w + 3, y + h + 3), fill=frame)
        image = photo(samples.images[number]).resize((w, h), Image.Resampling.NEAREST)
        picture.paste(image, (x + 2, y + 2))
        said = samples.classes[samples.answers[number]]
        label = samples.classes[samples.labels[number]]
        text = fitted(f"a {label}" if right else f"{said}, is {label}", pitch[0] - 6, 13)
        write(draw, (x, y + h + 7), text, size=13, fill=INK if right else RED)
        detail = f"no. {number}  e {samples.energies[number]:.2f}"
        detail = fitted(details[number] if details else detail, pitch[0] - 4, 11)
        write(draw, (x, y + h + 24), detail, size=11, fill=FAINT)
    return picture
