"""Labels, twins and dead units against plain loops and against cleanlab."""

import numpy as np
import pytest

from netkit.auditing.labels import (
    as_shares,
    believed,
    calibrated,
    confident_joint,
    label_issues,
    thresholds,
)
from netkit.auditing.twins import Pair, shrunk, twins
from netkit.auditing.units import dead_units
from netkit.build.folds import parted
from netkit.layer import Layer
from netkit.net import Net


def noisy(count=600, classes=4, seed=0):
    """Labels of which some are wrong, and shares that mostly know it."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, count)
    shares = rng.dirichlet(np.full(classes, 0.3), count)
    shares[np.arange(count), truth] += 1.5
    labels = truth.copy()
    flipped = rng.choice(count, count // 20, replace=False)
    labels[flipped] = (labels[flipped] + rng.integers(1, classes, len(flipped))) % classes
    return labels, shares / shares.sum(1, keepdims=True), flipped


def test_the_joint_is_that_of_a_plain_loop():
    labels, shares, _ = noisy()
    t = [shares[labels == j, j].mean() for j in range(4)]
    np.testing.assert_allclose(thresholds(labels, shares), t)
    joint = np.zeros((4, 4), int)
    for label, row in zip(labels, shares, strict=True):
        above = [j for j in range(4) if row[j] >= t[j]]
        if above:
            joint[label, max(above, key=lambda j: row[j])] += 1
    np.testing.assert_array_equal(confident_joint(labels, shares), joint)
    scaled = calibrated(joint, labels)
    np.testing.assert_allclose(scaled.sum(1), np.bincount(labels))


def test_the_joint_and_the_order_are_cleanlabs():
    count = pytest.importorskip("cleanlab.count", reason="needs cleanlab")
    rank = pytest.importorskip("cleanlab.rank", reason="needs cleanlab")
    labels, shares, _ = noisy(seed=1)
    theirs = count.compute_confident_joint(labels, shares, calibrate=False)
    # They raise a class's count on the diagonal to 1 where it is 0; here none is.
    np.testing.assert_array_equal(confident_joint(labels, shares), theirs)
    score = rank.get_normalized_margin_for_each_label(labels, shares)
    issues = label_issues(labels, shares)
    np.testing.assert_allclose((issues.margin + 1) / 2, score)


def test_flipped_labels_come_first():
    labels, shares, flipped = noisy()
    issues = label_issues(labels, shares)
    assert set(issues.order[: len(flipped)].tolist()) == set(flipped.tolist())
    assert issues.suspects[flipped].mean() > 0.5
    assert not issues.suspects[issues.answers == labels].any()
    wrong = issues.joint.sum() - np.trace(issues.joint)
    assert wrong == pytest.approx(len(flipped), rel=0.3)


def test_a_class_without_samples_is_believed_of_nothing():
    labels, shares = np.array([0, 0, 1]), np.array([[0.1, 0.1, 0.8]] * 3)
    assert 2 not in believed(labels, shares)
    assert label_issues(labels, shares).joint.sum() == 3


def test_shares_of_any_confidences():
    np.testing.assert_allclose(
        as_shares(np.array([[0.2, 0.6], [0, 0], [1, -1]])), [[0.25, 0.75], [0.5, 0.5], [1, 0]]
    )


def test_parts_have_every_class_alike():
    labels = np.random.default_rng(0).choice(3, 100, p=[0.6, 0.3, 0.1])
    parts = parted(labels, 4, seed=2)
    assert np.ptp(np.bincount(parts)) <= 1
    for k in range(3):
        assert np.ptp(np.bincount(parts[labels == k], minlength=4)) <= 1
    np.testing.assert_array_equal(parts, parted(labels, 4, seed=2))
    assert (parts != parted(labels, 4, seed=3)).any()


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 40, 33), (1, 7, 5)])
def test_twins_are_those_of_a_plain_loop(shape, monkeypatch):
    monkeypatch.setattr("netkit.auditing.twins.BLOCK", 200)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 200, (30, *shape), np.uint8)
    images[7] = images[21]
    images[3] = np.clip(0.5 * images[12] + 40, 0, 255).astype(np.uint8)
    images[9] = images[26]
    images[9, 0, :2, :2] ^= 3
    images[15] = 80  # nothing to see: like nothing
    images[16] = 80
    found = twins(images, 0.98)
    rows = images.reshape(30, -1).astype(float)
    wanted = {
        (a, b)
        for a in range(30)
        for b in range(a + 1, 30)
        if rows[a].std() and rows[b].std() and np.corrcoef(rows[a], rows[b])[0, 1] >= 0.98
    }
    assert {pair[:2] for pair in found} == wanted == {(3, 12), (7, 21), (9, 26)}
    assert found[0][:2] == (7, 21)
    assert found[0].likeness == pytest.approx(1)
    assert found == sorted(found, key=lambda p: -p.likeness)
    assert twins(images, 0.98, most=1) == found[:1]


def test_shrunk_images_are_means_of_blocks():
    images = np.arange(2 * 32 * 48).reshape(2, 1, 32, 48)
    np.testing.assert_allclose(
        shrunk(images), images.reshape(2, 1, 16, 2, 16, 3).mean((3, 5)), rtol=1e-6
    )
    assert twins(images[:1]) == []
    assert isinstance(twins(np.random.default_rng(0).random((2, 1, 4, 4)).repeat(2, 0))[0], Pair)


def test_dead_units_are_named(registry):
    class Gate(Layer):
        def forward(self, x, ctx):
            y = ctx.xp.array(x)
            y[1] = 3
            return y, lambda dy: dy

    ops = registry.make("backend", {"type": "numpy"})
    conv = registry.make("layer", {"type": "conv", "out": 4, "kernel": 3})
    relu = registry.make("layer", {"type": "relu"})
    net = Net({"c": conv, "gate": Gate(), "relu": relu}, (1, 6, 6), ops)
    net.weights["c.W"][3] = -1  # below zero for every image: relu leaves nothing
    net.weights["c.b"][...] = 0
    batches = [np.random.default_rng(k).integers(1, 256, (5, 1, 6, 6), np.uint8) for k in (0, 1)]
    found = {unit.layer: (unit.dead, unit.maps) for unit in dead_units(net, batches)}
    assert found["c"] == ([], 4)
    assert found["gate"] == ([1], 4)
    assert set(found["relu"][0]) >= {1, 3}
