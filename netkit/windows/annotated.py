"""Annotated pictures as scenes, and what their boxes say of windows and of looking."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from netkit.annotations import Annotation
from netkit.detection.boxes import iou
from netkit.errors import NetkitError
from netkit.files.text import printable
from netkit.scenes import Scene
from netkit.types import Array
from netkit.windows.framing import Framing, parts
from netkit.windows.pictures import Pictures

log = logging.getLogger("netkit")
SMALLEST = 0.02  # share of the objects that are smaller than what a detector looks for
CROWDED = 0.95  # share of the objects that overlap another by less than two found boxes may
OVERLAP = 0.3, 0.6  # the least and the most intersection over union that two found boxes may have


class AnnotatedScenes:
    """Annotated pictures as Scenes, read when they are asked for.

    smallest: boxes with a shorter side, in pixels, get the class -1; so do those that are difficult
    or around a crowd.
    """

    def __init__(self, rows: Sequence[Annotation], smallest: float, channels: int) -> None:
        self.rows = rows
        self.labels = [
            np.concatenate(
                [
                    np.where(is_small(row, smallest), -1, row.labels),
                    np.full(len(row.ignored.boxes), -1),
                ]
            )
            for row in rows
        ]
        self.pictures = Pictures([row.path for row in rows], channels)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, k: int) -> Scene:
        row = self.rows[k]
        boxes = np.concatenate([row.boxes, row.ignored.boxes])
        return Scene(row.path.name, self.pictures[k], boxes, self.labels[k])

    def counts(self, classes: int) -> Array:
        """Return how many objects there are of each class, (classes,)."""
        labels = np.concatenate([np.zeros(0, np.int64), *self.labels])
        return np.bincount(labels[labels >= 0], minlength=classes)


def is_small(row: Annotation, smallest: float) -> Array:
    """Return which boxes of a picture, (n,) of bool, have a shorter side than `smallest` pixels."""
    return parts(row.boxes)[1].min(1, initial=np.inf) < smallest


def known_objects(
    rows: Sequence[Annotation], smallest: float, root: str | Path
) -> tuple[Array, Array]:
    """Return the boxes (n, 4) and classes (n,) of all objects to learn from, of `rows`.

    Boxes that are too small are said. Raises NetkitError if none is left.
    """
    small = [is_small(row, smallest) for row in rows]
    boxes = [row.boxes[~tiny] for row, tiny in zip(rows, small, strict=True)]
    labels = [row.labels[~tiny] for row, tiny in zip(rows, small, strict=True)]
    left_out = sum(int(tiny.sum()) for tiny in small)
    if not sum(map(len, boxes)):
        why = f"all {left_out} have a side below smallest={smallest:g} pixels" if left_out else ""
        raise NetkitError(
            f"root={printable(root)}: no box to learn from in {len(rows)} pictures to train on"
            + (f": {why}" if why else ": annotate some objects")
        )
    if left_out:
        first = next(row.path for row, tiny in zip(rows, small, strict=True) if tiny.any())
        log.warning(
            "%d boxes have a side below smallest=%g pixels and are not learnt: the first in %s",
            left_out,
            smallest,
            printable(first),
        )
    return np.concatenate(boxes), np.concatenate(labels)


def hints(
    rows: Sequence[Annotation], framing: Framing, boxes: Array, labels: Array, classes: list[str]
) -> dict[str, Any]:
    """Return how a detector is to look for such objects, by the names of `netkit detect`.

    Down to which size, and how much two boxes may overlap. shapes: how high and how wide the
    objects of each class are in their windows.
    """
    heights = parts(framing.windows(boxes))[1][:, 1]
    least = float(np.quantile(heights, SMALLEST))
    shapes = framing.shapes(boxes, labels, len(classes))
    nearest = [np.zeros(0)]
    for row in rows:
        if len(row.boxes) > 1:
            overlaps = iou(row.boxes, row.boxes)
            np.fill_diagonal(overlaps, 0)
            nearest.append(overlaps.max(1))
    crowd = np.concatenate(nearest)
    overlap = float(np.quantile(crowd, CROWDED)) + 0.1 if crowd.size else 0.0
    return {
        "scaling": 1.2,
        "max_scale": round(float(np.clip(framing.size[0] / least, 0.01, 4)), 3),
        "nms": 3,
        "nms_per_class": False,
        "max_overlap": round(float(np.clip(overlap, *OVERLAP)), 3),
        "vote_max_overlap": 0.5,
        "shapes": {
            name: [round(float(v), 4) for v in shape]
            for name, shape in zip(classes, shapes, strict=True)
        },
    }
