"""Reports: a measurement of boxes as files: JSON, CSV, pictures, and the worst images."""

import csv
import json
from collections.abc import Iterable
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from netkit.files import write_beside
from netkit.files.names import free_name, stem_of
from netkit.files.text import csv_cell
from netkit.measurement.metrics import Metrics
from netkit.measurement.results import Results
from netkit.pictures.boxes import Labelled, draw_boxes
from netkit.pictures.panels import Answered
from netkit.pictures.style import png
from netkit.pictures.tables import draw_confusion
from netkit.scenes import Scene

NOTHING = "nothing"
NONE = "none"  # the same in the picture: nothing is there, or nothing was found
RIGHT, MISSED, WRONG = 0, 2, 3  # colours of boxes: green, yellow, red


def write_measured(results: Results, summary: dict[str, Any], folder: Path) -> list[str]:
    """Write a measurement into a folder; return the names of the files.

    summary: what `Results.summary` returned.
    """
    metrics = results.metrics
    files = {
        "evaluation.json": json.dumps(summary, indent=1).encode(),
        "curves.csv": curves_csv(metrics).encode(),
        "confusion.csv": confusion_csv(results).encode(),
        "confusion.png": confusion_png(results),
    }
    if find_spec("matplotlib"):
        from netkit.pictures.curves import draw_precision

        note = f"{metrics.images:,} images, mAP@0.5 {summary['mAP@0.5'] or 0:.3f}"
        files["curves.png"] = png(draw_precision(metrics, results.best, note), colour=True)
    for name, data in files.items():
        write_beside(folder / name, data)
    return list(files)


def curves_csv(metrics: Metrics) -> str:
    """Return precision and recall at every confidence, as CSV."""
    text = StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["class", "confidence", "recall", "precision"])
    for k, name in enumerate(metrics.classes):
        for values in zip(*metrics.curve(k), strict=True):
            rows.writerow([csv_cell(name), *(f"{v:.5f}" for v in values)])
    return text.getvalue()


def confusion_csv(results: Results) -> str:
    """Return how many true boxes of each class (rows) were found as which (columns), as CSV."""
    text, classes = StringIO(), results.metrics.classes
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["truth", *map(csv_cell, classes), "missed"])
    for name, counts in zip([*classes, NOTHING], results.confusion.counts.tolist(), strict=True):
        rows.writerow([csv_cell(name), *counts])
    return text.getvalue()


def confusion_png(results: Results) -> bytes:
    """Return the picture of the confusion, `nothing` among the classes."""
    counts = results.confusion.counts
    truth, answers = np.divmod(np.repeat(np.arange(counts.size), counts.ravel()), len(counts))
    classes = [*results.metrics.classes, NONE]
    counted = Answered(np.zeros(0), truth, np.zeros(len(truth)), answers, classes)
    note = f"at threshold {results.confusion.threshold:.3f}; right: overlap of a half or more"
    return png(draw_confusion(counted, "Confusion of boxes", note), colour=True)


def write_worst(results: Results, scenes: Iterable[Scene], folder: Path, most: int) -> list[str]:
    """Draw the images with the most errors into folder/worst; return its name, if there are some.

    Boxes are green where they are right, red where they are wrong, yellow what is missed.
    scenes: the same again, in the same order.
    """
    wanted = {k for k, _, _ in results.confusion.worst()[:most]}
    for k, scene in enumerate(scenes):
        if not wanted:
            break
        if k in wanted:
            wanted.remove(k)
            path = folder / "worst" / f"{stem_of(scene.name)}.png"
            path.parent.mkdir(exist_ok=True)
            picture = draw_boxes(scene.image, errors(results, k))
            write_beside(free_name(path), png(picture, colour=True))
    return ["worst/"] if (folder / "worst").is_dir() else []


def errors(results: Results, number: int) -> list[Labelled]:
    """Return the boxes to draw of an image: missed ones, wrong ones, right ones."""
    image, outcome = results.metrics.looked[number], results.confusion.outcomes[number]
    names = results.metrics.classes
    boxes = [
        Labelled(f"{names[label]} missed", tuple(map(float, box)), MISSED)
        for box, label in zip(
            image.true_boxes[outcome.missed], image.true_labels[outcome.missed], strict=True
        )
    ]
    for good in (False, True):
        for n in outcome.found[outcome.right == good]:
            text = f"{names[image.labels[n]]} {image.confidences[n]:.2f}"
            box = tuple(map(float, image.boxes[n]))
            boxes.append(Labelled("" if good else text, box, RIGHT if good else WRONG))
    return boxes
