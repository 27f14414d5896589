"""What is measured of detection, and boxes in files: COCO's numbers, annotations written and read
back.
"""

import contextlib
import io

import numpy as np
import pytest
from boxes import some_boxes

from netkit.detection.annotations import Annotation, read_annotations, write_annotations
from netkit.detection.boxes import areas
from netkit.detection.metrics import Metrics
from netkit.errors import NetkitError


def test_metrics_are_cocos():
    """mAP against pycocotools, on random boxes around random truths."""
    coco = pytest.importorskip("pycocotools.coco")
    cocoeval = pytest.importorskip("pycocotools.cocoeval")
    rng, ours = np.random.default_rng(0), Metrics("abc")
    images, truths, found = [], [], []
    for k in range(30):
        boxes, _, labels = some_boxes(int(rng.integers(0, 9)), seed=k)
        near = np.concatenate(
            [boxes + rng.normal(0, 3, boxes.shape), some_boxes(4, seed=100 + k)[0]]
        )
        near[:, 2:] = np.maximum(near[:, 2:], near[:, :2] + 1)
        theirs = np.concatenate([labels, rng.integers(0, 3, 4)])
        confidences = rng.uniform(0, 1, len(near))
        ours.add(near, confidences, theirs, boxes, labels)
        images.append({"id": k})
        for box, label in zip(boxes, labels, strict=True):
            place = {
                "bbox": [*box[:2], *(box[2:] - box[:2])],
                "area": float(areas(box[None])[0]),
                "iscrowd": 0,
            }
            truths.append(
                {"id": len(truths) + 1, "image_id": k, "category_id": int(label), **place}
            )
        for box, label, c in zip(near, theirs, confidences, strict=True):
            place = {"bbox": [*box[:2], *(box[2:] - box[:2])], "score": float(c)}
            found.append({"image_id": k, "category_id": int(label), **place})
    with contextlib.redirect_stdout(io.StringIO()):
        truth = coco.COCO()
        truth.dataset = {
            "images": images,
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


def test_false_positives_and_misses_by_hand():
    m = Metrics("a")
    truth = np.array([[0, 0, 10, 10], [20, 20, 60, 60.0]])
    found = np.array([[0, 0, 10, 10], [80, 80, 90, 90], [21, 20, 60, 60.0]])
    m.add(found, np.array([0.9, 0.8, 0.7]), np.zeros(3, int), truth, np.zeros(2, int))
    assert m.false_positives(1.0) == (1.0, 0.7)
    assert m.false_positives(0.5) == (0.0, 0.9)
    assert m.by_size([0, 20, 100]) == [(0, 20, 1, 0), (20, 100, 1, 0)]
    m.add(np.zeros((0, 4)), np.zeros(0), np.zeros(0, int), truth[:1], np.zeros(1, int))
    assert m.by_size([0, 20, 100]) == [(0, 20, 2, 1), (20, 100, 1, 0)]
    assert m.false_positives(1.0) is None


@pytest.mark.parametrize("kind", ["coco", "voc", "yolo"])
def test_annotations_come_back(tmp_path, kind):
    from PIL import Image

    rows = []
    for k in range(2):
        Image.new("L", (40, 30)).save(tmp_path / f"{k}.png")
        rows.append(
            Annotation(tmp_path / f"{k}.png", np.array([[1, 2, 11, 22.0]])[:k], np.array([k])[:k])
        )
    write_annotations(tmp_path, kind, rows, ["cat", "dog"], [(30, 40)] * 2)
    back, names = read_annotations(tmp_path)
    assert names == (["dog"] if kind == "voc" else ["cat", "dog"])  # VOC names what is there
    assert [row.path.name for row in back] == ["0.png", "1.png"]
    np.testing.assert_allclose(back[1].boxes, rows[1].boxes, atol=1e-5)
    assert names[back[1].labels[0]] == "dog"


@pytest.mark.parametrize(("name", "text"), [("a.json", "{}"), ("a.xml", "<x>"), ("a.json", "[")])
def test_bad_annotations_are_named(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(NetkitError, match=f"{name}: is no whole annotation file"):
        read_annotations(tmp_path)
