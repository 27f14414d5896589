"""Pictures of numbers that belong to the samples of a set: the confusion matrix, the histogram of
energies.
"""

import numpy as np
from PIL import Image

from netkit.pictures.panels import cell
from netkit.pictures.style import (
    FAINT,
    GREEN,
    INK,
    LINE,
    MARGIN,
    PAPER,
    RED,
    fitted,
    heading,
    page,
    photo,
    width_of,
    write,
)

SQUARE = 40  # pixels: of a cell of the confusion matrix
BINS, BAR, HIGH = (
    50,
    15,
    220,
)  # of the histogram: how many bars, their width and the height of the highest


def confusion(labels, answers, classes):
    """Return how many samples of each class (rows) got each answer (columns), (K, K)."""
    k = len(classes)
    return np.bincount(labels * k + answers, minlength=k * k).reshape(k, k)


def draw_confusion(samples, title, note=""):
    """Return the picture of the confusion matrix: right answers green, wrong ones red, by their
    share of a row.
    """
    counts, classes = confusion(samples.labels, samples.answers, samples.classes), samples.classes
    side = SQUARE if len(classes) <= 20 else max(6, 800 // len(classes))
    left = MARGIN + 30 + max(28, min(120, max(int(width_of(name, 13)) for name in classes) + 12))
    picture, draw = page(
        max(640, left + side * len(classes) + 130), MARGIN * 2 + 96 + side * len(classes)
    )
    top = heading(draw, title, note) + 50
    write(draw, (left, top - 46), "answer", 12, FAINT)
    write(draw, (MARGIN, top - 22), "truth", 12, FAINT)
    write(draw, (left + side * len(classes) + 16, top - 22), "right", 12, FAINT)
    shares = counts / np.maximum(1, counts.sum(1, keepdims=True))
    for row, name in enumerate(classes):
        y = top + row * side
        if side > 12:
            write(draw, (MARGIN + 30, y + side / 2 - 8), fitted(name, left - MARGIN - 38, 13), 13)
            centred(draw, left + (row + 0.5) * side, top - 20, fitted(name, side - 2, 13), 13, INK)
            text = f"{100 * shares[row, row]:.1f} %" if counts[row].sum() else "no sample"
            write(draw, (left + side * len(classes) + 16, y + side / 2 - 8), text, 13)
        for column in range(len(classes)):
            x, share = left + column * side, float(shares[row, column])
            colour = tint(GREEN, 0.75 * share) if row == column else tint(RED, min(1.0, 6 * share))
            draw.rectangle((x, y, x + side - 1, y + side - 1), fill=colour, outline=LINE)
            if counts[row, column] and side > 24:
                dark = share > 0.5 if row == column else share > 0.09
                centred(
                    draw,
                    x + side / 2,
                    y + side / 2 - 8,
                    str(counts[row, column]),
                    13,
                    PAPER if dark else INK,
                )
    return picture


def tint(colour, share):
    """Return a colour mixed into the paper."""
    return tuple(round(p + (c - p) * share) for p, c in zip(PAPER, colour, strict=True))


def centred(draw, x, y, text, size, fill):
    write(draw, (x - width_of(text, size) / 2, y), text, size, fill)


def draw_histogram(samples, title, note=""):
    """Return a histogram of the samples' energies, right ones grey and wrong ones red, over the ten
    worst samples.

    The bars' heights go with the logarithm of the counts, so that one bad sample is seen beside a
    thousand good ones.
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

    def height(count):
        return HIGH * np.log10(1 + count) / np.log10(1 + most)

    for count in [10**k for k in range(12) if 10**k <= most]:
        y = bottom - height(count)
        draw.line((left, y, left + BINS * BAR, y), fill=LINE)
        write(draw, (left - 8 - width_of(f"{count:,}", 12), y - 8), f"{count:,}", 12, FAINT)
    for counts, colour in zip(bars, ((150, 156, 166), RED), strict=True):
        for k, count in enumerate(counts):
            if count:
                draw.rectangle(
                    (left + k * BAR + 1, bottom - height(count), left + (k + 1) * BAR - 2, bottom),
                    fill=colour,
                )
    draw.line((left, bottom, left + BINS * BAR, bottom), fill=INK)
    for k in range(6):
        centred(draw, left + k * BINS * BAR / 5, bottom + 6, f"{high * k / 5:.3g}", 12, FAINT)
    write(draw, (MARGIN, bottom + 6), "energy", 12, FAINT)
    write(
        draw, (MARGIN, MARGIN + 28), f"samples: {int(wrong.sum()):,} wrong ones in red", 12, FAINT
    )
    draw_worst(picture, draw, samples, (left, bottom + 34), (w, h))
    return picture


def draw_worst(picture, draw, samples, at, size):
    """Draw the ten samples with the highest energies, framed in red where the answer is wrong."""
    (x, y), (w, h) = at, size
    write(draw, (MARGIN, y), "worst", 12, FAINT)
    for place, number in enumerate(samples.order(worst_first=True)[:10]):
        left = x + place * (BINS * BAR / 10)
        draw.rectangle(
            (left, y, left + w + 3, y + h + 3), fill=RED if samples.wrong[number] else LINE
        )
        picture.paste(
            photo(samples.images[number]).resize((w, h), Image.Resampling.NEAREST),
            (int(left) + 2, y + 2),
        )
        centred(draw, left + w / 2 + 2, y + h + 7, f"{samples.energies[number]:.2f}", 12, INK)
