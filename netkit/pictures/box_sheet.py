"""A sheet of annotated pictures with their boxes, a colour a class."""

import numpy as np
from PIL import Image

from netkit.annotations import AnnotatedFolder, Annotation
from netkit.errors import NetkitError
from netkit.files.images import as_picture, read_image
from netkit.files.text import printable
from netkit.pictures.boxes import COLOURS
from netkit.pictures.style import FAINT, MARGIN, Draw, fitted, heading, page, width_of, write

CELL = 320, 240  # pixels of a picture on the sheet: width and height, at most
GAP = 12  # pixels between pictures
CAPTION = 22  # pixels below a picture
ACROSS = 4  # pictures in a row


def draw_box_sheet(
    folder: AnnotatedFolder, title: str, note: str = "", most: int = 12
) -> Image.Image:
    """Return a picture of up to so many annotated pictures to train on, with their boxes.

    A key tells the colours of the classes; where colours are used twice, boxes have names. Each
    class is there in turn, and the pictures of a class are spread evenly over the set.
    """
    rows = chosen(folder.parts["train"] or folder.parts["val"], len(folder.classes), most)
    across = min(ACROSS, len(rows))
    width = MARGIN * 2 + across * (CELL[0] + GAP) - GAP
    width = max(width, MARGIN * 3 + int(width_of(title, 20) + width_of(note, 13)), 480)
    used = [k for k in range(len(folder.classes)) if any(k in row.labels for row in rows)]
    repeated = len({k % len(COLOURS) for k in used}) < len(used)  # the names go onto the boxes
    key = [] if repeated else placed([printable(folder.classes[k]) for k in used], width)
    below = 24 * (key[-1][1] + 1 if key else 0) + 8
    down = -(-len(rows) // across)
    picture, draw = page(width, MARGIN * 2 + 30 + below + down * (CELL[1] + CAPTION + GAP))
    top = heading(draw, title, note)
    for (x, line, name), k in zip(key, used, strict=False):
        y = top + 24 * line
        draw.rectangle((x, y + 3, x + 13, y + 16), fill=COLOURS[k % len(COLOURS)])
        write(draw, (x + 20, y), name, size=14)
    for place, row in enumerate(rows):
        x = MARGIN + place % across * (CELL[0] + GAP)
        y = top + below + place // across * (CELL[1] + CAPTION + GAP)
        paste(picture, draw, (x, y), row, names=folder.classes if repeated else None)
    return picture


def placed(names: list[str], width: int) -> list[tuple[int, int, str]]:
    """Return where names stand in a key of such a width: (x, line, name), ..."""
    found, x, line = [], MARGIN, 0
    for name in names:
        text = fitted(name, 200, 14)
        needed = int(width_of(text, 14)) + 44
        if x > MARGIN and x + needed > width:
            x, line = MARGIN, line + 1
        found.append((x, line, text))
        x += needed
    return found


def chosen(rows: list[Annotation], classes: int, most: int) -> list[Annotation]:
    """Return up to so many pictures, of each class in turn, spread evenly over the set."""
    queues = []
    for k in range(classes):
        some = [n for n, row in enumerate(rows) if k in row.labels]
        some = [some[i] for i in np.unique(np.arange(most) * len(some) // most)] if some else []
        queues.append(some)
    queues.append([n for n, row in enumerate(rows) if not len(row.boxes)][:most])
    taken: dict[int, None] = {}
    for turn in range(most):
        for some in queues:
            if turn < len(some) and len(taken) < most:
                taken[some[turn]] = None
    return [rows[n] for n in taken]


def paste(
    sheet: Image.Image,
    draw: Draw,
    at: tuple[int, int],
    row: Annotation,
    *,
    names: list[str] | None = None,
) -> None:
    """Put a picture with its boxes on a sheet, and its name below; a frame if it is damaged.

    names: of the classes, to write them on the boxes.
    """
    x, y = at
    boxes = f"{len(row.boxes)} box{'' if len(row.boxes) == 1 else 'es'}"
    try:
        image = as_picture(read_image(row.path, 3))
    except NetkitError:
        boxes = "cannot be read"
        image = Image.new("RGB", CELL, (240, 240, 240))
    zoom = min(CELL[0] / image.width, CELL[1] / image.height)
    size = max(1, round(image.width * zoom)), max(1, round(image.height * zoom))
    how = Image.Resampling.NEAREST if zoom >= 2 else Image.Resampling.BILINEAR
    sheet.paste(image.resize(size, how, reducing_gap=3.0), at)
    for (x0, y0, x1, y1), label in zip(row.boxes * zoom, row.labels, strict=True):
        right, low = max(x0, x1 - 1), max(y0, y1 - 1)
        colour = COLOURS[label % len(COLOURS)]
        draw.rectangle((x + x0, y + y0, x + right, y + low), outline=colour, width=2)
        if names is not None:
            name = fitted(printable(names[label]), 120, 11)
            place = x + x0, y + y0, x + x0 + width_of(name, 11) + 6, y + y0 + 15
            draw.rectangle(place, fill=colour)
            write(draw, (x + x0 + 3, y + y0 + 1), name, size=11)
    text = f"  {boxes}, {row.size[0]}x{row.size[1]}"
    name = fitted(printable(row.path.name), CELL[0] - width_of(text, 12) - 8, 12)
    end = write(draw, (x, y + CELL[1] + 3), name, size=12)
    write(draw, (end, y + CELL[1] + 3), text, size=12, fill=FAINT)
