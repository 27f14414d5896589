"""Matching: which of the found boxes are right, as COCO decides it."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from netkit.detection.boxes import inside, iou
from netkit.types import Array

RIGHT, WRONG, IGNORED = 1, 0, -1  # what a found box is, against an intersection over union
NOTHING = -1  # in the place of a true box
Candidates: TypeAlias = list[tuple[float, int]]  # (overlap, number) of true boxes, the best first


def match(
    boxes: Array,
    truth: Array,
    thresholds: Sequence[float] | Array,
    ignored: Array | None = None,
    *,
    absorbing: Array | None = None,
    crowds: Array | None = None,
) -> tuple[Array, Array]:
    """Return what each found box is, and which true one it takes, (thresholds, n) both.

    boxes (n, 4): those found, in falling confidence.  truth (m, 4).  ignored (m,): true boxes that
    nobody needs to find. Each found box, one after the other, takes the true box with which its
    intersection over union is largest, if it is at least the threshold and nobody has taken it
    before; it is RIGHT then, WRONG if there is none, and IGNORED if there is an ignored one alone
    (Lin et al. 2014, COCO). Of equal overlaps the last is taken, as in pycocotools. The second
    result is the number of the true box, or NOTHING.

    absorbing (m,): those that are ignored and that any number of found boxes may take: what Pascal
    VOC calls difficult (Everingham et al. 2010).  crowds (m,): absorbing ones around many things
    (COCO's iscrowd): what counts is the share of the found box that lies in them.
    """
    states = np.full((len(thresholds), len(boxes)), WRONG, np.int8)
    partners = np.full((len(thresholds), len(boxes)), NOTHING, np.int64)
    if not (len(truth) and len(boxes)):
        return states, partners
    none = np.zeros(len(truth), bool)
    crowds = none if crowds is None else crowds
    absorbing = crowds if absorbing is None else absorbing | crowds
    ignored = absorbing if ignored is None else ignored | absorbing
    overlaps = iou(boxes, truth)
    if crowds.any():
        overlaps[:, crowds] = inside(boxes, truth[crowds])
    wanted = candidates(overlaps, float(min(thresholds)), ignored)
    skipped, many = ignored.tolist(), absorbing.tolist()
    for t, threshold in enumerate(thresholds):
        taken: set[int] = set()
        for n, those in wanted:
            for overlap, k in those:
                if overlap >= threshold and (many[k] or k not in taken):
                    taken.add(k)
                    states[t, n] = IGNORED if skipped[k] else RIGHT
                    partners[t, n] = k
                    break
    return states, partners


def candidates(overlaps: Array, least: float, ignored: Array) -> list[tuple[int, Candidates]]:
    """Return (number, its Candidates) of each found box that overlaps a true one enough.

    overlaps (n, m).  Those that are not ignored come first, then the larger overlap, then the last.
    """
    found: dict[int, Candidates] = {}
    rows, columns = np.nonzero(overlaps >= least)
    order = np.lexsort((-columns, -overlaps[rows, columns], ignored[columns], rows))
    rows, columns = rows[order], columns[order]
    pairs = zip(rows.tolist(), overlaps[rows, columns].tolist(), columns.tolist(), strict=True)
    for n, overlap, k in pairs:
        found.setdefault(n, []).append((overlap, k))
    return list(found.items())
