"""Folders of annotated pictures: what serves for what."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from netkit.annotations import read_annotated

BCCD = Path(__file__).parents[2].parent / "shared" / "data" / "bccd"


def yolo(folder, names):
    (folder / "classes.txt").write_text("cat\ndog\n")
    for name in names:
        Image.fromarray(np.zeros((20, 30), np.uint8)).save(folder / f"{name}.png")
        (folder / f"{name}.txt").write_text("1 0.5 0.5 0.2 0.2\n")


def test_a_split_by_share_is_kept_when_pictures_are_added(tmp_path):
    yolo(tmp_path, range(100))
    before = read_annotated(tmp_path).parts
    assert 10 <= len(before["val"]) <= 30
    assert len(before["train"]) + len(before["val"]) == 100
    yolo(tmp_path, range(100, 150))
    after = read_annotated(tmp_path).parts
    for part in ("train", "val"):
        assert {r.path for r in before[part]} < {r.path for r in after[part]}
    other = read_annotated(tmp_path, seed=1).parts["val"]
    assert {r.path for r in other} != {r.path for r in after["val"]}


@pytest.mark.parametrize("seed", range(5))
def test_each_part_of_two_pictures_has_one(tmp_path, seed):
    yolo(tmp_path, "ab")
    parts = read_annotated(tmp_path, seed=seed).parts
    assert len(parts["train"]) == len(parts["val"]) == 1
    assert not read_annotated(tmp_path, share=0, seed=seed).parts["val"]


@pytest.mark.skipif(not BCCD.is_dir(), reason="needs shared/data/bccd")
def test_lists_of_pascal_voc():
    found = read_annotated(BCCD)
    assert found.kind == "Pascal VOC"
    assert found.classes == ["Platelets", "RBC", "WBC"]
    assert {part: len(rows) for part, rows in found.parts.items()} == {"train": 205, "val": 87}
