"""Metrics: how well boxes that were found match those that are there, as COCO counts it."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from netkit.detection.boxes import areas
from netkit.measurement.matching import IGNORED, RIGHT, match
from netkit.types import Array

THRESHOLDS = np.linspace(0.5, 0.95, 10)  # of intersection over union
RECALLS = np.linspace(0, 1, 101)
MOST = 100  # detections counted in an image and class, as COCO
ALL = "all"
SIZES = {  # COCO's: the areas of boxes, in square pixels
    ALL: (0.0, np.inf),
    "small": (0.0, 32.0**2),
    "medium": (32.0**2, 96.0**2),
    "large": (96.0**2, np.inf),
}


class Looked(NamedTuple):
    """What was found in an image, in falling confidence, and what is there: boxes, classes."""

    name: str
    boxes: Array
    confidences: Array
    labels: Array
    true_boxes: Array
    true_labels: Array
    ignored: Array  # (m,) of bool: true boxes that nobody needs to find
    crowds: Array  # (m,) of bool: those of them that are around many things


class Hits(NamedTuple):
    """The found boxes of a class in all images, in falling confidence, without ignored ones."""

    confidences: Array  # (n,)
    right: Array  # (n,) of bool
    total: int  # true boxes


class Metrics:
    """Collect found and true boxes image by image, then say how well they match.

    A found box is right if it has at least the threshold of intersection over union with a true box
    of its class that no more confident one has taken (Lin et al. 2014, COCO).
    """

    def __init__(self, classes: Iterable[str]) -> None:
        self.classes = list(classes)
        self.looked: list[Looked] = []
        self.matched: dict[tuple[int, str], list[Hits]] = {}  # see `hits`

    @property
    def images(self) -> int:
        """How many images are measured."""
        return len(self.looked)

    def add(
        self,
        boxes: Array,
        confidences: Array,
        labels: Array,
        *,
        true_boxes: Array,
        true_labels: Array,
        ignored: Array | None = None,
        crowds: Array | None = None,
        name: str = "",
    ) -> None:
        """Count one image.

        boxes (n, 4), confidences (n,), labels (n,): what was found.  true_boxes (m, 4), true_labels
        (m,): what is there.  ignored (m,): true boxes whose finding is neither right nor wrong,
        however often.  crowds (m,): those of them around many things: see `match`.  name: what to
        call the image.
        """
        order = np.argsort(-confidences, kind="stable")
        crowds = np.zeros(len(true_labels), bool) if crowds is None else crowds
        ignored = crowds if ignored is None else ignored | crowds
        found = boxes[order], confidences[order], labels[order]
        self.looked.append(Looked(name, *found, true_boxes, true_labels, ignored, crowds))
        self.matched.clear()

    def hits(self, k: int, threshold: int = 0, size: str = ALL) -> Hits:
        """Return the Hits of class k at a number in THRESHOLDS, of true boxes of a size in SIZES.

        As in COCO, true boxes of other sizes are ignored, and so are found ones of other sizes that
        match nothing.
        """
        if (k, size) not in self.matched:
            self.matched[k, size] = self.matches(k, size)
        return self.matched[k, size][threshold]

    def matches(self, k: int, size: str) -> list[Hits]:
        """Return the Hits of class k at each of THRESHOLDS."""
        low, high = SIZES[size]
        confidences, states, total = [np.zeros(0)], [np.zeros((len(THRESHOLDS), 0), np.int8)], 0
        for image in self.looked:
            mine = np.flatnonzero(image.labels == k)[:MOST]
            there = image.true_labels == k
            truth, found = image.true_boxes[there], image.boxes[mine]
            area = areas(truth)
            absorbing, crowds = image.ignored[there], image.crowds[there]
            ignored = absorbing | (area < low) | (area > high)
            more = {"absorbing": absorbing, "crowds": crowds}
            state, _ = match(found, truth, THRESHOLDS, ignored, **more)
            area = areas(found)
            state[(state != RIGHT) & ((area < low) | (area > high))] = IGNORED
            confidences.append(image.confidences[mine])
            states.append(state)
            total += int((~ignored).sum())
        sure, state = np.concatenate(confidences), np.concatenate(states, axis=1)
        order = np.argsort(-sure, kind="stable")
        sure, state = sure[order], state[:, order]
        counted = state != IGNORED
        return [Hits(sure[c], s[c] == RIGHT, total) for c, s in zip(counted, state, strict=True)]

    def all_hits(self) -> Hits:
        """Return the Hits of all classes together, at 0.5 intersection over union."""
        parts = [self.hits(k) for k in range(len(self.classes))]
        confidences = np.concatenate([np.zeros(0), *(part.confidences for part in parts)])
        right = np.concatenate([np.zeros(0, bool), *(part.right for part in parts)])
        order = np.argsort(-confidences, kind="stable")
        return Hits(confidences[order], right[order], sum(part.total for part in parts))

    def curve(self, k: int, threshold: int = 0) -> tuple[Array, Array, Array]:
        """Return confidences, recall and precision down the found boxes of class k, (n,) each.

        threshold: the number of the intersection over union in THRESHOLDS. Recall is the share of
        the true boxes that are found so far, precision the share of the found ones that are right.
        """
        hits = self.hits(k, threshold)
        return hits.confidences, *recall_and_precision(hits)

    def average_precision(self, k: int, threshold: int = 0, size: str = ALL) -> float:
        """Return the mean of the interpolated precision at 101 recalls, for a class.

        The interpolated precision at a recall is the largest at that recall or above (Everingham et
        al. 2010, PASCAL VOC; with 101 recalls, COCO). NaN if there is no true box of the class.
        """
        hits = self.hits(k, threshold, size)
        if not hits.total:
            return float("nan")
        recall, precision = recall_and_precision(hits)
        best = np.maximum.accumulate(precision[::-1])[::-1]
        at = np.searchsorted(recall, RECALLS, side="left")
        reached = np.append(best, 0)[np.minimum(at, len(best))]  # 0 at recalls that are not reached
        return float(reached.mean())

    def table(self, size: str = ALL) -> Array:
        """Return the average precision of each class at each of THRESHOLDS, (K, 10)."""
        thresholds = range(len(THRESHOLDS))
        return np.array(
            [
                [self.average_precision(k, t, size) for t in thresholds]
                for k in range(len(self.classes))
            ]
        ).reshape(-1, len(THRESHOLDS))

    def false_positives(self, recall: float = 0.95) -> tuple[float, float] | None:
        """Return the wrong boxes an image, and the confidence, at a recall.

        At 0.5 intersection over union, over all classes together; None if that recall is not
        reached.
        """
        hits = self.all_hits()
        right = np.cumsum(hits.right)
        enough = np.flatnonzero(right >= recall * hits.total)
        if not (hits.total and len(enough)):
            return None
        last = enough[0]  # the first found box with which the recall is reached
        wrong = float((last + 1 - right[last]) / self.images)
        return wrong, float(hits.confidences[last])

    def by_size(self, edges: Iterable[float]) -> list[tuple[float, float, int, int]]:
        """Return (from, to, true boxes, missed ones) for ranges of side length in pixels."""
        sides, missed = [np.zeros(0)], [np.zeros(0, bool)]
        for image in self.looked:
            for k in range(len(self.classes)):
                mine = np.flatnonzero(image.labels == k)[:MOST]
                there = (image.true_labels == k) & ~image.ignored
                truth = image.true_boxes[there]
                _, partners = match(image.boxes[mine], truth, THRESHOLDS[:1])
                sides.append(np.sqrt(areas(truth)))
                missed.append(~np.isin(np.arange(len(truth)), partners[0]))
        side, lost = np.concatenate(sides), np.concatenate(missed)
        ranges = [(low, high, (side >= low) & (side < high)) for low, high in pairwise(edges)]
        return [(low, high, int(of.sum()), int(lost[of].sum())) for low, high, of in ranges]

    def summary(self) -> dict[str, Any]:
        """Return {name: number} of all of it; mAP is the mean over the classes that occur."""
        table = self.table()
        seen = table[~np.isnan(table[:, 0])]
        at_recall = self.false_positives()
        return {
            "images": self.images,
            "boxes": self.all_hits().total,
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


def recall_and_precision(hits: Hits) -> tuple[Array, Array]:
    """Return recall and precision after each found box, (n,) each."""
    right = np.cumsum(hits.right)
    return right / max(1, hits.total), right / np.arange(1, len(right) + 1)
