"""What netkit detect writes for labelling tools, read again."""

import numpy as np
import pytest
from annotation_layouts import SIZE, picture

from netkit.annotations import read_annotated
from netkit.annotations.labelled import LabelledSet
from netkit.detection.detector import Detection
from netkit.files.images import read_image
from netkit.files.sources import Frame

CLASSES = ["cat", "dog: 1", "emu\x1b"]
FOUND = [
    Detection(0, "cat", 0.9, (1.25, 2, 11, 17.5)),
    Detection(2, "emu\x1b", 0.3, (0, 0, 30, 20)),
]


def frames(folder):
    """Yield frames of two files of one name, of a video, and with nothing found."""
    for name in ("x/a.png", "y/a.jpg", "y/b.png"):
        picture(folder / name)
        yield Frame(str(folder / name), read_image(folder / name, 3)), FOUND
    image = np.full((3, 20, 30), 77, np.uint8)
    yield Frame("film.mp4[3]", image, "film"), FOUND[:1]
    yield Frame("film.mp4[4]", image, "film"), []


def test_background_is_no_class_of_a_set(tmp_path):
    writer = LabelledSet(tmp_path, "yolo", ["background", "cat"], background=0)
    frame = Frame("film.mp4[3]", np.zeros((1, 20, 30), np.uint8), "film")
    writer.add(frame, [Detection(1, "cat", 0.9, (1, 2, 11, 17))])
    found = read_annotated(tmp_path)
    assert found.classes == ["cat"]
    assert found.parts["train"][0].labels.tolist() == [0]
    assert found.notes == []


@pytest.mark.parametrize("form", ["yolo", "voc", "coco"])
@pytest.mark.parametrize("mirror", [False, True])
def test_a_set_is_read_again(tmp_path, form, mirror):
    writer = LabelledSet(tmp_path / "set", form, CLASSES, mirror=mirror)
    for frame, found in frames(tmp_path):
        writer.add(frame, found)
    writer.close()
    again = read_annotated(tmp_path / "set", share=0)
    names = ["a-2", "a", "b", "film-00003", "film-00004"]
    rows = {row.path.stem: row for row in again.parts["train"]}
    assert sorted(rows) == sorted(names)
    assert all(row.size == SIZE for row in rows.values())
    for name, count in zip(names, (2, 2, 2, 1, 0), strict=True):
        row = rows[name]
        boxes = np.array([d.box for d in FOUND[:count]]).reshape(-1, 4)
        np.testing.assert_allclose(row.boxes, boxes, atol=1e-5)
        said = [again.classes[k] for k in row.labels]
        assert [name[:3] for name in said] == [d.name[:3] for d in FOUND[:count]]
    copied = (tmp_path / "y" / "b.png").read_bytes() == rows["b"].path.read_bytes()
    assert copied is not mirror
    unexpected = [n for n in again.notes if not n.startswith("without a box") and "byte" not in n]
    assert unexpected == []


def test_ultralytics_takes_lines_without_confidences(tmp_path):
    writer = LabelledSet(tmp_path, "yolo", CLASSES)
    writer.add(Frame("film.mp4[3]", np.zeros((1, 20, 30), np.uint8), "film"), FOUND)
    lines = (tmp_path / "labels" / "film-00003.txt").read_text().splitlines()
    assert [len(line.split()) for line in lines] == [5, 5]
