"""Metrics: how well boxes that were found match boxes that are there, as the COCO benchmark counts
it.
"""

from itertools import pairwise

import numpy as np

from netkit.detection.boxes import areas, iou

THRESHOLDS = np.linspace(0.5, 0.95, 10)  # of intersection over union
RECALLS = np.linspace(0, 1, 101)
MOST = 100  # detections counted in an image and class, as COCO


class Metrics:
    """Collect found and true boxes image by image, then say how well they match.

    A found box is right if it has at least the threshold of intersection over union with a true box
    of its class that no more confident one has taken (Lin et al. 2014, COCO).
    """

    def __init__(self, classes):
        self.classes, self.images = list(classes), 0
        self.sizes = [[] for _ in self.classes]  # side lengths of true boxes
        self.found = [[] for _ in self.classes]  # (confidences, hits (thresholds, n)) of each image
        self.missed = [
            [] for _ in self.classes
        ]  # side lengths of the true boxes that nothing matches

    def add(self, boxes, confidences, labels, true_boxes, true_labels):
        """Count one image: found boxes (n, 4), confidences and labels (n,), true boxes (m, 4) and
        labels (m,).
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

    def curve(self, k, threshold=0):
        """Return confidences, recall and precision down the found boxes of class k, at
        THRESHOLDS[threshold].
        """
        confidences, hits = joined(self.found[k])
        right = np.cumsum(hits[threshold])
        total = sum(map(len, self.sizes[k]))
        return confidences, right / max(1, total), right / np.arange(1, len(right) + 1)

    def average_precision(self, k, threshold=0):
        """Return the mean of the interpolated precision at 101 recalls, for a class; NaN if there
        is none of it.
        """
        if not sum(map(len, self.sizes[k])):
            return float("nan")
        _, recall, precision = self.curve(k, threshold)
        best = np.maximum.accumulate(precision[::-1])[::-1]
        at = np.searchsorted(recall, RECALLS, side="left")
        return float(
            np.where(at < len(best), np.append(best, 0)[np.minimum(at, len(best))], 0).mean()
        )

    def false_positives(self, recall=0.95):
        """Return the wrong boxes an image, and the confidence, at which so many of all true boxes
        are found.

        At 0.5 intersection over union, over all classes together; None if that recall is not
        reached.
        """
        parts = [joined(found) for found in self.found]
        confidences = np.concatenate([c for c, _ in parts])
        hits = np.concatenate([h[0] for _, h in parts])
        order = np.argsort(-confidences, kind="stable")
        right = np.cumsum(hits[order])
        total = sum(len(s) for sizes in self.sizes for s in sizes)
        enough = np.flatnonzero(right >= recall * total) if total else []
        if not len(enough):
            return None
        return float((enough[0] + 1 - right[enough[0]]) / self.images), float(
            confidences[order][enough[0]]
        )

    def by_size(self, edges):
        """Return (from, to, true boxes, missed ones) for ranges of side length in pixels."""
        sizes, missed = (
            np.concatenate([np.zeros(0), *(s for k in kept for s in k)])
            for kept in (self.sizes, self.missed)
        )
        return [
            (
                low,
                high,
                *(int(((sides >= low) & (sides < high)).sum()) for sides in (sizes, missed)),
            )
            for low, high in pairwise(edges)
        ]

    def summary(self):
        """Return {name: number} of all of it."""
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


def match(boxes, truth):
    """Return which found boxes, in falling confidence, are right (thresholds, n), and which true
    ones are taken.
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


def joined(found):
    """Return confidences (n,) and hits (thresholds, n) of all images, in falling confidence."""
    if not found:
        return np.zeros(0), np.zeros((len(THRESHOLDS), 0), bool)
    confidences = np.concatenate([c for c, _ in found])
    hits = np.concatenate([h for _, h in found], axis=1)
    order = np.argsort(-confidences, kind="stable")
    return confidences[order], hits[:, order]
