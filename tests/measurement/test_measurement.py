"""What is measured of detection: COCO's numbers, the best threshold, confusion."""

import contextlib
import io

import numpy as np
import pytest
from boxes import some_boxes

from netkit.detection.boxes import areas
from netkit.measurement.confusion import Confusion
from netkit.measurement.metrics import Metrics
from netkit.measurement.thresholds import Best, at_threshold, best_threshold


def looked(count=30, seed=0, classes=3, zoom=1.0):
    """Return Metrics of random boxes around random truths, and the same as COCO's rows."""
    rng, ours = np.random.default_rng(seed), Metrics([chr(97 + k) for k in range(classes)])
    truths, found = [], []
    for k in range(count):
        boxes, _, labels = some_boxes(int(rng.integers(0, 9)), seed=k, classes=classes)
        near = np.concatenate(
            [boxes + rng.normal(0, 3, boxes.shape), some_boxes(4, seed=100 + k)[0]]
        )
        near[:, 2:] = np.maximum(near[:, 2:], near[:, :2] + 1)
        boxes, near = boxes * zoom, near * zoom
        theirs = np.concatenate([labels, rng.integers(0, classes, 4)])
        confidences = rng.uniform(0, 1, len(near)).round(2)  # some are equal
        there = {"true_boxes": boxes, "true_labels": labels}
        ours.add(near, confidences, theirs, **there, name=f"{k}.png")
        for box, label in zip(boxes, labels, strict=True):
            place = {"bbox": [*box[:2], *(box[2:] - box[:2])], "area": float(areas(box[None])[0])}
            place |= {"iscrowd": 0, "id": len(truths) + 1}
            truths.append({"image_id": k, "category_id": int(label), **place})
        for box, label, c in zip(near, theirs, confidences, strict=True):
            place = {"bbox": [*box[:2], *(box[2:] - box[:2])], "score": float(c)}
            found.append({"image_id": k, "category_id": int(label), **place})
    return ours, truths, found


@pytest.mark.parametrize("zoom", [1.0, 3.0])
def test_metrics_are_cocos(zoom):
    """mAP, of all boxes, by size and by class, against pycocotools, on random boxes."""
    coco = pytest.importorskip("pycocotools.coco")
    cocoeval = pytest.importorskip("pycocotools.cocoeval")
    ours, truths, found = looked(zoom=zoom)
    with contextlib.redirect_stdout(io.StringIO()):
        truth = coco.COCO()
        truth.dataset = {
            "images": [{"id": k} for k in range(ours.images)],
            "annotations": truths,
            "categories": [{"id": k} for k in range(3)],
        }
        truth.createIndex()
        run = cocoeval.COCOeval(truth, truth.loadRes(found), "bbox")
        run.evaluate()
        run.accumulate()
        run.summarize()
    summary = ours.summary()
    assert summary["mAP@0.5"] == pytest.approx(run.stats[1], abs=1e-9)
    assert summary["mAP@0.5:0.95"] == pytest.approx(run.stats[0], abs=1e-9)
    theirs = run.eval["precision"][..., -1]  # thresholds, recalls, classes, sizes; 100 boxes
    sizes = 0
    for a, size in enumerate(("all", "small", "medium", "large")):
        expected = theirs[..., a].mean(axis=1).T  # -1 where there is no true box
        table = ours.table(size)
        np.testing.assert_allclose(np.nan_to_num(table, nan=-1), expected, atol=1e-9)
        sizes += int((expected >= 0).any())
        stats = {"small": 3, "medium": 4, "large": 5}.get(size)
        if stats and (expected >= 0).any():
            assert np.nanmean(table) == pytest.approx(run.stats[stats], abs=1e-9)
    assert sizes >= 3


def test_false_positives_and_misses_by_hand():
    m = Metrics("a")
    truth = np.array([[0, 0, 10, 10], [20, 20, 60, 60.0]])
    found = np.array([[0, 0, 10, 10], [80, 80, 90, 90], [21, 20, 60, 60.0]])
    there = {"true_boxes": truth, "true_labels": np.zeros(2, int)}
    m.add(found, np.array([0.9, 0.8, 0.7]), np.zeros(3, int), **there)
    assert m.false_positives(1.0) == (1.0, 0.7)
    assert m.false_positives(0.5) == (0.0, 0.9)
    assert m.by_size([0, 20, 100]) == [(0, 20, 1, 0), (20, 100, 1, 0)]
    there = {"true_boxes": truth[:1], "true_labels": np.zeros(1, int)}
    m.add(np.zeros((0, 4)), np.zeros(0), np.zeros(0, int), **there)
    assert m.by_size([0, 20, 100]) == [(0, 20, 2, 1), (20, 100, 1, 0)]
    assert m.false_positives(1.0) is None


def test_boxes_that_nobody_needs_to_find_are_neither_right_nor_wrong():
    truth = np.array([[0, 0, 10, 10], [20, 20, 60, 60.0]])
    there = {"true_boxes": truth, "true_labels": np.zeros(2, int)}
    m = Metrics("a")
    m.add(truth, np.array([0.5, 0.9]), np.zeros(2, int), **there, ignored=np.array([False, True]))
    assert m.summary()["mAP@0.5"] == 1
    assert m.summary()["boxes"] == 1
    confusion = Confusion(m, 0.1)
    assert confusion.counts.tolist() == [[1, 0], [0, 0]]
    assert confusion.worst() == []


def test_the_best_threshold_is_that_of_all_thresholds():
    ours, _, _ = looked()
    best = best_threshold(ours)
    hits = ours.all_hits()
    tried = [at_threshold(hits, t) for t in np.linspace(0, 1, 401)]
    assert best["f1"] == pytest.approx(max(one.f1 for one in tried))
    assert at_threshold(hits, best["threshold"]) == Best(
        *(best[name] for name in ("threshold", "precision", "recall", "f1"))
    )
    for k, name in enumerate("abc"):
        alone = at_threshold(ours.hits(k), best["class_threshold"][name])
        assert alone.f1 == max(at_threshold(ours.hits(k), one.threshold).f1 for one in tried)


def test_no_threshold_where_nothing_is_right():
    m = Metrics("ab")
    assert best_threshold(m) == {}
    truth, found = np.array([[0, 0, 10, 10.0]]), np.array([[50, 50, 60, 60.0]])
    there = {"true_boxes": truth, "true_labels": np.zeros(1, int)}
    m.add(found, np.array([0.9]), np.zeros(1, int), **there)
    assert best_threshold(m) == {}
    m.add(truth, np.array([0.4]), np.zeros(1, int), **there)
    assert set(best_threshold(m)["class_threshold"]) == {"a"}


def test_confusion_by_hand():
    """Things a and b: one right, one taken for the other, one missed; false alarms of each kind."""
    m = Metrics("ab")
    truth = np.array([[0, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10], [60, 0, 70, 10.0]])
    found = [
        ([0, 0, 10, 10], 0.9, 0),  # right
        ([1, 0, 11, 10], 0.8, 0),  # the same again
        ([20, 0, 30, 11], 0.7, 1),  # b for a
        ([46, 0, 56, 10], 0.6, 1),  # a quarter of a thing
        ([0, 80, 10, 90], 0.5, 1),  # nothing is there
        ([60, 0, 70, 10], 0.1, 1),  # under the threshold
    ]
    boxes, confidences, labels = (np.array(part) for part in zip(*found, strict=True))
    there = {"true_boxes": truth, "true_labels": np.array([0, 0, 1, 1])}
    m.add(boxes.astype(float), confidences, labels, **there)
    confusion = Confusion(m, 0.3)
    assert confusion.counts.tolist() == [[1, 1, 0], [0, 0, 2], [1, 2, 0]]
    assert confusion.false_alarms == {"double": 1, "badly placed": 1, "on nothing": 1}
    assert confusion.worst() == [(0, 4, 3)]


def test_confusion_agrees_with_precision_and_recall():
    ours, _, _ = looked()
    best = best_threshold(ours)
    confusion = Confusion(ours, best["threshold"])
    right, found = np.trace(confusion.counts), confusion.counts[:, :-1].sum()
    assert right / found == pytest.approx(best["precision"])
    assert right / confusion.counts[:-1].sum() == pytest.approx(best["recall"])
    assert confusion.counts[:-1].sum() == ours.summary()["boxes"]
    assert sum(confusion.false_alarms.values()) == confusion.counts[-1].sum()
    wrong, missed = (sum(row[k] for row in confusion.worst()) for k in (1, 2))
    assert (wrong, missed) == (found - right, confusion.counts[:-1].sum() - right)
