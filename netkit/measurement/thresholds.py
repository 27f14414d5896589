"""Thresholds: from which confidence on boxes are to be believed: where F1 is best."""

from typing import Any, NamedTuple

import numpy as np

from netkit.measurement.metrics import Hits, Metrics, recall_and_precision
from netkit.types import Array


class Best(NamedTuple):
    """A threshold of confidence, and the precision, recall and F1 of what reaches it."""

    threshold: float
    precision: float
    recall: float
    f1: float


def best_threshold(metrics: Metrics) -> dict[str, Any]:
    """Return the threshold of the best F1 over all classes, as weights files keep it.

    At 0.5 intersection over union: threshold, precision, recall and f1 over all classes together,
    and class_threshold, {class: its own best one}. {} where nothing was found that is right.
    """
    best = best_of(metrics.all_hits())
    if best is None:
        return {}
    alone = {
        name: one.threshold
        for k, name in enumerate(metrics.classes)
        if (one := best_of(metrics.hits(k)))
    }
    return {**best._asdict(), "class_threshold": alone}


def best_of(hits: Hits) -> Best | None:
    """Return the threshold of the best F1 of Hits, the highest of equals; None if none is right.

    F1 is the harmonic mean of precision and recall, 2 right / (found + true) (van Rijsbergen 1979).
    The threshold lies half way to the next lower confidence, so that rounding moves nothing.
    """
    c = hits.confidences
    ends, scores = f1_curve(hits)
    if not (len(ends) and hits.total and hits.right.any()):
        return None
    last = int(ends[scores.argmax()])
    recall, precision = (float(values[last]) for values in recall_and_precision(hits))
    below = float(c[last + 1]) if last + 1 < len(c) else 0.0
    return Best((float(c[last]) + below) / 2, precision, recall, float(scores.max()))


def f1_curve(hits: Hits) -> tuple[Array, Array]:
    """Return the places in Hits where a threshold may cut, and the F1 of what is before each.

    It cuts behind equal confidences, not between them.
    """
    c = hits.confidences
    ends = np.flatnonzero(np.append(c[1:] < c[:-1], True)) if len(c) else np.zeros(0, int)
    right = np.cumsum(hits.right)[ends]
    return ends, 2 * right / np.maximum(1, ends + 1 + hits.total)


def at_threshold(hits: Hits, threshold: float) -> Best:
    """Return the precision, recall and F1 of the Hits that reach a threshold."""
    found = int((hits.confidences >= threshold).sum())
    right = int(hits.right[:found].sum())
    precision, recall = right / max(1, found), right / max(1, hits.total)
    return Best(threshold, precision, recall, 2 * right / max(1, found + hits.total))
