"""Suppression: of the many boxes that a net gives for one object, the one to report."""

from typing import Annotated, Any

import numpy as np

from netkit.backends.native import suppression as compiled
from netkit.checks import Amount, Checked, Share
from netkit.detection.boxes import areas, iou, pairwise, resized, touching
from netkit.detection.choices import Numbered
from netkit.detection.soft import soften
from netkit.types import Array

THRESHOLD, OVERLAP, VOTING, VOTING_OVERLAP, SOFT = range(5)
METHODS = Numbered(
    (
        (THRESHOLD, "threshold"),
        (OVERLAP, "overlap"),
        (VOTING, "voting"),
        (VOTING_OVERLAP, "voting_overlap"),
        (SOFT, "soft"),
    )
)
FIRST = 256  # boxes in the first block that are compared; each later one is twice as long
FEW = 150  # boxes that are compared each with each, in a third of the time
LEAST = 1e-3  # confidence below which soft suppression drops a box, whatever the threshold


# Of a net of boxes many cells answer for a thing, and those that agree know it best together.
VOTES: dict[str, Any] = {"nms": VOTING_OVERLAP, "vote_max_overlap": 0.7, "max_overlap": 0.5}


class Suppression(Checked):
    """Non-maximum suppression, as EBLearn numbers it (`nms`), or soft.

    nms: 0 or threshold: every box stays; 1 or overlap: of two boxes that match, the less confident
    goes; 2 or voting: matching boxes of a class become their weighted mean, with the largest
    confidence c times 1 - exp(-s) where s is the sum of theirs: a box that one cell alone votes for
    is less sure (EBLearn takes s itself, which knows no upper bound and favours long strokes that
    many cells answer to); 3 or voting_overlap: 2, then 1; 4 or soft: each better box takes
    confidence from those it overlaps by exp(-IoU²/0.5) (Bodla, Singh, Chellappa & Davis 2017).

    Two boxes match if their IoU is more than max_overlap, or if their centres are nearer than
    max_hcenter_dist and max_wcenter_dist times the height and width of the better one (0: never).
    In voting it is vote_max_overlap. nms_per_class: only boxes of one class match; voting never
    mixes classes.
    """

    def __init__(
        self,
        nms: Annotated[int, METHODS] = OVERLAP,
        *,
        max_overlap: Share = 0.5,
        vote_max_overlap: Share = 0.5,
        max_hcenter_dist: Amount = 0.0,
        max_wcenter_dist: Amount = 0.0,
        nms_per_class: bool = True,
    ) -> None:
        self.nms = nms
        self.max_overlap = max_overlap
        self.vote_max_overlap = vote_max_overlap
        self.centres = (max_hcenter_dist, max_wcenter_dist)
        self.per_class = nms_per_class

    def __call__(
        self, boxes: Array, confidences: Array, labels: Array, *, threshold: float = 0.0
    ) -> tuple[Array, Array, Array]:
        """Return boxes, confidences and labels of what stays, the most confident first.

        boxes (n, 4), confidences (n,), labels (n,).  Of equally confident ones the larger is first.
        threshold: the least confidence that soft suppression leaves a box with.
        """
        order = np.lexsort((-areas(boxes), -confidences))
        boxes = boxes[order].astype("float32")
        confidences, labels = confidences[order].astype(float), labels[order]
        if self.nms in (VOTING, VOTING_OVERLAP):
            boxes, confidences, labels = self.vote(boxes, confidences, labels)
        if self.nms in (OVERLAP, VOTING_OVERLAP):
            kept = self.overlap(boxes, labels)
            boxes, confidences, labels = boxes[kept], confidences[kept], labels[kept]
        if self.nms == SOFT:
            least = max(threshold, LEAST)
            boxes, confidences, labels = self.soft(boxes, confidences, labels, least=least)
        return boxes, confidences, labels

    def overlap(self, boxes: Array, labels: Array) -> Array:
        """Return the indices that stay of boxes in falling order of confidence."""
        apart = by_class(boxes, labels) if self.per_class else boxes
        return np.flatnonzero(self.owners(apart, self.max_overlap) == np.arange(len(boxes)))

    def vote(self, boxes: Array, confidences: Array, labels: Array) -> tuple[Array, Array, Array]:
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

    def owners(self, boxes: Array, most: float) -> Array:
        """Return for each of boxes in falling order the index of the better one that takes it.

        A box that stays has its own index: (n,). By definition the boxes are gone through from the
        most confident down: one that nobody has taken stays, and takes all less confident ones
        that match it.

        One box at a time is slow in Python, and all pairs at once are n² pairs where n boxes lie on
        one another. So the boxes are worked on in blocks, the first of 256 and each later one
        twice as long. Of a block, all matching pairs are found, and `stay` says which boxes stay.
        Those are then matched with everything that is left, and what they match is taken and never
        looked at again. The few that stay of the first blocks take almost all of a crowd, so the
        longer blocks that follow hold boxes that match hardly any other.

        Few boxes are compared each with each. Where netkit was compiled and no centres count, a
        kernel goes through them one at a time.
        """
        if not all(self.centres):
            found = compiled.owners(boxes, most)
            if found is not None:
                return found
            if len(boxes) <= FEW:
                return owners_of_few(iou(boxes, boxes) > most)
        owner, left, size = np.arange(len(boxes)), np.arange(len(boxes)), FIRST
        while left.size:
            block, left, size = left[:size], left[size:], 2 * size
            pairs = self.match(boxes[block], boxes[block], most, better_first=True)
            kept = block[stay(len(block), *pairs)]
            rest = np.concatenate([np.setdiff1d(block, kept, assume_unique=True), left])
            i, j = self.match(boxes[kept], boxes[rest], most)
            taken = np.full(len(rest), len(boxes))  # the best that matches; len(boxes): none does
            np.minimum.at(taken, j, kept[i])
            found = taken < rest  # in its own block a box may match a worse one, which cannot take
            owner[rest[found]] = taken[found]
            later = np.arange(len(rest)) >= len(rest) - len(left)
            left = rest[(taken == len(boxes)) & later]
        return owner

    def match(
        self, a: Array, b: Array, most: float, *, better_first: bool = False
    ) -> tuple[Array, Array]:
        """Return the indices (i, j) of the pairs a[i] and b[j] that match, a[i] as the better one.

        most: the intersection over union above which two boxes match.  better_first: a and b are
        the same boxes in falling order, and each pair is wanted once, with i < j.
        """
        near = 1 - most  # boxes shrunk by this much still touch if their IoU is more than `most`
        reach = [max(near, 2 * far) if all(self.centres) else near for far in self.centres]
        i, j = touching(resized(a, *reach), resized(b, near, near))
        if better_first:
            i, j = i[i < j], j[i < j]
        first, second = a[i], b[j]
        hit = pairwise(first, second) > most
        if all(self.centres):
            size = (first[:, 2:] - first[:, :2]) * self.centres[::-1]
            far = np.abs(first[:, :2] + first[:, 2:] - second[:, :2] - second[:, 2:]) / 2
            hit |= (far < size).all(1)
        return i[hit], j[hit]

    def soft(
        self, boxes: Array, confidences: Array, labels: Array, *, least: float
    ) -> tuple[Array, Array, Array]:
        """Lower a box's confidence by each better one that it overlaps; below `least` it goes."""
        apart = by_class(boxes, labels) if self.per_class else boxes
        lowered = soften(apart, confidences, least=least)
        kept = np.flatnonzero(lowered >= least)
        kept = kept[np.argsort(-lowered[kept], kind="stable")]
        return boxes[kept], lowered[kept], labels[kept]


def owners_of_few(matches: Array) -> Array:
    """Return for each box the index of the better one that takes it, (n,), its own if it stays.

    matches (n, n): which boxes match, in falling order of confidence.
    """
    owner, free = np.arange(len(matches)), np.ones(len(matches), bool)
    while free.any():
        k = int(free.argmax())  # the best that nobody has taken
        free[k] = False
        taken = matches[k] & free
        owner[taken] = k
        free &= ~taken
    return owner


def stay(n: int, i: Array, j: Array) -> Array:
    """Return which of n boxes stay, (n,) of bool, if box i takes the worse box j, i < j.

    i, j: the indices of all pairs that match. In rounds: a box that no undecided better one
    matches stays, and what it matches goes; then the next ones are free.
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


def by_class(boxes: Array, labels: Array) -> Array:
    """Return boxes with those of each class moved away from all others, so that none touch."""
    if not len(boxes):
        return boxes
    apart = boxes.copy()
    apart[:, 1::2] += (labels * (boxes[:, 3].max() - boxes[:, 1].min() + 1))[:, None]
    return apart
