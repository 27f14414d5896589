"""Every layout of annotated pictures is found by a look at the folder."""

import numpy as np
import pytest
from annotation_layouts import (
    BOX,
    LAYOUTS,
    coco,
    pascal_voc,
    picture,
    roboflow_yolo,
    ultralytics,
    write,
    yolo,
)

from netkit.annotations import read_annotated
from netkit.annotations.layout import is_annotated
from netkit.errors import NetkitError
from netkit.plugins.scenes.annotated import Annotated


@pytest.mark.parametrize(
    ("kind", "layout"), [(kind, layout) for kind, some in LAYOUTS.items() for layout in some]
)
def test_a_layout(tmp_path, kind, layout):
    layout(tmp_path)
    assert is_annotated(tmp_path)
    found = read_annotated(tmp_path)
    assert found.kind == kind
    assert found.classes == ["cat", "dog"]
    assert sorted(found.named) == ["train", "val"]
    for part, stem in (("train", "a"), ("val", "b")):
        (row,) = found.parts[part]
        assert row.path.stem == stem
        assert row.path.is_file()
        assert row.size == (30, 20)
        assert found.classes[row.labels[-1]] == "dog"
        np.testing.assert_allclose(row.boxes[-1], BOX, atol=1e-9)


def test_the_root_may_be_a_file(tmp_path):
    ultralytics(tmp_path)
    assert len(read_annotated(tmp_path / "data.yaml").parts["val"]) == 1
    coco(tmp_path / "x" / "boxes.json", tmp_path / "x", ["c.png", "sub/c.png"])
    found = read_annotated(tmp_path / "x" / "boxes.json")
    assert sum(map(len, found.parts.values())) == 2
    with pytest.raises(NetkitError, match=r"a\.png: give a folder, a COCO \.json or a data\.yaml"):
        read_annotated(tmp_path / "images" / "train" / "a.png")
    with pytest.raises(NetkitError, match="there is no such folder or file"):
        read_annotated(tmp_path / "nothing")


def test_a_folder_of_class_folders_is_not_annotated(tmp_path):
    for name in ("cat", "dog"):
        picture(tmp_path / name / "a.png")
    write(tmp_path / "metadata.json", '{"license": "none"}')
    write(tmp_path / "cat" / "notes.txt", "a cat")
    assert not is_annotated(tmp_path)
    with pytest.raises(NetkitError, match=r"is no whole annotation file|holds no COCO"):
        read_annotated(tmp_path)


def test_a_data_yaml_may_have_its_pictures_elsewhere_if_it_is_named(tmp_path):
    (tmp_path / "sets").mkdir()
    ultralytics(tmp_path / "sets" / "pets")
    yaml = tmp_path / "project" / "data.yaml"
    write(yaml, "path: ../sets/pets\ntrain: images/train\nval: images/val\nnames: [cat, dog]")
    assert len(read_annotated(yaml).parts["train"]) == 1
    with pytest.raises(NetkitError, match=r"train=.images/train.: there is no such folder or list"):
        read_annotated(yaml.parent)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("names: [a]\ntrain: ../../etc\n", "there is no such folder"),
        ("names: [a]\ntrain: /etc\n", "there is no such folder"),
        ("names: [a]\ntrain: 3\n", "train=3: name a folder"),
        ("names: {x: a}\n", "keys are the numbers"),
        ("names: {99999999: a}\n", "keys are the numbers"),
        ("names: [[a]]\n", "each is a word"),
        ("names: [a, b]\nnc: 3\n", "nc=3, and it names 2 classes"),
        ("names: &a [a]\ntrain: *a\n", "has the alias"),
        ("names: !!python/object/apply:os.system ['true']\n", "cannot be read as YAML"),
        ("names: [a]\n", "class 1 is none of the 1 in"),
    ],
)
def test_a_data_yaml_is_checked(tmp_path, text, said):
    yolo(tmp_path / "images", "a", tmp_path / "labels")
    write(tmp_path / "data.yaml", text)
    with pytest.raises(NetkitError, match=said) as caught:
        read_annotated(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_list_names_files_of_its_folder(tmp_path):
    yolo(tmp_path / "images", "a", tmp_path / "labels")
    write(tmp_path / "classes.txt", "cat\ndog\n")
    write(tmp_path / "train.txt", "/etc/a.png\n")
    with pytest.raises(NetkitError, match=r"train\.txt: ./etc/a\.png.: leads out of"):
        read_annotated(tmp_path)


def test_a_test_part_that_is_not_there(tmp_path):
    roboflow_yolo(tmp_path)
    assert "1 folder to test on named and not there" in " ".join(read_annotated(tmp_path).notes)


def test_trainval_and_test_alone(tmp_path):
    pascal_voc(tmp_path)
    sets = tmp_path / "ImageSets" / "Main"
    (sets / "train.txt").rename(sets / "trainval.txt")
    (sets / "val.txt").rename(sets / "test.txt")
    found = read_annotated(tmp_path)
    assert {part: len(rows) for part, rows in found.parts.items()} == {
        "train": 1,
        "val": 0,
        "test": 1,
    }


def test_a_second_kind_is_named(tmp_path):
    ultralytics(tmp_path)
    coco(tmp_path / "boxes.json", tmp_path, ["c.png"])
    assert "COCO annotations left out, YOLO serves" in read_annotated(tmp_path).notes[-1]


def test_a_yaml_of_something_else_is_passed_over(tmp_path):
    pascal_voc(tmp_path)
    write(tmp_path / "dvc.yaml", "a: &a 1\nb: *a\n")
    write(tmp_path / "other.yml", "x: 1\n")
    assert read_annotated(tmp_path).kind == "Pascal VOC"
    write(tmp_path / "data.yaml", "a: &a 1\nb: *a\n")
    with pytest.raises(NetkitError, match="has the alias"):
        read_annotated(tmp_path)


def test_parts_of_the_scenes(tmp_path, caplog):
    ultralytics(tmp_path / "divided")
    names = [scene.name for scene in Annotated(tmp_path / "divided")]
    assert names == ["images/val/b.png"]
    (scene,) = Annotated(tmp_path / "divided", part="train", channels=3)
    assert scene.name == "images/train/a.png"
    assert scene.image.shape == (3, 20, 30)
    with pytest.raises(NetkitError, match=r"part=test: .* has no such images: it has train, val"):
        Annotated(tmp_path / "divided", part="test")
    yolo(tmp_path / "whole", "abcdefgh")
    write(tmp_path / "whole" / "classes.txt", "cat\ndog\n")
    assert len(Annotated(tmp_path / "whole")) == 8
    kept = {scene.name for scene in Annotated(tmp_path / "whole", share=0.3, seed=1)}
    val = read_annotated(tmp_path / "whole", share=0.3, seed=1).parts["val"]
    assert kept == {row.path.name for row in val}
    pascal_voc(tmp_path / "voc")
    sets = tmp_path / "voc" / "ImageSets" / "Main"
    (sets / "val.txt").rename(sets / "test.txt")
    (scene,) = Annotated(tmp_path / "voc")
    assert scene.name == "JPEGImages/b.png"
    assert "names no val: its part test is measured" in caplog.text
    (sets / "test.txt").unlink()
    (scene,) = Annotated(tmp_path / "voc")
    assert scene.name == "JPEGImages/a.png"
