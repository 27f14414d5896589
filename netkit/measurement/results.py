"""Results: all that is measured of a detector, as plain numbers for JSON and for the terminal."""

from typing import Any

import numpy as np

from netkit.measurement.confusion import Confusion
from netkit.measurement.metrics import SIZES, Metrics
from netkit.measurement.thresholds import at_threshold, best_threshold
from netkit.types import Array

SIDES = 0, 24, 32, 48, 64, 96, 1e9  # pixels: ranges of side length in which misses are counted
WORST = 20  # images that are listed


class Results:
    """A measurement: `metrics`, the best threshold, and the `confusion` at it.

    least: the confidence at which to count errors where no threshold is best: nothing is right.
    """

    def __init__(self, metrics: Metrics, least: float = 0.0) -> None:
        self.metrics = metrics
        self.best = best_threshold(metrics)
        self.confusion = Confusion(metrics, self.best.get("threshold", least))

    def summary(self) -> dict[str, Any]:
        """Return {name: number} of all of it, as JSON has it: None where there is no number."""
        summary = self.metrics.summary() | {
            "sizes": self.sizes(),
            "best_f1": self.best or None,
            "classes": self.classes(),
            "confusion": {
                "threshold": self.confusion.threshold,
                "names": [*self.metrics.classes, "nothing"],
                "counts": self.confusion.counts.tolist(),
                "false_alarms": self.confusion.false_alarms,
            },
            "misses": [
                {"from": low, "to": high, "boxes": n, "missed": missed}
                for low, high, n, missed in self.metrics.by_size(SIDES)
            ],
            "worst": [
                {
                    "image": self.metrics.looked[k].name,
                    "number": k,
                    "false_alarms": wrong,
                    "missed": missed,
                }
                for k, wrong, missed in self.confusion.worst()[:WORST]
            ],
        }
        return without_nan(summary)

    def sizes(self) -> dict[str, dict[str, Any]]:
        """Return of each of COCO's sizes the true boxes and the mean AP of classes that have it."""
        rows = {}
        for size in SIZES:
            table = self.metrics.table(size)
            seen = table[~np.isnan(table[:, 0])]
            classes = range(len(self.metrics.classes))
            rows[size] = {
                "boxes": sum(self.metrics.hits(k, 0, size).total for k in classes),
                "mAP@0.5": mean(seen[:, 0]),
                "mAP@0.5:0.95": mean(seen),
            }
        return rows

    def classes(self) -> dict[str, dict[str, Any]]:
        """Return of each class its boxes, AP, precision and recall, and its own best threshold."""
        rows = {}
        tables = {size: self.metrics.table(size) for size in SIZES}
        for k, name in enumerate(self.metrics.classes):
            hits = self.metrics.hits(k)
            here = at_threshold(hits, self.confusion.threshold)
            rows[name] = {
                "boxes": hits.total,
                "found": int((hits.confidences >= self.confusion.threshold).sum()),
                "AP@0.5": float(tables["all"][k, 0]),
                "AP@0.5:0.95": float(tables["all"][k].mean()),
                **{
                    f"AP@0.5:0.95_{size}": float(tables[size][k].mean())
                    for size in SIZES
                    if size != "all"
                },
                "precision": here.precision,
                "recall": here.recall,
                "f1": here.f1,
                "best_threshold": self.best.get("class_threshold", {}).get(name),
            }
        return rows


def mean(values: Array) -> float:
    """Return the mean of values; NaN of none."""
    return float(values.mean()) if values.size else float("nan")


def without_nan(value: Any) -> Any:
    """Return a value with None in the place of NaN, which JSON does not know."""
    if isinstance(value, dict):
        return {name: without_nan(v) for name, v in value.items()}
    if isinstance(value, list):
        return [without_nan(v) for v in value]
    return None if isinstance(value, float) and np.isnan(value) else value
