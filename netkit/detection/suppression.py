"""Suppression: of the many boxes that a net gives for one object, the one to report."""

import numpy as np

from netkit.detection.boxes import areas, intersections, iou
from netkit.errors import NetkitError

METHODS = {0: "threshold", 1: "overlap", 2: "voting", 3: "voting_overlap", 4: "soft"}
BLOCK = 128  # boxes compared at once: their table of overlaps stays in the cache


class Suppression:
    """Non-maximum suppression, as EBLearn numbers it (`nms`), or soft.

    method: 0 or threshold: every box stays; 1 or overlap: of two boxes that match, the less confident goes;
    2 or voting: matching boxes of a class become their mean, with the confidence s/(1+s) of their sum s, which keeps
    EBLearn's order within 0..1; 3 or voting_overlap: 2, then 1;
    4 or soft: a matching box loses confidence by the factor exp(-IoU²/0.5) instead (Bodla et al. 2017).
    Two boxes match if their IoU is more than max_overlap, or if their centres are nearer than max_hcenter_dist and
    max_wcenter_dist times the size of the better one (0: never). For voting it is vote_max_overlap.
    per_class: only boxes of one class match, except that voting never mixes classes.
    """

    def __init__(
        self,
        method=1,
        max_overlap=0.5,
        vote_max_overlap=0.5,
        max_hcenter_dist=0.0,
        max_wcenter_dist=0.0,
        per_class=True,
    ):
        numbers = {**{n: n for n in METHODS}, **{name: n for n, name in METHODS.items()}}
        if isinstance(method, bool) or method not in numbers:
            raise NetkitError(f"nms={method}: there are " + ", ".join(f"{n} ({name})" for n, name in METHODS.items()))
        self.method, self.per_class = numbers[method], per_class
        self.max_overlap, self.vote_max_overlap = max_overlap, vote_max_overlap
        self.centres = (max_wcenter_dist, max_hcenter_dist)

    def __call__(self, boxes, confidences, labels, threshold=0.0):
        """Return boxes, confidences and labels of what stays, the most confident first; ties: the larger box."""
        order = np.lexsort((-areas(boxes), -confidences))
        boxes, confidences, labels = boxes[order].astype("float32"), confidences[order].astype(float), labels[order]
        if self.method in (2, 3):
            boxes, confidences, labels = self.vote(boxes, confidences, labels)
        if self.method in (1, 3):
            kept = self.greedy(boxes, labels)
            boxes, confidences, labels = boxes[kept], confidences[kept], labels[kept]
        if self.method == 4:
            boxes, confidences, labels = self.soft(boxes, confidences, labels, threshold)
        return boxes, confidences, labels

    def match(self, a, b, most):
        """Return which boxes of a, each the better one, match which of b: (n, m) of bool."""
        hit = intersections(a, b)
        hit *= 1 + most  # IoU > most without a division: inner (1 + most) > most (area + area)
        hit = hit > (most * areas(a))[:, None] + most * areas(b)
        if all(self.centres):
            size = np.maximum(a[:, None, 2:] - a[:, None, :2], 1e-9) * self.centres
            far = np.abs((a[:, None, 2:] + a[:, None, :2]) - (b[:, 2:] + b[:, :2])) / 2
            hit |= (far < size).all(2)
        return hit

    def owners(self, boxes, labels, per_class, most):
        """Return for each of boxes in falling order the index of the better one that takes it, or its own: (n,)."""
        owner = np.arange(len(boxes))
        for left in [np.flatnonzero(labels == label) for label in np.unique(labels)] if per_class else [owner.copy()]:
            while left.size:  # a block at a time: the boxes of it that stay take what they match of the rest
                block, left = left[:BLOCK], left[BLOCK:]
                hit = self.match(boxes[block], boxes[block], most)
                free = np.ones(len(block), bool)
                for k in range(len(block)):
                    if free[k]:
                        taken = hit[k] & free
                        taken[: k + 1] = False
                        owner[block[taken]] = block[k]
                        free &= ~taken
                block = block[free]
                if left.size:
                    hit = self.match(boxes[block], boxes[left], most)
                    taken = hit.any(0)
                    owner[left[taken]] = block[hit[:, taken].argmax(0)]
                    left = left[~taken]
        return owner

    def greedy(self, boxes, labels):
        """Return the indices that stay of boxes in falling order."""
        owner = self.owners(boxes, labels, self.per_class, self.max_overlap)
        return np.flatnonzero(owner == np.arange(len(boxes)))

    def vote(self, boxes, confidences, labels):
        """Merge each box that stays with those of its class that match it; confidences as said above."""
        owner = self.owners(boxes, labels, True, self.vote_max_overlap)
        weights = np.maximum(confidences, 1e-12)
        total, weight = (np.bincount(owner, w, len(boxes)) for w in (confidences, weights))
        sums = [np.bincount(owner, weights * side, len(boxes)) for side in boxes.T]
        stays = np.flatnonzero(owner == np.arange(len(boxes)))
        stays = stays[np.argsort(-total[stays], kind="stable")]
        merged = (np.stack(sums, 1)[stays] / weight[stays, None]).astype(boxes.dtype)
        return merged, total[stays] / (1 + total[stays]), labels[stays]

    def soft(self, boxes, confidences, labels, threshold):
        """Lower the confidence of a box by each better one that it overlaps; below the threshold it goes."""
        confidences, left, kept = confidences.copy(), np.arange(len(boxes)), []
        while left.size:
            best = left[confidences[left].argmax()]
            kept.append(best)
            left = left[left != best]
            overlap = iou(boxes[[best]], boxes[left])[0]
            if self.per_class:
                overlap = overlap * (labels[left] == labels[best])
            confidences[left] *= np.exp(-(overlap**2) / 0.5)
            left = left[confidences[left] > max(threshold, 1e-3)]
        return boxes[kept], confidences[kept], labels[kept]
