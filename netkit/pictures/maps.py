"""A picture of the internal states of a net: a row a layer, its maps side by side."""

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
    grey,
    heading,
    page,
    width_of,
    write,
)

WIDTH, LABEL, GAP = (
    860,
    176,
    2,
)  # pixels: of the maps of a row, of the labels at the left, between maps
ZOOM, LEAST = 3, 15  # of a map, as EBLearn drew them; pixels of the smallest one
TALLEST, FEW = (
    176,
    4,
)  # how high the lines of one row may become, in pixels, and how many they may be


def draw_states(rows, title, note="", classes=None, label=None):
    """Return a picture of Rows, from the input down to the outputs.

    The grey levels of each row go from its least number (black) to its largest (white), and both
    are written down. classes: names under the outputs; the largest is framed in green if it is
    `label`, in red if not.
    """
    tiles = [tiled(row.maps) for row in rows]
    heights = [
        max(34, len(levels), 44 * (shown < len(row.maps)))
        for row, (levels, shown, _) in zip(rows, tiles, strict=True)
    ]
    width = MARGIN * 2 + LABEL + max(600, *(levels.shape[1] for levels, *_ in tiles))
    picture, draw = page(width, MARGIN * 2 + 52 + sum(heights) + 8 * len(rows))
    y = heading(draw, title, note) + 8
    for row, (levels, shown, pitch), height in zip(rows, tiles, heights, strict=True):
        write_label(draw, row, shown, y)
        picture.paste(Image.fromarray(levels), (MARGIN + LABEL, y))
        outline(draw, shown, pitch, MARGIN + LABEL, y, levels.shape[1])
        y += height + 8
    if classes and rows[-1].maps.size == len(classes) <= shown:
        name_outputs(draw, rows[-1].maps.reshape(-1), classes, label, pitch, y - 8 - height)
    return picture


def tiled(maps, width=WIDTH, tallest=TALLEST):
    """Return maps (n, h, w) as grey levels side by side in lines, how many of them it shows, and
    their pitch (x, y).

    The zoom is the largest that shows all of them, if one does; else the first ones stand at the
    smallest.
    """
    maps = maps[
        :, :: 1 + (maps.shape[1] - 1) // tallest, :: 1 + (maps.shape[2] - 1) // width
    ]  # a huge map: thinned
    n, h, w = maps.shape
    least = -(-LEAST // max(h, w))
    large = (
        40 // max(h, w) if n <= 16 and max(h, w) <= 12 else 0
    )  # a few small ones: as large as the others
    for zoom in range(max(ZOOM, least, large), least - 1, -1):
        pitch = w * zoom + GAP, h * zoom + GAP
        lines = min(FEW, tallest // pitch[1]) or 1
        columns = (width + GAP) // pitch[0] or 1
        if n <= columns * lines:
            break
    shown, columns = min(n, columns * lines), min(n, columns)
    levels = (
        grey(maps[:shown], float(maps.min()), float(maps.max()))
        if n
        else np.zeros((0, h, w), np.uint8)
    )
    return tile(levels.repeat(zoom, 1).repeat(zoom, 2), columns, GAP), shown, pitch


def tile(levels, columns, gap, paper=255):
    """Return pictures (n, h, w) side by side, so many a line, as one (H, W), with `paper` between
    them.
    """
    n, h, w = levels.shape
    lines = -(-n // columns)
    padded = np.full((lines * columns, h + gap, w + gap), paper, np.uint8)
    padded[:n, :h, :w] = levels
    whole = padded.reshape(lines, columns, h + gap, w + gap).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(whole.reshape(lines * (h + gap), columns * (w + gap))[:-gap, :-gap])


def write_label(draw, row, shown, y):
    """Write at the left what a row is, whose, and between which numbers its grey levels lie."""
    low, high = row.range
    write(draw, (MARGIN, y - 2), fitted(row.label, LABEL - 8, 14), 14)
    write(
        draw,
        (MARGIN, y + 16),
        fitted(f"{row.name} {low:.3g} .. {high:.3g}".strip(), LABEL - 8, 11),
        11,
        FAINT,
    )
    if shown < len(row.maps):
        write(draw, (MARGIN, y + 30), f"first {shown:,} of {len(row.maps):,}", 11, FAINT)


def outline(draw, shown, pitch, x, y, width):
    """Draw a fine line around each map, so that a white one still has a border."""
    columns = max(1, (width + GAP) // pitch[0])
    for k in range(shown):
        left, top = x + k % columns * pitch[0] - 1, y + k // columns * pitch[1] - 1
        draw.rectangle((left, top, left + pitch[0] - 1, top + pitch[1] - 1), outline=LINE)


def name_outputs(draw, outputs, classes, label, pitch, y):
    """Write the class under each output and frame the largest: it is the answer."""
    best, x = int(outputs.argmax()), MARGIN + LABEL
    for k, name in enumerate(classes):
        text = fitted(name, pitch[0] - 1, 12)
        left = x + k * pitch[0] + (pitch[0] - GAP - width_of(text, 12)) / 2
        write(draw, (left, y + pitch[1]), text, 12, INK if k == best else FAINT)
    left = x + best * pitch[0]
    frame = (left - 2, y - 2, left + pitch[0] - GAP + 1, y + pitch[1] - GAP + 1)
    draw.rectangle(frame, outline=GREEN if label in (None, best) else RED, width=2)


def draw_kernels(row, title, note="", side=60, most=64):
    """Return a large picture of a Row of kernels, the first `most` of them."""
    n, h, w = row.maps.shape
    zoom = max(1, side // max(h, w))
    levels = (
        grey(row.maps[:most], float(row.maps.min()), float(row.maps.max()))
        .repeat(zoom, 1)
        .repeat(zoom, 2)
    )
    columns = min(len(levels), max(1, WIDTH // (w * zoom + 6)))
    whole = tile(levels, columns, 6)
    picture, draw = page(MARGIN * 2 + max(420, whole.shape[1]), MARGIN * 2 + 66 + len(whole))
    y = heading(draw, title, note) + 6
    picture.paste(Image.fromarray(whole), (MARGIN, y))
    low, high = row.range
    more = f", first {most} of {n:,}" if n > most else ""
    write(
        draw,
        (MARGIN, y + len(whole) + 8),
        f"{low:.3g} (black) .. {high:.3g} (white){more}",
        12,
        FAINT,
    )
    return picture
