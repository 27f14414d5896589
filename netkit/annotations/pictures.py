"""Boxes brought onto their pictures: upright, inside, with an area, each of them once."""

from pathlib import Path

import numpy as np

from netkit.annotations.annotation import (
    CROWD,
    DIFFICULT,
    NONE_IGNORED,
    WANTED,
    Annotation,
    Described,
    Ignored,
    Size,
)
from netkit.annotations.findings import Findings
from netkit.errors import NetkitError
from netkit.files.decoding import open_picture, orientation
from netkit.types import Array

ON_SIDE = 5, 6, 7, 8  # orientations of EXIF that change width and height over
SLACK = 1.001  # pixels over the edge that are not worth a word: rounding, VOC counted from 0


def annotations(rows: list[Described], findings: Findings) -> list[Annotation]:
    """Return the annotations of the pictures that are there; count what is odd about them."""
    found = [annotation(row, findings) for row in rows]
    return [row for row in found if row is not None]


def annotation(row: Described, findings: Findings) -> Annotation | None:
    """Return the Annotation of a picture; None if there is no such picture.

    Boxes refer to the picture as it is shown, upright, as tools for annotating have it. Where the
    annotation gives width and height as they are stored, and a camera was held on its side, the
    boxes are turned with the picture. Raises NetkitError for boxes that are none.
    """
    check(row)
    try:
        with open_picture(row.path) as picture:
            stored, held = (picture.width, picture.height), orientation(picture)
    except FileNotFoundError:
        findings.add("missing", row.path)
        return None
    except Exception as error:  # Pillow raises many classes over a damaged file
        reason = str(error).split("\n")[0].replace(f" {str(row.path)!r}", "")
        findings.add("unreadable", f"{row.path} ({reason})")
        return None
    size = stored[::-1] if held in ON_SIDE else stored
    boxes = row.boxes * np.array([*size, *size]) if row.shares else row.boxes
    if held in ON_SIDE and row.size == stored != size:
        boxes = turned(boxes, stored, held)
        findings.add("stored", row.path)
    elif held > 1:
        findings.add("turned", row.path)
    if row.size and row.size not in (stored, size):
        said = f"{row.size[0]}x{row.size[1]} instead of {size[0]}x{size[1]}"
        findings.add("size", f"{row.path}, {said}")
    keep, boxes = inside_of(row.path, boxes, size, findings)
    labels, ignored = row.labels[keep], NONE_IGNORED
    if row.marks is not None and row.marks.any():
        marks = row.marks[keep]
        some, wanted = marks != WANTED, marks == WANTED
        for kind, mark in (("difficult", DIFFICULT), ("crowd", CROWD)):
            findings.add(kind, row.path, int((marks == mark).sum()))
        ignored = Ignored(boxes[some], labels[some], marks[some] == CROWD)
        boxes, labels = boxes[wanted], labels[wanted]
    first = once(boxes, labels)
    findings.add("twice", row.path, len(boxes) - len(first))
    return Annotation(row.path, boxes[first], labels[first], size, ignored)


def check(row: Described) -> None:
    """Raise NetkitError for a box of numbers that are not finite or that are reversed."""
    finite = np.isfinite(row.boxes).all(axis=1)
    with np.errstate(invalid="ignore"):
        reversed_ = (row.boxes[:, 2:] < row.boxes[:, :2]).any(axis=1)
    for x0, y0, x1, y1 in row.boxes[~finite | reversed_]:
        raise NetkitError(
            f"{row.path}: a box from ({x0:g}, {y0:g}) to ({x1:g}, {y1:g}): its annotation "
            "needs finite numbers, the upper left corner first"
        )


def inside_of(path: Path, boxes: Array, size: Size, findings: Findings) -> tuple[Array, Array]:
    """Return which boxes have an area in a picture of a size, (n,), and these, clipped to it."""
    edges = np.array([*size, *size], float)
    clipped = np.clip(boxes, 0, edges)
    empty = np.any(boxes[:, 2:] <= boxes[:, :2], axis=1)
    keep: Array = np.all(clipped[:, 2:] > clipped[:, :2], axis=1)
    outside = ~keep & ~empty
    over = keep & np.any(np.abs(clipped - boxes) > SLACK, axis=1)
    findings.add("empty", path, int(empty.sum()))
    findings.add("outside", path, int(outside.sum()))
    findings.add("clipped", path, int(over.sum()))
    return keep, clipped[keep]


def once(boxes: Array, labels: Array) -> Array:
    """Return the places of the boxes that are not there before with the same class."""
    rows = np.column_stack([labels, boxes])
    return np.sort(np.unique(rows, axis=0, return_index=True)[1])


def turned(boxes: Array, stored: Size, held: int) -> Array:
    """Return boxes on a picture as it is stored, as they lie on it once it is upright.

    held: 5 to 8, the orientation of EXIF.
    """
    (width, height), (x0, y0, x1, y1) = stored, boxes.T
    across = (height - y1, height - y0) if held in (6, 7) else (y0, y1)
    down = (width - x1, width - x0) if held in (7, 8) else (x0, x1)
    return np.stack([across[0], down[0], across[1], down[1]], axis=1)
