"""Pictures of numbers of a sample set: the confusion matrix, the histogram of energies."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from netkit.pictures.panels import Answered, cell
from netkit.pictures.style import (
    FAINT,
    GREEN,
    INK,
    LINE,
    MARGIN,
    PAPER,
    RED,
    Colour,
    Draw,
    fitted,
    heading,
    page,
    photo,
    width_of,
    write,
)
from netkit.types import Array

SQUARE = 40  # pixels: of a cell of the confusion matrix
BINS = 50  # bars of the histogram
BAR = 15  # pixels that a bar is wide
HIGH = 220  # pixels that the highest bar is high
GREY: Colour = (150, 156, 166)


def confusion(labels: Array, answers: Array, classes: Sequence[str]) -> Array:
    """Return how many samples of each class (rows) got each answer (columns), (K, K)."""
    k = len(classes)
    return np.bincount(labels * k + answers, minlength=k * k).reshape(k, k)


def draw_confusion(samples: Answered, title: str, note: str = "") -> Image.Image:
    """Return the picture of the confusion matrix.

    Right answers are green, wrong ones red, the darker the larger their share of a row.
    """
    counts, classes = confusion(samples.labels, samples.answers, samples.classes), samples.classes
    side = SQUARE if len(classes) <= 20 else max(6, 800 // len(classes))
    left = MARGIN + 30 + max(28, min(120, max(int(width_of(name, 13)) for name in classes) + 12))
    picture, draw = page(
        max(640, left + side * len(classes) + 130), MARGIN * 2 + 96 + side * len(classes)
    )
    top = heading(draw, title, note) + 50
    write(draw, (left, top - 46), "answer", size=12, fill=FAINT)
    write(draw, (MARGIN, top - 22), "truth", size=12, fill=FAINT)
    write(draw, (left + side * len(classes) + 16, top - 22), "right", size=12, fill=FAINT)
    shares = counts / np.maximum(1, counts.sum(1, keepdims=True))
    for row, name in enumerate(classes):
        y = top + row * side
        if side > 12:
            word = fitted(name, left - MARGIN - 38, 13)
            write(draw, (MARGIN + 30, y + side / 2 - 8), word, size=13)
            middle = left + (row + 0.5) * side
            centred(draw, (middle, top - 20), fitted(name, side - 2, 13), size=13, fill=INK)
            text = f"{100 * shares[row, row]:.1f} %" if counts[row].sum() else "no sample"
            write(draw, (left + side * len(classes) + 16, y + side / 2 - 8), text, size=13)
        for column in range(len(classes)):
            x, share = left + column * side, float(shares[row, column])
            colour = tint(GREEN, 0.75 * share) if row == column else tint(RED, min(1.0, 6 * share))
            draw.rectangle((x, y, x + side - 1, y + side - 1), fill=colour, outline=LINE)
            if counts[row, column] and side > 24:
                dark = share > 0.5 if row == column else share > 0.09
                place, text = (x + side / 2, y + side / 2 - 8), str(counts[row, column])
                centred(draw, place, text, size=13, fill=PAPER if dark else INK)
    return picture


def tint(colour: Colour, share: float) -> Colour:
    """Return a colour mixed into the paper: share 0 is the paper, 1 the colour."""
    red, green, blue = (round(p + (c - p) * share) for p, c in zip(PAPER, colour, strict=True))
    return red, green, blue


def centred(
    draw: Draw, at: tuple[float, float], text: str, *, size: int = 12, fill: Colour
) -> None:
    """Write text with its middle at x of (x, y)."""
    write(draw, (at[0] - width_of(text, size) / 2, at[1]), text, size=size, fill=fill)


def draw_histogram(samples: Answered, title: str, note: str = "") -> Image.Image:
    """Return a histogram of the samples' energies, over the ten samples with the highest.

    Right answers are grey, wrong ones red. The bars' heights go with the logarithm of the counts,
    so that one bad sample is seen beside a thousand good ones.
    """
    energies, wrong = np.nan_to_num(samples.energies.astype(float)), samples.wrong
    high = float(energies.max()) if len(energies) else 1.0
    bars = [
        np.histogram(energies[mask], BINS, (0, high or 1.0))[0] for mask in (~wrong | wrong, wrong)
    ]
    w, h = cell(samples.images)
    left, bottom = MARGIN + 52, MARGIN + 50 + HIGH
    picture, draw = page(left + BINS * BAR + MARGIN + 10, bottom + 96 + h)
    heading(draw, title, note)
    most = max(1, int(bars[0].max(initial=1)))

    def height(count: int) -> float:
        return float(HIGH * np.log10(1 + count) / np.log10(1 + most))

    for count in [10**k for k in range(12) if 10**k <= most]:
        y, text = bottom - height(count), f"{count:,}"
        draw.line((left, y, left + BINS * BAR, y), fill=LINE)
        write(draw, (left - 8 - width_of(text, 12), y - 8), text, size=12, fill=FAINT)
    for counts, colour in zip(bars, (GREY, RED), strict=True):
        for k, count in enumerate(counts):
            x, y = left + k * BAR, bottom - height(count)
            if count:
                draw.rectangle((x + 1, y, x + BAR - 2, bottom), fill=colour)
    draw.line((left, bottom, left + BINS * BAR, bottom), fill=INK)
    for k in range(6):
        place = left + k * BINS * BAR / 5, bottom + 6
        centred(draw, place, f"{high * k / 5:.3g}", fill=FAINT)
    write(draw, (MARGIN, bottom + 6), "energy", size=12, fill=FAINT)
    text = f"samples: {int(wrong.sum()):,} wrong ones in red"
    write(draw, (MARGIN, MARGIN + 28), text, size=12, fill=FAINT)
    draw_worst(picture, samples, (left, bottom + 34), size=(w, h))
    return picture


def draw_worst(
    picture: Image.Image, samples: Answered, at: tuple[int, int], *, size: tuple[int, int]
) -> None:
    """Draw the ten samples with the highest energies, framed in red where the answer is wrong."""
    draw = ImageDraw.Draw(picture)
    (x, y), (w, h) = at, size
    write(draw, (MARGIN, y), "worst", size=12, fill=FAINT)
    for place, number in enumerate(samples.order(worst_first=True)[:10]):
        left = x + place * (BINS * BAR / 10)
        frame = RED if samples.wrong[number] else LINE
        draw.rectangle((left, y, left + w + 3, y + h + 3), fill=frame)
        image = photo(samples.images[number]).resize((w, h), Image.Resampling.NEAREST)
        picture.paste(image, (int(left) + 2, y + 2))
        energy = f"{samples.energies[number]:.2f}"
        centred(draw, (left + w / 2 + 2, y + h + 7), energy, fill=INK)
