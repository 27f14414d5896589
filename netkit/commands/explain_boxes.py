"""What netkit explain says of a detector: why each box."""

from pathlib import Path
from typing import Any

import numpy as np

from netkit.build.detector import detector_of
from netkit.build.explainer import number_of
from netkit.build.inputs import make_source
from netkit.energy import Energy
from netkit.errors import NetkitError
from netkit.explaining.boxes import BoxReasons
from netkit.explaining.methods import Heat, Methods
from netkit.net import Net
from netkit.pictures.explained import Row

Parts = tuple[Net, Energy, list[str], dict[str, Any]]  # of a trained net, and its meta
MARGIN = 0.6  # of a box's longer side: what is shown around it


def explain_boxes(parts: Parts, cfg: dict[str, Any], methods: Methods, *, count: int) -> list[Row]:
    """Return a Row for each of the first boxes that a detector finds, the surest of each image."""
    net, energy, classes, meta = parts
    detector = detector_of(net, energy, classes, cfg=cfg, meta=meta, say=print)
    source = make_source(cfg, detector)
    reasons = BoxReasons(detector, methods)
    methods.check(reasons.tracer)
    wanted = None if cfg["answer"] is None else classes[number_of(cfg["answer"], classes)]
    rows: list[Row] = []
    for (frame, _), image in source.prepared():
        found = [d for d in detector(image) if wanted in (None, d.name)]
        for one in found[: count - len(rows)]:
            heats = reasons(image, one)
            part, box = around(image.shape[1:], one.box)
            shown = {name: Heat(heat.map[part], heat.signed) for name, heat in heats.items()}
            rows.append(
                Row(
                    np.clip(image[:, part[0], part[1]], 0, 255).astype(np.uint8),
                    Path(frame.name).name,
                    one.name,
                    one.confidence,
                    shown,
                    box=box,
                )
            )
        if len(rows) == count:
            break
    if source.skipped and not rows:
        raise NetkitError(f"none of {source.skipped} images could be read: they are named above")
    return rows


def around(size: tuple[int, ...], box: tuple[float, ...]) -> tuple[Any, tuple[float, ...]]:
    """Return what is shown of an image of (height, width) around a box, and the box in it.

    The first is a pair of slices, rows and columns: a square, where the image is large enough.
    """
    side = (1 + 2 * MARGIN) * max(box[2] - box[0], box[3] - box[1])
    slices = []
    for low, high, most in ((box[1], box[3], size[0]), (box[0], box[2], size[1])):
        start = int(min(max(0, (low + high - side) / 2), max(0, most - side)))
        slices.append(slice(start, min(most, start + max(1, round(side)))))
    rows, columns = slices
    x, y = columns.start, rows.start
    return (rows, columns), (box[0] - x, box[1] - y, box[2] - x, box[3] - y)
