"""Boxes that are difficult (Pascal VOC) or around a crowd (COCO): neither learnt nor counted."""

import json

import numpy as np
import pytest
from annotation_layouts import BOX, coco, voc, write

from netkit.annotations import read_annotated
from netkit.build.parts import boxes_of_classes
from netkit.dataset import Samples, as_ignored, told
from netkit.detection.boxes import inside
from netkit.moving import moved_labels
from netkit.plugins.datasets.boxes import Boxes
from netkit.plugins.scenes.annotated import Annotated
from netkit.windows.annotated import AnnotatedScenes
from netkit.windows.cutting import FREE, Plan, chosen
from netkit.windows.framing import Framing

OTHER = 1.0, 2.0, 9.0, 8.0


@pytest.fixture
def pascal(tmp_path):
    """A picture with a cat, a difficult dog and a plain dog; another one with a dog."""
    voc(tmp_path, "a", names=("cat",))
    voc(tmp_path, "b", names=("dog",))
    more = "".join(
        f"<object><name>dog</name><difficult>{d}</difficult><bndbox><xmin>{x}</xmin><ymin>3</ymin>"
        f"<xmax>{x + 7}</xmax><ymax>8</ymax></bndbox></object>"
        for d, x in ((1, 2), (0, 12))
    )
    text = (tmp_path / "a.xml").read_text().replace("</annotation>", f"{more}</annotation>")
    write(tmp_path / "a.xml", text)
    return tmp_path


@pytest.fixture
def crowded(tmp_path):
    """A COCO file of two pictures, each with a dog; the first has a crowd of dogs as well."""
    document = coco(tmp_path / "a.json", tmp_path, ["a.png", "b.png"])
    crowd = {"image_id": 0, "category_id": 7, "bbox": [1, 2, 8, 6], "iscrowd": 1}
    bare = {"image_id": 0, "category_id": 7, "segmentation": {"counts": [3, 5]}, "iscrowd": 1}
    document["annotations"] += [crowd, bare]
    write(tmp_path / "a.json", json.dumps(document))
    return tmp_path


def test_difficult_objects_of_pascal_voc_stand_apart(pascal):
    found = read_annotated(pascal, share=0)
    row = found.parts["train"][0]
    np.testing.assert_allclose(row.boxes, [BOX, (11, 2, 19, 8)])
    assert row.labels.tolist() == [0, 1]
    np.testing.assert_allclose(row.ignored.boxes, [OTHER])
    assert row.ignored.labels.tolist() == [1]
    assert row.ignored.crowds.tolist() == [False]
    assert found.notes == [f"1 box difficult, neither learnt nor counted: {pascal / 'a.png'}"]


def test_crowds_of_coco_stand_apart(crowded):
    found = read_annotated(crowded, share=0)
    row, other = found.parts["train"]
    np.testing.assert_allclose(row.boxes, [BOX])
    np.testing.assert_allclose(row.ignored.boxes, [OTHER])
    assert row.ignored.crowds.tolist() == [True]
    assert not len(other.ignored.boxes)
    assert found.notes == [
        f"1 box of a crowd (iscrowd), neither learnt nor counted: {crowded / 'a.png'}",
        f"1 crowd (iscrowd) without a bbox, left out: {crowded / 'a.json'}",
        "without a box: class cat",
    ]


def test_data_show_counts_them(pascal, cli):
    said = cli("data", "show", str(pascal))
    assert "1 box difficult, neither learnt nor counted" in said.stderr + said.stdout
    assert "dog  2 " in said.stdout


def test_scenes_say_so(pascal, crowded):
    scene = next(iter(Annotated(pascal / "a.xml")))
    assert scene.ignored.tolist() == [False, False, True]
    assert scene.labels.tolist() == [0, 1, 1]
    assert not scene.crowds.any()
    scene = next(iter(Annotated(crowded / "a.json")))
    assert scene.ignored.tolist() == [False, True]
    assert scene.crowds.tolist() == [False, True]


def test_labels_of_pictures_tell_them(pascal):
    data = Boxes(pascal / "a.xml", size=(20, 30), val_share=0)
    boxes, classes, ignored, crowds = told(data.train.labels[0])
    np.testing.assert_allclose(boxes, [BOX, (11, 2, 19, 8), OTHER])
    assert classes.tolist() == [0, 1, 1]
    assert ignored.tolist() == [False, False, True]
    assert not crowds.any()
    dogs = boxes_of_classes(Samples(data.train.images, data.train.labels), [1])
    _, classes, ignored, _ = told(dogs.labels[0])
    assert classes.tolist() == [0, 0]
    assert ignored.tolist() == [False, True]


def test_codes_are_taken_back():
    classes = np.arange(40).repeat(2)
    crowds = np.arange(80) % 2 == 1
    labels = np.zeros((81, 5), np.float32)
    labels[:80, 0] = as_ignored(classes, crowds)
    labels[80, 0] = -1
    _, again, ignored, many = told(labels)
    np.testing.assert_array_equal(again, classes)
    np.testing.assert_array_equal(many, crowds)
    assert ignored.all()


def test_one_that_has_mostly_left_the_image_is_no_background_all_the_same():
    """Where one to be found is forgotten, and one of less than a pixel in any case."""
    box = [0.0, 0.0, 20.0, 20.0]
    labels = np.array([[[1, *box], [-2, *box], [-3, *box], [-1, *box]]], np.float32)
    for by, kept in ((17, [-1, -2, -3, -1]), (19.5, [-1, -1, -1, -1]), (2, [1, -2, -3, -1])):
        move = np.array([[1, 0, by, 0, 1, 0]], float).T  # row r is taken from row r + by
        assert moved_labels(labels, [move], (1, 40, 40), np)[0, :, 0].tolist() == kept


def test_no_window_of_background_lies_in_one(pascal, crowded):
    for root in (pascal / "a.xml", crowded / "a.json"):
        rows = read_annotated(root, share=0).parts["train"][:1]
        scene = AnnotatedScenes(rows, 1.0, 1)[0]
        framing = Framing((8, 8))
        plan = Plan(np.array([9.0, 9.0]), 2.0, 400.0, 0.05, 0.1, (2.0, 9.0))
        rng = np.random.default_rng(0)
        boxes, labels = chosen(scene, plan, framing, background=2, rng=rng)
        taken = framing.windows(rows[0].ignored.boxes)
        within = inside(boxes[labels == 2], taken)
        assert len(within) > 50
        assert within.max() <= FREE
        assert len(labels[labels < 2]) == 9 * len(rows[0].boxes)
