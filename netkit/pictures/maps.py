"""A picture of the internal states of a net: a row a layer, its maps side by side."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from netkit.pictures.style import (
    FAINT,
    GREEN,
    INK,
    LINE,
    MARGIN,
    RED,
    Draw,
    fitted,
    grey,
    heading,
    page,
    width_of,
    write,
)
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.probe import Row

WIDTH = 860  # pixels: of the maps of a row
LABEL = 176  # of the labels at the left
GAP = 2  # between maps
ZOOM = 3  # of a map, as EBLearn drew them
LEAST = 15  # pixels of the smallest map
TALLEST = 176  # pixels that the lines of one row may be high
FEW = 4  # lines that one row may have


class Tiled(NamedTuple):
    """Maps side by side: grey levels (H, W) of uint8, how many maps they show, and their pitch."""

    levels: Array
    shown: int
    pitch: tuple[int, int]  # (x, y) from one map to the next, in pixels


def draw_states(
    rows: "Sequence[Row]",
    title: str,
    note: str = "",
    *,
    classes: Sequence[str] | None = None,
    label: int | None = None,
) -> Image.Image:
    """Return a picture of Rows, from the input down to the outputs.

    The grey levels of each row go from its least number (black) to its largest (white), and both
    are written down. classes: names under the outputs; the largest is framed in green if it is
    `label`, in red if not.
    """
    tiles = [tiled(row.maps) for row in rows]
    heights = [
        max(34, len(part.levels), 44 if part.shown < len(row.maps) else 0)
        for row, part in zip(rows, tiles, strict=True)
    ]
    width = MARGIN * 2 + LABEL + max(600, *(part.levels.shape[1] for part in tiles))
    picture, draw = page(width, MARGIN * 2 + 52 + sum(heights) + 8 * len(rows))
    y = heading(draw, title, note) + 8
    for row, part, height in zip(rows, tiles, heights, strict=True):
        write_label(draw, row, part.shown, y=y)
        picture.paste(Image.fromarray(part.levels), (MARGIN + LABEL, y))
        outline(draw, part, (MARGIN + LABEL, y))
        y += height + 8
    if classes and rows[-1].maps.size == len(classes) <= tiles[-1].shown:
        top, outputs = y - 8 - heights[-1], rows[-1].maps.reshape(-1)
        name_outputs(draw, outputs, classes, label=label, pitch=tiles[-1].pitch, y=top)
    return picture


def tiled(maps: Array, width: int = WIDTH, tallest: int = TALLEST) -> Tiled:
    """Return maps (n, h, w) side by side in lines, in so many pixels.

    The zoom is the largest that shows all of them, if one does; else the first ones stand at the
    smallest. Of a map that is larger than that, every second pixel is left out, or more.
    """
    maps = maps[:, :: 1 + (maps.shape[1] - 1) // tallest, :: 1 + (maps.shape[2] - 1) // width]
    n, h, w = maps.shape
    if not n:
        return Tiled(np.zeros((0, w), np.uint8), 0, (w + GAP, h + GAP))
    least = -(-LEAST // max(h, w))
    few = n <= 16 and max(h, w) <= 12  # a few small ones become as large as the others
    for zoom in range(max(ZOOM, least, 40 // max(h, w) if few else 0), least - 1, -1):
        pitch = w * zoom + GAP, h * zoom + GAP
        lines = min(FEW, tallest // pitch[1]) or 1
        columns = (width + GAP) // pitch[0] or 1
        if n <= columns * lines:
            break
    shown = min(n, columns * lines)
    levels = grey(maps[:shown], float(maps.min()), float(maps.max()))
    levels = levels.repeat(zoom, 1).repeat(zoom, 2)
    return Tiled(tile(levels, min(n, columns), GAP), shown, pitch)


def tile(levels: Array, columns: int, gap: int, *, paper: int = 255) -> Array:
    """Return pictures (n, h, w) side by side, so many a line, as one (H, W).

    gap: pixels between them, in the grey level `paper`.
    """
    n, h, w = levels.shape
    lines = -(-n // columns)
    padded = np.full((lines * columns, h + gap, w + gap), paper, np.uint8)
    padded[:n, :h, :w] = levels
    whole = padded.reshape(lines, columns, h + gap, w + gap).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(whole.reshape(lines * (h + gap), columns * (w + gap))[:-gap, :-gap])


def write_label(draw: Draw, row: "Row", shown: int, *, y: int) -> None:
    """Write at the left what a row is, whose, and between which numbers its grey levels lie."""
    low, high = row.range
    write(draw, (MARGIN, y - 2), fitted(row.label, LABEL - 8, 14), size=14)
    span = fitted(f"{row.name} {low:.3g} .. {high:.3g}".strip(), LABEL - 8, 11)
    write(draw, (MARGIN, y + 16), span, size=11, fill=FAINT)
    if shown < len(row.maps):
        part = f"first {shown:,} of {len(row.maps):,}"
        write(draw, (MARGIN, y + 30), part, size=11, fill=FAINT)


def outline(draw: Draw, part: Tiled, at: tuple[int, int]) -> None:
    """Draw a fine line around each map, so that a white one still has a border."""
    pitch = part.pitch
    columns = max(1, (part.levels.shape[1] + GAP) // pitch[0])
    for k in range(part.shown):
        left, top = at[0] + k % columns * pitch[0] - 1, at[1] + k // columns * pitch[1] - 1
        draw.rectangle((left, top, left + pitch[0] - 1, top + pitch[1] - 1), outline=LINE)


def name_outputs(
    draw: Draw,
    outputs: Array,
    classes: Sequence[str],
    *,
    label: int | None,
    pitch: tuple[int, int],
    y: int,
) -> None:
    """Write the class under each output (n,) and frame the largest: it is the answer."""
    best, x = int(outputs.argmax()), MARGIN + LABEL
    for k, name in enumerate(classes):
        text = fitted(name, pitch[0] - 1, 12)
        left = x + k * pitch[0] + (pitch[0] - GAP - width_of(text, 12)) / 2
        write(draw, (left, y + pitch[1]), text, size=12, fill=INK if k == best else FAINT)
    left = float(x + best * pitch[0])
    frame = (left - 2, y - 2, left + pitch[0] - GAP + 1, y + pitch[1] - GAP + 1)
    draw.rectangle(frame, outline=GREEN if label in (None, best) else RED, width=2)


def draw_kernels(
    row: "Row",
    title: str,
    note: str = "",
    *,
    side: int = 60,
    most: int = 64,
    colour: bool = False,
) -> Image.Image:
    """Return a large picture of a Row of kernels, `side` pixels each, the first `most` of them.

    colour: three maps after each other are the red, green and blue of one kernel.
    """
    n, h, w = row.maps.shape
    zoom, depth = max(1, side // max(h, w)), 3 if colour else 1
    n //= depth  # a kernel over red, green and blue is one picture
    levels = grey(row.maps[: most * depth], float(row.maps.min()), float(row.maps.max()))
    levels = levels.repeat(zoom, 1).repeat(zoom, 2)
    columns = min(len(levels) // depth, max(1, WIDTH // (w * zoom + 6)))
    whole = np.stack([tile(levels[k::depth], columns, 6) for k in range(depth)], axis=2)
    whole = whole if colour else whole[..., 0]
    picture, draw = page(MARGIN * 2 + max(420, whole.shape[1]), MARGIN * 2 + 66 + len(whole))
    y = heading(draw, title, note) + 6
    picture.paste(Image.fromarray(whole), (MARGIN, y))
    low, high = row.range
    more = f", first {most} of {n:,}" if n > most else ""
    ends = ("none", "full") if colour else ("black", "white")
    span = f"{low:.3g} ({ends[0]}) .. {high:.3g} ({ends[1]}){more}"
    write(draw, (MARGIN, y + len(whole) + 8), span, size=12, fill=FAINT)
    return picture
