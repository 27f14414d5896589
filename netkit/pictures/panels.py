"""Pictures of a sample set: EBLearn's three panels side by side, and the samples that a net finds
hardest.
"""

from typing import NamedTuple

import numpy as np
from PIL import Image

from netkit.pictures.style import (
    FAINT,
    GREEN,
    INK,
    LINE,
    MARGIN,
    RED,
    fitted,
    heading,
    page,
    photo,
    write,
)

NAMES = "Groundtruth", "Correct & incorrect answers", "Incorrect only"
WHITE, BLACK, PALE = (255, 255, 255), (0, 0, 0), (255, 120, 120)
CELL = 44  # pixels: the least side of a sample


class Answered(NamedTuple):
    """Samples and what a net says to them: images (N, C, H, W), labels, energies and answers (N,),
    class names.
    """

    images: np.ndarray
    labels: np.ndarray
    energies: np.ndarray
    answers: np.ndarray
    classes: list

    @property
    def wrong(self):
        """Which samples are answered wrongly, (N,)."""
        return self.answers != self.labels

    def order(self, which=None, worst_first=False):
        """Return the numbers of the samples, or of those of a mask: as they come, or the highest
        energy first.
        """
        numbers = np.arange(len(self.labels)) if which is None else np.flatnonzero(which)
        return (
            numbers[np.argsort(-self.energies[numbers], kind="stable")] if worst_first else numbers
        )


def draw_panels(samples, title, note="", rows=10, columns=10, worst_first=False):
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
        end = write(draw, (left, top - 22), name, 14)
        write(draw, (end + 10, top - 20), notes[k], 12, FAINT)
        draw.rectangle(
            (left - 1, top - 1, left + width, top + rows * (h + 4)),
            fill=BLACK if k < 2 else None,
            outline=LINE,
        )
        for place, number in enumerate(numbers[: rows * columns]):
            at = left + place % columns * (w + 4), top + place // columns * (h + 4)
            draw_sample(picture, draw, samples, number, at, (w, h), answer=k > 0)
    return picture


def cell(images):
    """Return the width and height at which samples are drawn: enlarged by a whole number to a
    legible size.
    """
    height, width = images.shape[2:]
    zoom = max(1, -(-CELL // max(height, width)))
    shrink = max(1, -(-max(height, width) // (3 * CELL)))
    return width * zoom // shrink, height * zoom // shrink


def draw_sample(picture, draw, samples, number, at, size, answer=True):
    """Draw one sample with its 2-pixel frame: white, or for an answer black and, of a wrong one,
    red.
    """
    (x, y), (w, h), wrong = at, size, bool(samples.wrong[number])
    frame = WHITE if not answer else RED if wrong else BLACK
    draw.rectangle((x, y, x + w + 3, y + h + 3), fill=frame)
    image = photo(samples.images[number])
    picture.paste(
        image.resize(
            (w, h), Image.Resampling.NEAREST if w >= image.width else Image.Resampling.BOX
        ),
        (x + 2, y + 2),
    )
    label, said = (samples.classes[k] for k in (samples.labels[number], samples.answers[number]))
    tag(draw, (x + 4, y + 2), said if answer else label, w, PALE if answer and wrong else WHITE)
    if answer and wrong:
        tag(draw, (x + 4, y + h - 13), label, w, WHITE)


def tag(draw, at, text, width, colour):
    """Write a short text over an image, with a dark rim so that it is read on white as well."""
    write(draw, at, fitted(text, width - 4, 12), 12, colour, stroke_width=1, stroke_fill=BLACK)


def draw_hardest(samples, right, title, note="", most=20, columns=10):
    """Return a picture of the samples answered rightly, or wrongly, with the highest energies
    first.

    Under each stand its number in the set, what was answered for what, and its energy.
    """
    numbers = samples.order(~samples.wrong if right else samples.wrong, worst_first=True)[:most]
    w, h = cell(samples.images)
    w, h = (2 * w, 2 * h) if w < 64 else (w, h)
    pitch, rows = (max(w + 4, 92) + 10, h + 50), max(1, -(-len(numbers) // columns))
    picture, draw = page(2 * MARGIN + columns * pitch[0], 2 * MARGIN + 44 + rows * pitch[1])
    top = heading(draw, title, note) + 10
    if not len(numbers):
        write(draw, (MARGIN, top), "none", 14, FAINT)
    for place, number in enumerate(numbers):
        x, y = MARGIN + place % columns * pitch[0], top + place // columns * pitch[1]
        frame = GREEN if right else RED
        draw.rectangle((x, y, x + w + 3, y + h + 3), fill=frame)
        image = photo(samples.images[number]).resize((w, h), Image.Resampling.NEAREST)
        picture.paste(image, (x + 2, y + 2))
        said, label = (
            samples.classes[samples.answers[number]],
            samples.classes[samples.labels[number]],
        )
        text = f"a {label}" if right else f"{said}, is {label}"
        write(draw, (x, y + h + 7), fitted(text, pitch[0] - 6, 13), 13, INK if right else RED)
        detail = f"no. {number}  e {samples.energies[number]:.2f}"
        write(draw, (x, y + h + 24), fitted(detail, pitch[0] - 4, 11), 11, FAINT)
    return picture
