"""Annotations, written and read back."""

import numpy as np
import pytest

from netkit.annotations import read_annotated
from netkit.annotations.writing import Coco, Voc, Yolo
from netkit.detection.detector import Detection
from netkit.errors import NetkitError
from netkit.files.sources import Frame


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
    again = read_annotated(tmp_path, share=0)
    back, names = again.parts["train"], again.classes
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
        read_annotated(tmp_path)
