"""Points of curves: as few as a page needs, and on the curve that all of them would draw."""

import numpy as np
import pytest

from netkit.measurement.metrics import Hits, Metrics
from netkit.measurement.points import STEP, few_points, precision_points
from netkit.measurement.results import Results

BOX = [10.0, 10, 30, 30]
AWAY = [60.0, 60, 80, 80]


def found(*rows, classes=("cat", "dog"), there=((0, BOX), (1, BOX))):
    """The Results of one image; rows: (class, box, confidence), there: (class, box)."""
    metrics = Metrics(classes)
    metrics.add(
        np.array([box for _, box, _ in rows]).reshape(-1, 4),
        np.array([sure for *_, sure in rows]),
        np.array([k for k, *_ in rows], int),
        true_boxes=np.array([box for _, box in there]).reshape(-1, 4),
        true_labels=np.array([k for k, _ in there], int),
    )
    return Results(metrics)


def test_points_by_hand():
    """One right cat at 0.9, a wrong one at 0.6, a right dog at 0.8."""
    said = precision_points(found((0, BOX, 0.9), (0, AWAY, 0.6), (1, BOX, 0.8)))
    cat, dog = said["classes"]
    assert cat == {"name": "cat", "ap": 1.0, "points": [[0.9, 1, 1, 1], [0.6, 1, 0.5, 0.6667]]}
    assert dog == {"name": "dog", "ap": 1.0, "points": [[0.8, 1, 1, 1]]}
    assert said["all"] == [[0.9, 0.5, 1, 0.6667], [0.8, 1, 1, 1], [0.6, 1, 0.6667, 0.8]]
    assert said["threshold"] == pytest.approx(0.7)


def test_nothing_found_and_nothing_there():
    assert precision_points(found()) == {"threshold": None, "all": [], "classes": []}
    assert precision_points(found((0, BOX, 0.9), there=()))["all"] == []
    wrong = precision_points(found((0, AWAY, 0.9)))
    assert wrong["threshold"] is None
    assert wrong["all"] == [[0.9, 0, 0, 0]]


@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_many_boxes_are_few_points_on_the_same_curve(share):
    """Each of 50,000 places is within a cell of a point that is kept; F1 fits all of them."""
    rng = np.random.default_rng(3)
    sure = np.sort(rng.uniform(0, 1, 50_000))[::-1]
    right = rng.uniform(0, 1, len(sure)) < share
    total = int(right.sum()) + 500
    points = np.array(few_points(Hits(sure, right, total)))
    assert 50 < len(points) < 2_000
    assert (np.diff(points[:, 0]) <= 0).all()
    counted = np.cumsum(right)
    curve = np.stack([sure, counted / total, counted / np.arange(1, len(sure) + 1)], 1)
    for place in curve[:: len(curve) // 200]:
        assert np.abs(points[:, :3] - place).max(1).min() <= STEP + 1e-4
    _, recall, precision, f1 = points.T
    np.testing.assert_allclose(points[-1, :3], curve[-1], atol=1e-4)
    some = (recall > 0.01) & (precision > 0.01)
    harmonic = 2 * recall * precision / np.maximum(recall + precision, 1e-9)
    np.testing.assert_allclose(f1[some], harmonic[some], atol=5e-4)
