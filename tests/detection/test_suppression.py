"""Suppression beside the plain loops that define it, on crowded and on thinly spread boxes."""

from functools import partial

import numpy as np
import pytest
from boxes import some_boxes

from netkit.backends.native import suppression as native
from netkit.backends.native.library import compiled, library
from netkit.detection import suppression
from netkit.detection.boxes import areas, iou, touching
from netkit.detection.suppression import Suppression
from netkit.errors import NetkitError

TARGETS = None, "avx512", "avx2", "baseline"  # None: plain, by numpy


def by(name, target, monkeypatch):
    """Let a kernel do its part of suppression for an instruction set, or numpy do it."""
    if target and not compiled():
        pytest.skip("the kernels were not compiled")
    try:
        kernel = (
            partial(getattr(native, name), target=target) if target and library(target) else None
        )
    except NetkitError as error:
        pytest.skip(str(error))
    monkeypatch.setattr(native, name, kernel or (lambda *_: None))


def crowd(seed, span):
    """Return n boxes of many sizes, confidences and labels."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 700))
    corner, size = rng.uniform(0, span, (n, 2)), np.exp(rng.uniform(1, 4.5, (n, 2)))
    return (
        np.concatenate([corner, corner + size], 1).astype("float32"),
        rng.random(n),
        rng.integers(0, 3, n),
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("span", [30, 100, 400])
@pytest.mark.parametrize("per_class", [True, False])
@pytest.mark.parametrize("target", TARGETS)
def test_overlap_is_the_plain_loop(seed, span, per_class, target, monkeypatch):
    by("owners", target, monkeypatch)
    boxes, confidences, labels = crowd(seed, span)
    table, kept = iou(boxes, boxes), []
    for k in np.lexsort((-areas(boxes), -confidences)):
        if all((per_class and labels[k] != labels[q]) or table[q, k] <= 0.4 for q in kept):
            kept.append(k)
    got = Suppression(1, max_overlap=0.4, nms_per_class=per_class)(boxes, confidences, labels)
    assert np.array_equal(got[0], boxes[kept])
    assert np.array_equal(got[2], labels[kept])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("per_class", [True, False])
@pytest.mark.parametrize("target", TARGETS)
def test_soft_is_the_plain_loop(seed, per_class, target, monkeypatch):
    boxes, confidences, labels = crowd(seed, 100)
    table, left, lowered, expected = (
        iou(boxes, boxes),
        set(range(len(boxes))),
        confidences.copy(),
        [],
    )
    while left:
        best = max(left, key=lambda k: lowered[k])
        if lowered[best] < 0.01:
            break
        left.remove(best)
        expected.append(lowered[best])
        for k in left:
            if not per_class or labels[k] == labels[best]:
                lowered[k] *= np.exp(-(table[best, k] ** 2) / 0.5)
    by("soften", target, monkeypatch)
    soft = Suppression(4, nms_per_class=per_class)
    got = soft(boxes, confidences, labels, threshold=0.01)[1]
    assert np.allclose(got, expected, atol=1e-5)
    assert not len(Suppression(4)(boxes[:0], confidences[:0], labels[:0])[0])


def test_voting_is_the_plain_loop():
    boxes, confidences, labels = crowd(5, 60)
    table, left, expected = iou(boxes, boxes), list(np.lexsort((-areas(boxes), -confidences))), []
    while left:
        mine = [
            k
            for k in left
            if k == left[0] or (labels[k] == labels[left[0]] and table[left[0], k] > 0.3)
        ]
        sure = confidences[left[0]] * (1 - np.exp(-confidences[mine].sum()))
        expected.append((np.average(boxes[mine], 0, confidences[mine]), sure))
        left = [k for k in left if k not in mine]
    expected.sort(key=lambda pair: -pair[1])
    voted = Suppression(2, vote_max_overlap=0.3)(boxes, confidences, labels)
    np.testing.assert_allclose(voted[0], [box for box, _ in expected], rtol=1e-5)
    np.testing.assert_allclose(voted[1], [confidence for _, confidence in expected])


def test_touching_finds_every_pair_once():
    boxes, others = crowd(6, 200)[0], crowd(7, 200)[0]
    pairs = list(zip(*(index.tolist() for index in touching(boxes, others)), strict=True))
    assert len(set(pairs)) == len(pairs)
    assert set(pairs) >= set(
        zip(*(index.tolist() for index in np.nonzero(iou(boxes, others) > 0)), strict=True)
    )


def plain_greedy(boxes, confidences, labels, most, per_class):
    kept = []
    for k in np.argsort(-confidences, kind="stable"):
        clash = [
            j
            for j in kept
            if iou(boxes[[k]], boxes[[j]])[0, 0] > most
            and (labels[j] == labels[k] or not per_class)
        ]
        if not clash:
            kept.append(int(k))
    return kept


@pytest.mark.parametrize("per_class", [True, False])
@pytest.mark.parametrize("n", [0, 1, 400])
def test_overlap_suppression_is_the_plain_one(n, per_class):
    boxes, confidences, labels = some_boxes(n)
    kept = plain_greedy(boxes, confidences, labels, 0.4, per_class)
    suppression = Suppression("overlap", max_overlap=0.4, nms_per_class=per_class)
    got = suppression(boxes, confidences, labels)
    np.testing.assert_allclose(got[0], boxes[kept].astype("f4").reshape(-1, 4))
    np.testing.assert_allclose(got[1], confidences[kept])


def test_voting_averages():
    boxes = np.array([[0, 0, 10, 10], [2, 0, 12, 10], [50, 50, 60, 60.0]])
    got = Suppression("voting", vote_max_overlap=0.5)(
        boxes, np.array([0.75, 0.25, 0.5]), np.array([1, 1, 1])
    )
    np.testing.assert_allclose(got[0], [[0.5, 0, 10.5, 10], [50, 50, 60, 60]])
    np.testing.assert_allclose(got[1], [0.75 * (1 - np.exp(-1)), 0.5 * (1 - np.exp(-0.5))])


def test_soft_suppression_lowers_confidence():
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 10.0]])
    got = Suppression("soft")(boxes, np.array([0.9, 0.8]), np.array([0, 0]))
    np.testing.assert_allclose(got[1], [0.9, 0.8 * np.exp(-2)])


def test_centres_match():
    boxes = np.array([[0, 0, 10, 10], [3, 3, 7, 7.0]])
    near = Suppression("overlap", max_overlap=0.5, max_hcenter_dist=0.2, max_wcenter_dist=0.2)
    assert len(near(boxes, np.array([0.9, 0.8]), np.zeros(2, int))[0]) == 1
    far = Suppression("overlap", max_overlap=0.5)
    assert len(far(boxes, np.array([0.9, 0.8]), np.zeros(2, int))[0]) == 2


def test_unknown_suppression():
    with pytest.raises(NetkitError, match=r"nms=9: there are 0 \(threshold\)"):
        Suppression(9)


@pytest.mark.parametrize("nms", ["overlap", "voting", "voting_overlap"])
def test_all_ways_suppress_the_same(nms, monkeypatch):
    """A kernel, few boxes compared each with each, and many in blocks; of equal boxes too."""
    for n in (0, 1, 2, 7, 60, 300):
        boxes, confidences, labels = some_boxes(n, seed=n)
        boxes = np.concatenate([boxes, boxes[: n // 3], boxes[: n // 4] + 2])
        confidences = np.random.default_rng(n).uniform(0, 1, len(boxes)).round(2)
        labels = np.concatenate([labels, labels[: n // 3], labels[: n // 4]])
        for most in (0.0, 0.3, 0.5, 1.0):
            chosen = Suppression(nms, max_overlap=most, vote_max_overlap=most)
            first = chosen(boxes, confidences, labels)
            for few in (10**6, -1):
                with monkeypatch.context() as patch:
                    patch.setattr(native, "owners", lambda *_: None)
                    patch.setattr(suppression, "FEW", few)
                    other = chosen(boxes, confidences, labels)
                for a, b in zip(first, other, strict=True):
                    np.testing.assert_array_equal(a, b)
