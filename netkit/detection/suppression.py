"""Suppression: of the many boxes that a net gives for one object, the one to report."""

import numpy as np

from netkit.detection.boxes import areas, pairwise, resized, touching
from netkit.errors import NetkitError

METHODS = {0: "threshold", 1: "overlap", 2: "voting", 3: "voting_overlap", 4: "soft"}
FIRST = 256  # boxes compared in the first block; each later one is twice as long


class Suppression:
    """Non-maximum suppression, as EBLearn numbers it (`nms`), or soft.

    method: 0 or threshold: every box stays; 1 or overlap: of two boxes that match, the less
    confident goes; 2 or voting: matching boxes of a class become their weighted mean, with the
    largest confidence c times 1 - exp(-s) where s is the sum of theirs: a box that one cell alone
    votes for is less sure (EBLearn takes s itself, which knows no upper bound and favours long
    strokes that many cells answer to); 3 or voting_overlap: 2, then 1; 4 or soft: each better box
    takes confidence from those it overlaps by exp(-IoU²/0.5) (Bodla, Singh, Chellappa & Davis
    2017). Two boxes match if their IoU is more than max_overlap, or if their centres are nearer
    than max_hcenter_dist and max_wcenter_dist times the height and width of the better one (0:
    never). In voting it is vote_max_overlap. per_class: only boxes of one class match; voting never
    mixes classes.  ops: a backend, for what it does faster.
    """

    def __init__(
        self,
        method=1,
        max_overlap=0.5,
        vote_max_overlap=0.5,
        max_hcenter_dist=0.0,
        max_wcenter_dist=0.0,
        per_class=True,
        ops=None,
    ):
        numbers = {**{n: n for n in METHODS}, **{name: n for n, name in METHODS.items()}}
        if isinstance(method, bool) or method not in numbers:
            raise NetkitError(
                f"nms={method}: there are "
                + ", ".join(f"{n} ({name})" for n, name in METHODS.items())
            )
        self.method, self.per_class, self.ops = numbers[method], per_class, ops
        self.max_overlap, self.vote_max_overlap = max_overlap, vote_max_overlap
        self.centres = (max_hcenter_dist, max_wcenter_dist)

    def __call__(self, boxes, confidences, labels, threshold=0.0):
        """Return boxes, confidences and labels of what stays, the most confident first; ties: the
        larger box.
        """
        order = np.lexsort((-areas(boxes), -confidences))
        boxes, confidences, labels = (
            boxes[order].astype("float32"),
            confidences[order].astype(float),
            labels[order],
        )
        if self.method in (2, 3):
            boxes, confidences, labels = self.vote(boxes, confidences, labels)
        if self.method in (1, 3):
            kept = self.overlap(boxes, labels)
            boxes, confidences, labels = boxes[kept], confidences[kept], labels[kept]
        if self.method == 4:
            boxes, confidences, labels = self.soft(boxes, confidences, labels, threshold)
        return boxes, confidences, labels

    def overlap(self, boxes, labels):
        """Return the indices that stay of boxes in falling order."""
        apart = by_class(boxes, labels) if self.per_class else boxes
        return np.flatnonzero(self.owners(apart, self.max_overlap) == np.arange(len(boxes)))

    def vote(self, boxes, confidences, labels):
        """Merge each box that stays with all of its class that it takes."""
        owner = self.owners(by_class(boxes, labels), self.vote_max_overlap)
        weights = np.maximum(confidences, 1e-12)
        sums = np.stack([np.bincount(owner, weights * side, len(boxes)) for side in boxes.T], 1)
        weight = np.bincount(owner, weights, len(boxes))
        stays = np.flatnonzero(owner == np.arange(len(boxes)))  # the best of those it takes
        sure = confidences[stays] * -np.expm1(-weight[stays])
        order = np.argsort(-sure, kind="stable")
        stays = stays[order]
        return (sums[stays] / weight[stays, None]).astype(boxes.dtype), sure[order], labels[stays]

    def owners(self, boxes, most):
        """Return for each of boxes in falling order the index of the better one that takes it, or
        its own: (n,).

        Block after block: what stays of a block takes what it matches of all the rest, so that the
        pairs that are compared stay few however many boxes lie on one another.
        """
        owner, left, size = np.arange(len(boxes)), np.arange(len(boxes)), FIRST
        while left.size:
            block, left, size = left[:size], left[size:], 2 * size
            kept = block[
                stay(len(block), *self.match(boxes[block], boxes[block], most, inside=True))
            ]
            rest = np.concatenate([np.setdiff1d(block, kept, assume_unique=True), left])
            i, j = self.match(boxes[kept], boxes[rest], most)
            taken = np.full(len(rest), len(boxes))
            np.minimum.at(taken, j, kept[i])
            found = taken < rest  # of the block's own, only a better one takes
            owner[rest[found]] = taken[found]
            left = rest[(taken == len(boxes)) & (np.arange(len(rest)) >= len(rest) - len(left))]
        return owner

    def match(self, a, b, most, inside=False):
        """Return the indices of the pairs a[i], the better one, and b[j] that match; inside: of i <
        j alone.
        """
        near = 1 - most  # boxes shrunk by this much still touch if their IoU is more than `most`
        reach = [max(near, 2 * far) if all(self.centres) else near for far in self.centres]
        i, j = touching(resized(a, *reach), resized(b, near, near))
        if inside:
            i, j = i[i < j], j[i < j]
        first, second = a[i], b[j]
        hit = pairwise(first, second) > most
        if all(self.centres):
            size = (first[:, 2:] - first[:, :2]) * self.centres[::-1]
            far = np.abs(first[:, :2] + first[:, 2:] - second[:, :2] - second[:, 2:]) / 2
            hit |= (far < size).all(1)
        return i[hit], j[hit]

    def soft(self, boxes, confidences, labels, threshold, least=1e-3):
        """Lower the confidence of a box by each better one that it overlaps; below the threshold it
        goes.
        """
        apart, least = by_class(boxes, labels) if self.per_class else boxes, max(threshold, least)
        lowered = self.ops.soften(apart, confidences, least) if self.ops else None
        if lowered is None:
            lowered = soften(apart, confidences, least)
        kept = np.flatnonzero(lowered >= least)
        kept = kept[np.argsort(-lowered[kept], kind="stable")]
        return boxes[kept], lowered[kept], labels[kept]


def stay(n, i, j):
    """Return which of n boxes stay (n,) of bool, where box i takes the worse box j, for pairs of
    indices i < j.
    """
    kept, gone = np.zeros(n, bool), np.zeros(n, bool)
    while i.size:
        free = ~(kept | gone)
        free[j] = False  # a better one is still to be decided
        kept |= free
        gone[j[free[i]]] = True
        open_ = ~(kept | gone)
        live = open_[i] & open_[j]
        i, j = i[live], j[live]
    return ~gone


def soften(boxes, confidences, least):
    """Return what soft suppression leaves of confidences (n,) of boxes (n, 4); less than `least` is
    any such number.

    A box that is better than all its neighbours is picked, many at once: nothing picked later can
    change it. They are looked for among the best FIRST that are left.
    """
    i, j = touching(boxes, boxes)
    i, j = i[i != j], j[i != j]
    order = np.argsort(i, kind="stable")
    j, loss = j[order], (pairwise(boxes[i], boxes[j]) ** 2 / 0.5)[order]
    ends = np.append(0, np.cumsum(np.bincount(i, minlength=len(boxes))))
    confidences = confidences.copy()
    left = np.flatnonzero(confidences >= least)
    undecided = confidences >= least
    while left.size:
        block = (
            left if left.size <= FIRST else left[np.argpartition(-confidences[left], FIRST)[:FIRST]]
        )
        entries, source = spread(ends[block], ends[block + 1])
        source, other = block[source], j[entries]
        live = undecided[other]
        source, other, cost = source[live], other[live], loss[entries[live]]
        ours, theirs = confidences[source], confidences[other]
        undecided[block] = False
        undecided[source[(ours < theirs) | ((ours == theirs) & (source > other))]] = True
        hit = ~undecided[source]
        confidences *= np.exp(-np.bincount(other[hit], cost[hit], len(boxes)))
        undecided &= confidences >= least
        left = left[undecided[left]]
    return confidences


def by_class(boxes, labels):
    """Return boxes with those of each class moved away from all others."""
    if not len(boxes):
        return boxes
    apart = boxes.copy()
    apart[:, 1::2] += (labels * (boxes[:, 3].max() - boxes[:, 1].min() + 1))[:, None]
    return apart


def spread(low, high):
    """Return all whole numbers of several ranges low..high (exclusive), one after the other, and
    the range of each.
    """
    count = high - low
    which = np.repeat(np.arange(len(count)), count)
    return np.arange(len(which)) + (low - np.cumsum(count) + count)[which], which
