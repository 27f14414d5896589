"""netkit evaluate: how well a detector finds what is known to be there."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from netkit.build.detector import make_detector
from netkit.detection.drawings import Annotator, Pictures
from netkit.detection.metrics import Metrics
from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.files.sources import Frame
from netkit.registry import Registry

SIZES = 0, 24, 32, 48, 64, 96, 1e9  # pixels: ranges of side length in which misses are counted


def evaluate(cfg, folder):
    """Run the detector over the scenes of `cfg`: print and write how well it finds the boxes."""
    registry, folder = Registry(), Path(folder)
    detector, data = make_detector(registry, cfg), registry.make("scenes", cfg["scenes"])
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
    print(f"{folder}/{files}")
    return summary


def shared_classes(ours, theirs):
    """Return {name: number in the data} of the classes that the net knows too."""
    numbers = {name: k for k, name in enumerate(theirs) if name in ours}
    if not numbers:
        raise NetkitError(
            f"the net's classes are {', '.join(ours)}, the data's {', '.join(theirs)}: none is shared"
        )
    return numbers


def curves(metrics):
    """Return precision and recall at every confidence, as CSV."""
    rows = ["class,confidence,recall,precision"]
    for k, name in enumerate(metrics.classes):
        for values in zip(*metrics.curve(k), strict=True):
            rows.append(f"{name}," + ",".join(f"{v:.5f}" for v in values))
    return "\n".join(rows) + "\n"


def report(summary):
    """Return the results as lines."""
    wrong = summary["false_positives_an_image@0.95_recall"]
    lines = [
        f"{summary['images']} images, {summary['boxes']} boxes",
        f"mAP@0.5={summary['mAP@0.5']:.4f} mAP@0.5:0.95={summary['mAP@0.5:0.95']:.4f}",
        f"false positives an image at 0.95 recall: {wrong:.3f} (confidence {summary['confidence@0.95_recall']:.2f})"
        if wrong is not None
        else "0.95 recall is not reached",
        "AP@0.5: " + " ".join(f"{name}={value:.3f}" for name, value in summary["AP@0.5"].items()),
    ]
    for row in summary["misses"]:
        if row["boxes"]:
            share, upto = (
                100 * row["missed"] / row["boxes"],
                f"to {row['to']:g}" if row["to"] < 1e9 else "and more",
            )
            lines.append(
                f"missed of {row['from']:g} {upto} pixels: {row['missed']} of {row['boxes']} ({share:.1f} %)"
            )
    return "\n".join(lines)
