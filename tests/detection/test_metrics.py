"""What is measured of detection: COCO's numbers; and annotations, written and read back."""

import contextlib
import io

import numpy as np
import pytest
from boxes import some_boxes

from netkit.annotations.reading import read_annotations
from netkit.annotations.writing import Coco, Voc, Yolo
from netkit.detection.boxes import areas
from netkit.detection.detector import Detection
from netkit.detection.metrics import Metrics
from netkit.errors import NetkitError
from netkit.files.sources import Frame


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
        ours.add(near, confidences, theirs, true_boxes=boxes, true_labels=labels)
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
    there = {"true_boxes": truth, "true_labels": np.zeros(2, int)}
    m.add(found, np.array([0.9, 0.8, 0.7]), np.zeros(3, int), **there)
    assert m.false_positives(1.0) == (1.0, 0.7)
    assert m.false_positives(0.5) == (0.0, 0.9)
    assert m.by_size([0, 20, 100]) == [(0, 20, 1, 0), (20, 100, 1, 0)]
    there = {"true_boxes": truth[:1], "true_labels": np.zeros(1, int)}
    m.add(np.zeros((0, 4)), np.zeros(0), np.zeros(0, int), **there)
    assert m.by_size([0, 20, 100]) == [(0, 20, 2, 1), (20, 100, 1, 0)]
    assert m.false_positives(1.0) is None


@pytest.mark.parametrize("kind", ["coco", "voc", "yolo"])
def test_detections_come_back_as_annotations(tmp_path, kind):
    from PIL import Image

    classes, image = ["cat", "dog"], np.zeros((1, 30, 40), np.uint8)
    writer = {
        "coco": lambda: Coco(tmp_path / "coco.json", classes),
        "voc": lambda: Voc(tmp_path),
        "yolo": lambda: Yolo(tmp_path, classes),
    }[kind]()
    box = 1.0, 2.0, 11.0, 22.0
    for k, found in enumerate(([], [Detection(1, "dog", 0.75, box)])):
        Image.fromarray(image[0]).save(tmp_path / f"{k}.png")
        writer.add(Frame(f"{k}.png", image), found)
    writer.close()
    back, names = read_annotations(tmp_path)
    assert names == (["dog"] if kind == "voc" else classes)  # VOC names what is there
    assert [row.path.name for row in back] == ["0.png", "1.png"]
    assert len(back[0].boxes) == 0
    np.testing.assert_allclose(back[1].boxes, [box], atol=1e-5)
    assert names[back[1].labels[0]] == "dog"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.json", "{}", "is no whole annotation file"),
        ("a.xml", "<x>", "is no whole annotation file"),
        ("a.json", "[", "is damaged .*: copy or write it anew"),
    ],
)
def test_bad_annotations_are_named(tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    with pytest.raises(NetkitError, match=f"{name}: {said}"):
        read_annotations(tmp_path)
