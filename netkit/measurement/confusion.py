"""Confusion: which class is taken for which, what is missed, and what is found where nothing is."""

from typing import NamedTuple

import numpy as np

from netkit.detection.boxes import iou
from netkit.measurement.matching import NOTHING, match
from netkit.measurement.metrics import MOST, Looked, Metrics
from netkit.types import Array

ENOUGH = 0.5  # intersection over union of a box that is right
NEAR = 0.1  # of one that lies badly on a thing, and not on nothing at all
KINDS = DOUBLE, BADLY_PLACED, ON_NOTHING = "double", "badly placed", "on nothing"


class Outcome(NamedTuple):
    """The found boxes of an image that reach a threshold, and which true ones they are.

    found (n,): their numbers in the image.  partners (n,): the number of the true box of each, or
    NOTHING.  right (n,): whether it is of the same class, or need not be found.  missed (m,):
    whether a true box has no found one of its class.  alone (m,): whether it has none at all.
    """

    found: Array
    partners: Array
    right: Array
    missed: Array
    alone: Array


class Confusion:
    """The answers of a detector at one threshold of confidence.

    counts (K + 1, K + 1): true boxes of each class (rows) by the class that they were given
    (columns); in the last column those that were missed, in the last row the boxes that were found
    where there is none.  false_alarms: {kind: how many} of the last row: a second box of a thing
    that was found is double; one that overlaps a thing by 0.1 to 0.5 is badly placed; others are on
    nothing.  outcomes: of each image.
    """

    def __init__(self, metrics: Metrics, threshold: float) -> None:
        self.classes = metrics.classes
        self.threshold = threshold
        size = len(self.classes) + 1
        self.counts = np.zeros((size, size), np.int64)
        self.false_alarms = dict.fromkeys(KINDS, 0)
        self.outcomes: list[Outcome] = []
        for image in metrics.looked:
            outcome = outcome_of(image, len(self.classes), threshold)
            self.outcomes.append(outcome)
            self.add(image, outcome)

    def add(self, image: Looked, outcome: Outcome) -> None:
        """Count one image."""
        answers, nothing = image.labels[outcome.found], len(self.classes)
        paired = outcome.partners != NOTHING
        partners = outcome.partners[paired]
        counted = ~image.ignored[partners]
        truth = image.true_labels[partners[counted]]
        np.add.at(self.counts, (truth, answers[paired][counted]), 1)
        np.add.at(self.counts[:, nothing], image.true_labels[outcome.alone], 1)
        np.add.at(self.counts[nothing], answers[~paired], 1)
        overlaps = iou(image.boxes[outcome.found[~paired]], image.true_boxes)
        best = overlaps.max(axis=1, initial=0)
        doubles, near = int((best >= ENOUGH).sum()), int((best >= NEAR).sum())
        self.false_alarms[DOUBLE] += doubles
        self.false_alarms[BADLY_PLACED] += near - doubles
        self.false_alarms[ON_NOTHING] += len(best) - near

    def worst(self) -> list[tuple[int, int, int]]:
        """Return (image's number, false alarms, misses) of images with errors, the most first.

        A thing that is taken for another class is one of each.
        """
        rows = [
            (k, int((~one.right).sum()), int(one.missed.sum()))
            for k, one in enumerate(self.outcomes)
        ]
        return sorted((row for row in rows if row[1] + row[2]), key=lambda row: -row[1] - row[2])


def outcome_of(image: Looked, classes: int, threshold: float) -> Outcome:
    """Return the Outcome of an image.

    Found and true boxes are joined class by class first, as the metrics count them; what is left
    of both is then joined whatever its class.
    """
    found = np.flatnonzero(image.confidences >= threshold)
    counted = [found[image.labels[found] == k][:MOST] for k in range(classes)]
    found = np.sort(np.concatenate([np.zeros(0, np.int64), *counted]))
    labels, partners = image.labels[found], np.full(len(found), NOTHING)
    free = np.ones(len(image.true_labels), bool)
    for k in (*range(classes), None):
        mine = partners == NOTHING if k is None else labels == k
        theirs = free if k is None else image.true_labels == k
        ours, those = np.flatnonzero(mine), np.flatnonzero(theirs)
        boxes, truth = image.boxes[found[ours]], image.true_boxes[those]
        absorbing, crowds = image.ignored[those], image.crowds[those]
        _, taken = match(boxes, truth, [ENOUGH], absorbing=absorbing, crowds=crowds)
        some = taken[0] != NOTHING
        partners[ours[some]] = those[taken[0][some]]
        free[partners[ours[some]]] = False
        free |= image.ignored  # any number of boxes may take these
    paired = partners != NOTHING
    right = np.zeros(len(found), bool)
    of = partners[paired]
    right[paired] = (image.true_labels[of] == labels[paired]) | image.ignored[of]
    missed = ~image.ignored
    missed[partners[right]] = False
    return Outcome(found, partners, right, missed, free & ~image.ignored)
