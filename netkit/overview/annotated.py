"""A folder of annotated pictures in few lines: parts, pictures, boxes of each class, sizes."""

from pathlib import Path

import numpy as np

from netkit.annotations import AnnotatedFolder, Annotation
from netkit.files.text import printable
from netkit.overview.data import Line, sizes_text
from netkit.types import Array

MOST_CLASSES = 40  # that have a line each
PARTS = {"train": "to train on", "val": "to test on", "test": "in a part test"}


def annotated_lines(folder: AnnotatedFolder, name: str | Path) -> list[Line]:
    """Return what a folder of annotated pictures holds; name: what to call it."""
    rows = [row for part in folder.parts.values() for row in part]
    empty = sum(not len(row.boxes) for row in rows)
    parts = [f"{len(some):,} {PARTS[part]}" for part, some in folder.parts.items()]
    if "val" not in folder.named and folder.parts["val"]:
        parts[1] += " (by share, data.val_share)"
    without = f", {empty:,} of them without boxes" if empty else ""
    lines = [
        ("data", f"{folder.kind}, {printable(name)}: {len(rows):,} images{without}"),
        ("parts", ", ".join(parts)),
        ("images", sizes_text(np.array([row.size for row in rows]))),
    ]
    numbers = [counts(some, len(folder.classes)) for some in folder.parts.values()]
    sides = [box_sides(rows, k) for k in range(min(len(folder.classes), MOST_CLASSES))]
    order = sorted(range(len(sides)), key=lambda k: -len(sides[k]))
    wide = max(len(printable(folder.classes[k])) for k in order)
    digits = max(len(f"{len(some):,}") for some in sides)
    for place, k in enumerate(order):
        count = f"{printable(folder.classes[k]):{wide}}  {len(sides[k]):{digits},}"
        each = " + ".join(f"{some[k]:,}" for some in numbers)
        text = f"{count} ({each})  {sizes_text(sides[k])}"
        lines.append(("" if place else "boxes", text.rstrip()))
    if (more := len(folder.classes) - len(sides)) > 0:
        lines.append(("", f"and {more:,} more classes"))
    return lines


def counts(rows: list[Annotation], classes: int) -> list[int]:
    """Return how many boxes of each class are on some pictures."""
    labels = np.concatenate([row.labels for row in rows]) if rows else np.zeros(0, np.int64)
    found: list[int] = np.bincount(labels, minlength=classes).tolist()
    return found


def box_sides(rows: list[Annotation], label: int) -> Array:
    """Return the widths and heights of the boxes of a class, (n, 2)."""
    boxes = np.concatenate([row.boxes[row.labels == label] for row in rows])
    return boxes[:, 2:] - boxes[:, :2]
