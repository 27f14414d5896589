"""Soft suppression: a box loses confidence by each better one that it overlaps."""

import numpy as np

from netkit.backends.native import suppression as compiled
from netkit.detection.boxes import pairwise, touching
from netkit.types import Array

FIRST = 256  # boxes among which the next ones to pick are looked for


def soften(boxes: Array, confidences: Array, *, least: float) -> Array:
    """Return confidences (n,) of boxes (n, 4) after soft suppression (Bodla et al. 2017).

    By definition the most confident box is picked, every other one's confidence is multiplied by
    exp(-IoU²/0.5) with it, and so on with the rest, until none has `least`; what is less than that
    is left at any number below it. Where netkit was compiled, a kernel does it.
    """
    lowered = compiled.soften(boxes, confidences, least)
    return softened(boxes, confidences, least) if lowered is None else lowered


def softened(boxes: Array, confidences: Array, least: float) -> Array:
    """Return what `soften` does, by numpy.

    Many boxes are picked at once: a box that is better than all undecided ones it overlaps would be
    picked before them anyway, and nothing that is picked later can change it. They are looked for
    among the best 256 (FIRST) that are left.
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
        block = left
        if left.size > FIRST:
            block = left[np.argpartition(-confidences[left], FIRST)[:FIRST]]
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


def spread(low: Array, high: Array) -> tuple[Array, Array]:
    """Return all whole numbers of ranges low..high (exclusive), and the range that each is of."""
    count = high - low
    which = np.repeat(np.arange(len(count)), count)
    return np.arange(len(which)) + (low - np.cumsum(count) + count)[which], which
