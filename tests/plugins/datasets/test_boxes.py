"""data=boxes: pictures brought to one size with their boxes."""

import logging

import numpy as np
import pytest
from pictures_of_shapes import write_yolo
from PIL import Image

from netkit.build.parts import boxes_of_classes, limit_classes
from netkit.config.compose import compose
from netkit.dataset import Dataset
from netkit.errors import NetkitError
from netkit.plugins.datasets import boxes as module
from netkit.plugins.datasets.boxes import Boxes


def written(folder, pictures):
    """Write pictures {name: (size, grey level, rows)} as YOLO has them."""
    folder.mkdir(exist_ok=True)
    (folder / "classes.txt").write_text("cat\ndog\n")
    for name, (size, colour, rows) in pictures.items():
        Image.new("RGB", size, colour).save(folder / f"{name}.png")
        (folder / f"{name}.txt").write_text("\n".join(" ".join(map(str, row)) for row in rows))
    return folder


def test_boxes_go_with_their_pictures_whatever_their_shape(tmp_path):
    middle = [(1, 0.5, 0.5, 0.5, 0.5)]
    sizes = {"wide": (80, 40), "tall": (40, 80), "large": (160, 80), "small": (8, 4)}
    pictures = {name: (size, (200, 20, 20), middle) for name, size in sizes.items()}
    data = Boxes(written(tmp_path / "set", pictures), size=[40, 80], val_share=0)
    assert data.boxes
    assert data.shape == (3, 40, 80)
    found = dict(zip(data.sample_names("train"), data.train.labels, strict=True))
    for name, (width, height) in sizes.items():
        assert found[f"{name}.png"][0, 0] == 1
        scale = min(80 / width, 40 / height)
        w, h = scale * width / 2, scale * height / 2
        expected = [40 - w / 2, 20 - h / 2, 40 + w / 2, 20 + h / 2]
        np.testing.assert_allclose(found[f"{name}.png"][0, 1:], expected, atol=1e-4)
    tall = data.train.images[data.sample_names("train").index("tall.png")]
    assert (tall[:, :, :30] == 0).all()  # beside it, as a detector pads
    assert (tall[0, :, 30:50] == 200).all()


def test_the_size_is_that_of_the_pictures(tmp_path):
    row = [(0, 0.5, 0.5, 0.3, 0.3)]
    for size, expected in (
        ((640, 480), (240, 320)),
        ((96, 80), (80, 96)),
        ((900, 900), (272, 272)),
    ):
        folder = written(tmp_path / f"{size}", {f"p{k}": (size, (9, 80, 9), row) for k in range(3)})
        assert Boxes(folder).shape[1:] == expected


def test_pictures_of_small_things_are_enlarged(tmp_path):
    row = [(0, 0.5, 0.5, 0.1, 0.1)]
    for size, expected in (((64, 48), (176, 224)), ((300, 300), (272, 272))):
        folder = written(tmp_path / f"{size}", {f"p{k}": (size, (9, 80, 9), row) for k in range(3)})
        assert Boxes(folder).shape[1:] == expected


def test_pictures_of_large_things_are_reduced_as_far_as_small_ones_allow(tmp_path):
    large, small = (0, 0.5, 0.5, 0.9, 0.6), (0, 0.5, 0.5, 0.1, 0.1)
    for rows, expected in (([large], (80, 112)), ([large, small], (176, 224))):
        folder = written(
            tmp_path / f"{len(rows)}", {f"p{k}": ((640, 480), (9, 80, 9), rows) for k in range(3)}
        )
        assert Boxes(folder).shape[1:] == expected


def test_grey_pictures_have_one_channel(tmp_path):
    row = [(0, 0.5, 0.5, 0.5, 0.5)]
    grey = {f"p{k}": ((32, 32), (50, 50, 50), row) for k in range(4)}
    assert Boxes(written(tmp_path / "grey", grey)).shape[0] == 1
    assert Boxes(tmp_path / "grey", channels=3).shape[0] == 3
    mixed = grey | {"p9": ((32, 32), (50, 60, 50), row)}
    folder = written(tmp_path / "mixed", mixed)
    assert Boxes(folder).shape[0] == 3
    assert Boxes(folder, channels=1).shape[0] == 1


def test_boxes_are_cut_to_the_picture_and_those_of_no_size_go(tmp_path):
    rows = [(0, 0.0, 0.5, 0.5, 0.5), (1, 0.5, 0.5, 0.002, 0.5)]
    folder = written(tmp_path / "set", {"p": ((64, 64), (9, 80, 9), rows)})
    labels = Boxes(folder, size=[64, 64], val_share=0).train.labels
    assert labels.shape == (1, 1, 5)
    np.testing.assert_allclose(labels[0, 0], [0, 0, 16, 16, 48])


def test_what_cannot_be_trained_on(tmp_path, caplog):
    with pytest.raises(NetkitError, match="root=null: name the folder"):
        Boxes()
    none = written(tmp_path / "none", {"p": ((32, 32), (9, 80, 9), [])})
    with pytest.raises(NetkitError, match="no box on any of its 1 pictures"):
        Boxes(none)
    paths = write_yolo(tmp_path / "some", 6)
    paths[2].write_bytes(paths[2].read_bytes()[:60] + b"broken")
    with caplog.at_level(logging.WARNING):
        data = Boxes(tmp_path / "some", val_share=0, size=[64, 64])
    assert len(data.train) == 5
    assert "1 of 6 pictures left out" in caplog.text
    assert "p002.png" in caplog.text


def test_many_pictures_are_kept_in_a_file(tmp_path, monkeypatch):
    write_yolo(tmp_path / "set", 5)
    memory = Boxes(tmp_path / "set", seed=1)
    monkeypatch.setattr(module, "IN_MEMORY", 1000)
    mapped = Boxes(tmp_path / "set", seed=1)
    np.testing.assert_array_equal(mapped.train.images, memory.train.images)
    assert isinstance(mapped.train.images.base, np.memmap) or isinstance(
        mapped.train.images, np.memmap
    )


def test_some_of_the_classes(tmp_path):
    write_yolo(tmp_path / "set", 12, most=6)
    data = Boxes(tmp_path / "set", val_share=0)
    before = (data.train.labels[..., 0] == 1).sum()
    limit_classes(data, ["square"], False, seed=0)
    assert data.classes == ["square"]
    assert (data.train.labels[..., 0] == 0).sum() == before
    assert len(data.train) == 12
    assert set(np.unique(boxes_of_classes(data.train, [0]).labels[..., 0])) <= {-1.0, 0.0}


def test_labels_that_are_no_boxes():
    class Made(Dataset):
        boxes = True

        def __init__(self, labels):
            images = np.zeros((2, 1, 8, 8), np.uint8)
            super().__init__((images, np.array(labels, float)), (images[:0], labels[:0]), ["a"])

    good = np.array([[[0, 1, 1, 4, 4]], [[-1, 0, 0, 0, 0]]], np.float32)
    assert Made(good).train.labels.dtype == np.float32
    with pytest.raises(NetkitError, match=r"give images \(N, C, H, W\) and labels \(N, M, 5\)"):
        Made(good[:, 0])
    with pytest.raises(NetkitError, match="whose x1, y1 are not beyond"):
        Made(good * [1, 1, 1, 0, 1])
    good[0, 0, 0] = 2
    with pytest.raises(NetkitError, match="labels run from 0 to 2, but there are 1 classes"):
        Made(good)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["energy=cross_entropy"], "energy=cross_entropy: takes one class an image"),
        (["class_weight=balanced"], "class_weight=balanced: is for images of one class each"),
        (["augment.mixup=0.2"], "mixup changes images in a way that their boxes do not follow"),
        (["+augment.layers.jitter.elastic=2", "augment.jitter=true"], "jitter changes images"),
        (["arch=lenet5"], "answers for the image as a whole"),
    ],
)
def test_what_does_not_go_with_boxes(registry, tmp_path, words, said):
    from netkit.build.training import make_trainer

    write_yolo(tmp_path / "set", 4)
    cfg = compose("train", ["arch=finder", "data=boxes", f"root={tmp_path / 'set'}", *words])
    with pytest.raises(NetkitError, match=said):
        make_trainer(registry, cfg, tmp_path)


def test_boxes_need_data_with_boxes(registry, tmp_path):
    from netkit.build.training import make_trainer

    with pytest.raises(NetkitError, match="energy=boxes: takes boxes, and data=mnist has one"):
        make_trainer(registry, compose("train", ["energy=boxes"]), tmp_path)
