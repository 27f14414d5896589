"""netkit evaluate: how well a detector finds what is known to be there, or a classifier answers."""

import csv
import json
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from netkit.build.detector import make_detector
from netkit.build.parts import make_part
from netkit.commands.evaluate_samples import evaluate_samples
from netkit.detection.drawings import Annotator, Pictures
from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.files.sources import Frame
from netkit.files.text import csv_cell, printable
from netkit.measurement.metrics import Metrics
from netkit.registry import Registry

SIZES = 0, 24, 32, 48, 64, 96, 1e9  # pixels: ranges of side length in which misses are counted


def evaluate(cfg: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Measure a classifier on the data set of `cfg`, or a detector on its scenes."""
    if cfg.get("data"):
        return evaluate_samples(cfg, Path(folder))
    return evaluate_scenes(cfg, folder)


def evaluate_scenes(cfg: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Run the detector over the scenes of `cfg`: print and write how well it finds the boxes."""
    registry, folder = Registry(), Path(folder)
    detector, data = make_detector(registry, cfg), make_part(registry, "scenes", cfg)
    numbers = shared_classes(detector.classes, data.classes)
    metrics = Metrics(data.classes)
    pictures = Pictures(folder, Annotator()) if cfg["save_images"] else None
    for scene, found in detector.each((scene, scene.image) for scene in data):
        some = [d for d in found if d.name in numbers]
        boxes = np.array([d.box for d in some], float).reshape(-1, 4)
        labels = np.array([numbers[d.name] for d in some], int)
        confidences = np.array([d.confidence for d in some])
        there = {"true_boxes": scene.boxes, "true_labels": scene.labels}
        metrics.add(boxes, confidences, labels, **there)
        if pictures:
            pictures.add(Frame(scene.name, scene.image), found)
    summary = metrics.summary() | {
        "misses": [
            {"from": low, "to": high, "boxes": n, "missed": missed}
            for low, high, n, missed in metrics.by_size(SIZES)
        ]
    }
    write_beside(folder / "evaluation.json", json.dumps(summary, indent=1).encode())
    write_beside(folder / "curves.csv", curves(metrics).encode())
    print(report(summary))
    files = "evaluation.json, curves.csv"
    if find_spec("matplotlib"):
        from netkit.pictures.curves import draw_precision
        from netkit.pictures.style import png

        picture = draw_precision(metrics, f"{summary['images']} images")
        write_beside(folder / "curves.png", png(picture, colour=True))
        files += ", curves.png"
    print(f"{printable(folder)}/{files}")
    return summary


def shared_classes(ours: list[str], theirs: list[str]) -> dict[str, int]:
    """Return {name: number in the data} of the classes that the net knows too."""
    numbers = {name: k for k, name in enumerate(theirs) if name in ours}
    if not numbers:
        raise NetkitError(
            f"the net's classes are {', '.join(ours)}, the data's {', '.join(theirs)}: "
            "none is shared"
        )
    return numbers


def curves(metrics: Metrics) -> str:
    """Return precision and recall at every confidence, as CSV."""
    text = StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["class", "confidence", "recall", "precision"])
    for k, name in enumerate(metrics.classes):
        for values in zip(*metrics.curve(k), strict=True):
            rows.writerow([csv_cell(name), *(f"{v:.5f}" for v in values)])
    return text.getvalue()


def report(summary: dict[str, Any]) -> str:
    """Return the results as lines."""
    wrong, confidence = (
        summary[f"{name}@0.95_recall"] for name in ("false_positives_an_image", "confidence")
    )
    at_recall = "0.95 recall is not reached"
    if wrong is not None:
        at_recall = f"false positives an image at 0.95 recall: {wrong:.3f} "
        at_recall += f"(confidence {confidence:.2f})"
    lines = [
        f"{summary['images']} images, {summary['boxes']} boxes",
        f"mAP@0.5={summary['mAP@0.5']:.4f} mAP@0.5:0.95={summary['mAP@0.5:0.95']:.4f}",
        at_recall,
        "AP@0.5: "
        + " ".join(f"{printable(name)}={value:.3f}" for name, value in summary["AP@0.5"].items()),
    ]
    for row in summary["misses"]:
        if row["boxes"]:
            missed, boxes = row["missed"], row["boxes"]
            upto = f"to {row['to']:g}" if row["to"] < 1e9 else "and more"
            lines.append(
                f"missed of {row['from']:g} {upto} pixels: {missed} of {boxes} "
                f"({100 * missed / boxes:.1f} %)"
            )
    return "\n".join(lines)
