"""Metrics: how well boxes that were found match those that are there, as COCO counts it."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from netkit.detection.boxes import areas, iou
from netkit.types import Array

THRESHOLDS = np.linspace(0.5, 0.95, 10)  # of intersection over union
RECALLS = np.linspace(0, 1, 101)
MOST = 100  # detections counted in an image and class, as COCO
Hits: TypeAlias = tuple[Array, Array]  # confidences (n,), and which are right (thresholds, n)


class Metrics:
    """Collect found and true boxes image by image, then say how well they match.

    A found box is right if it has at least the threshold of intersection over union with a true box
    of its class that no more confident one has taken (Lin et al. 2014, COCO).
    """

    def __init__(self, classes: Iterable[str]) -> None:
        self.classes = list(classes)
        self.images = 0
        # Of each class, a list with an entry an image:
        self.sizes: list[list[Array]] = [[] for _ in self.classes]  # side lengths of true boxes
        self.missed: list[list[Array]] = [[] for _ in self.classes]  # of those that nothing matches
        self.found: list[list[Hits]] = [[] for _ in self.classes]

    def add(
        self,
        boxes: Array,
        confidences: Array,
        labels: Array,
        *,
        true_boxes: Array,
        true_labels: Array,
    ) -> None:
        """Count one image.

        boxes (n, 4), confidences (n,), labels (n,): what was found.  true_boxes (m, 4), true_labels
        (m,): what is there.
        """
        self.images += 1
        for k in range(len(self.classes)):
            truth, mine = true_boxes[true_labels == k], labels == k
            order = np.argsort(-confidences[mine], kind="stable")[:MOST]
            hits, taken = match(boxes[mine][order], truth)
            sides = np.sqrt(areas(truth))
            self.sizes[k].append(sides)
            self.missed[k].append(sides[~taken[0]])
            self.found[k].append((confidences[mine][order], hits))

    def curve(self, k: int, threshold: int = 0) -> tuple[Array, Array, Array]:
        """Return confidences, recall and precision down the found boxes of class k, (n,) each.

        threshold: the number of the intersection over union in THRESHOLDS. Recall is the share of
        the true boxes that are found so far, precision the share of the found ones that are right.
        """
        confidences, hits = joined(self.found[k])
        right = np.cumsum(hits[threshold])
        total = sum(map(len, self.sizes[k]))
        return confidences, right / max(1, total), right / np.arange(1, len(right) + 1)

    def average_precision(self, k: int, threshold: int = 0) -> float:
        """Return the mean of the interpolated precision at 101 recalls, for a class.

        The interpolated precision at a recall is the largest at that recall or above (Everingham et
        al. 2010, PASCAL VOC; with 101 recalls, COCO). NaN if there is no true box of the class.
        """
        if not sum(map(len, self.sizes[k])):
            return float("nan")
        _, recall, precision = self.curve(k, threshold)
        best = np.maximum.accumulate(precision[::-1])[::-1]
        at = np.searchsorted(recall, RECALLS, side="left")
        reached = np.append(best, 0)[np.minimum(at, len(best))]  # 0 at recalls that are not reached
        return float(reached.mean())

    def false_positives(self, recall: float = 0.95) -> tuple[float, float] | None:
        """Return the wrong boxes an image, and the confidence, at a recall.

        At 0.5 intersection over union, over all classes together; None if that recall is not
        reached.
        """
        parts = [joined(found) for found in self.found]
        confidences = np.concatenate([c for c, _ in parts])
        hits = np.concatenate([h[0] for _, h in parts])
        order = np.argsort(-confidences, kind="stable")
        right = np.cumsum(hits[order])
        total = sum(len(s) for sizes in self.sizes for s in sizes)
        enough = np.flatnonzero(right >= recall * total)
        if not (total and len(enough)):
            return None
        last = enough[0]  # the first found box with which the recall is reached
        return float((last + 1 - right[last]) / self.images), float(confidences[order][last])

    def by_size(self, edges: Iterable[float]) -> list[tuple[float, float, int, int]]:
        """Return (from, to, true boxes, missed ones) for ranges of side length in pixels."""

        def count(sides: list[list[Array]], low: float, high: float) -> int:
            joined = np.concatenate([np.zeros(0), *(s for of_class in sides for s in of_class)])
            return int(((joined >= low) & (joined < high)).sum())

        return [
            (low, high, count(self.sizes, low, high), count(self.missed, low, high))
            for low, high in pairwise(edges)
        ]

    def summary(self) -> dict[str, Any]:
        """Return {name: number} of all of it; mAP is the mean over the classes that occur."""
        table = np.array(
            [[self.average_precision(k, t) for t in range(10)] for k in range(len(self.classes))]
        )
        seen = table[~np.isnan(table[:, 0])]
        at_recall = self.false_positives()
        return {
            "images": self.images,
            "boxes": sum(len(s) for sizes in self.sizes for s in sizes),
            "mAP@0.5": float(seen[:, 0].mean()) if len(seen) else float("nan"),
            "mAP@0.5:0.95": float(seen.mean()) if len(seen) else float("nan"),
            "false_positives_an_image@0.95_recall": at_recall[0] if at_recall else None,
            "confidence@0.95_recall": at_recall[1] if at_recall else None,
            "AP@0.5": {
                name: table[k, 0].item()
                for k, name in enumerate(self.classes)
                if not np.isnan(table[k, 0])
            },
        }


def match(boxes: Array, truth: Array) -> tuple[Array, Array]:
    """Return which found boxes are right (thresholds, n), and which true ones are taken.

    boxes (n, 4): those found, in falling confidence.  truth (m, 4).  Both results are bool, the
    second one of shape (thresholds, m).
    """
    hits = np.zeros((len(THRESHOLDS), len(boxes)), bool)
    taken = np.zeros((len(THRESHOLDS), len(truth)), bool)
    if not len(truth):
        return hits, taken
    overlaps = iou(boxes, truth)
    for t, threshold in enumerate(THRESHOLDS):
        for n in np.flatnonzero((overlaps >= threshold).any(1)):
            open_ones = np.where(taken[t], -1, overlaps[n])
            best = len(truth) - 1 - open_ones[::-1].argmax()  # the last of equals, as COCO takes it
            if open_ones[best] >= threshold:
                hits[t, n] = taken[t, best] = True
    return hits, taken


def joined(found: list[Hits]) -> Hits:
    """Return confidences (n,) and hits (thresholds, n) of all images, in falling confidence."""
    if not found:
        return np.zeros(0), np.zeros((len(THRESHOLDS), 0), bool)
    confidences = np.concatenate([c for c, _ in found])
    hits = np.concatenate([h for _, h in found], axis=1)
    order = np.argsort(-confidences, kind="stable")
    return confidences[order], hits[:, order]
