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


def looked(count=30, seed=0, classes=3, zoom=1.0, crowded=0.0):
    """Return Metrics of random boxes around random truths, and the same as COCO's rows.

    crowded: share of the truths that are crowds.
    """
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
        crowds = np.random.default_rng(k).uniform(size=len(boxes)) < crowded
        there = {"true_boxes": boxes, "true_labels": labels, "crowds": crowds}
        ours.add(near, confidences, theirs, **there, name=f"{k}.png")
        for box, label, crowd in zip(boxes, labels, crowds.tolist(), strict=True):
            place = {"bbox": [*box[:2], *(box[2:] - box[:2])], "area": float(areas(box[None])[0])}
            place |= {"iscrowd": int(crowd), "id": len(truths) + 1}
            truths.append({"image_id": k, "category_id": int(label), **place})
        for box, label, c in zip(near, theirs, confidences, strict=True):
            place = {"bbox": [*box[:2], *(box[2:] - box[:2])], "score": float(c)}
            found.append({"image_id": k, "category_id": int(label), **place})
    return ours, truths, found


@pytest.mark.parametrize(("zoom", "crowded"), [(1.0, 0.0), (3.0, 0.0), (1.0, 0.4), (3.0, 0.4)])
def test_metrics_are_cocos(zoom, crowded):
    """mAP, of all boxes, by size and by class, against pycocotools, on random boxes and crowds."""
    coco = pytest.importorskip("pycocotools.coco")
    cocoeval = pytest.importorskip("pycocotools.cocoeval")
    ours, truths, found = looked(zoom=zoom, crowded=crowded)
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


def voc_precision(truths, difficult, found, confidences):
    """Return what Pascal VOC's development kit counts: right or not, down the found boxes, and
    how many are to be found. truths: boxes of each image; found: (image, box)."""
    right, taken = [], set()
    for n in np.argsort(-confidences, kind="stable"):
        k, box = found[n]
        best, most = None, -1.0
        for j, true in enumerate(truths[k]):
            w = min(box[2], true[2]) - max(box[0], true[0])
            h = min(box[3], true[3]) - max(box[1], true[1])
            inner = max(w, 0) * max(h, 0)
            area = (box[2] - box[0]) * (box[3] - box[1]) + (true[2] - true[0]) * (true[3] - true[1])
            if inner / (area - inner) > most:
                best, most = j, inner / (area - inner)
        if most >= 0.5 and difficult[k][best]:
            continue
        right.append(most >= 0.5 and (k, best) not in taken)
        if right[-1]:
            taken.add((k, best))
    return right, sum(int((~some).sum()) for some in difficult)


def test_difficult_boxes_are_counted_as_pascal_voc_does():
    """Several answers on one that is difficult are neither right nor wrong."""
    rng, ours = np.random.default_rng(4), Metrics("a")
    truths, difficult, found, confidences = [], [], [], []
    for k in range(40):
        corner = 60.0 * rng.permutation(9)[: rng.integers(1, 6), None] % 180
        boxes = np.concatenate([corner, corner, corner + 40, corner + 30], 1)
        boxes = np.unique(boxes, axis=0)
        truths.append(boxes)
        difficult.append(rng.uniform(size=len(boxes)) < 0.4)
        near = np.concatenate([boxes, boxes]) + rng.normal(0, 5, (2 * len(boxes), 4))
        sure = rng.uniform(size=len(near))
        found += [(k, box) for box in near]
        confidences.append(sure)
        there = {"true_boxes": boxes, "true_labels": np.zeros(len(boxes), int)}
        ours.add(near, sure, np.zeros(len(near), int), **there, ignored=difficult[-1])
    right, total = voc_precision(truths, difficult, found, np.concatenate(confidences))
    hits = ours.hits(0)
    assert hits.total == total
    assert hits.right.tolist() == right
    assert 0 < sum(right) < len(right)
    confusion = Confusion(ours, 0.0)
    assert confusion.counts[0, 0] == sum(right)
    assert confusion.counts[1, 0] == len(right) - sum(right)


def test_a_crowd_takes_what_lies_in_it():
    crowd = np.array([[0, 0, 100, 100.0], [200, 0, 210, 10]])
    found = np.array([[10, 10, 20, 20], [30, 30, 60, 60], [90, 0, 130, 20], [200, 0, 210, 10.0]])
    m, there = Metrics("a"), {"true_boxes": crowd, "true_labels": np.zeros(2, int)}
    there["crowds"] = np.array([True, False])
    m.add(found, np.array([0.9, 0.8, 0.7, 0.6]), np.zeros(4, int), **there)
    assert m.hits(0).right.tolist() == [False, True]  # the third lies beside it by three quarters
    assert m.hits(0).total == 1
    assert Confusion(m, 0.1).counts.tolist() == [[1, 0], [1, 0]]


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
