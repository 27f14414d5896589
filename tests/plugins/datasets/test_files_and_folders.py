"""Samples in a user's files: arrays, folders of images, compiled sets, some of the classes."""

import tracemalloc

import numpy as np
import pytest
from PIL import Image

from netkit.build.parts import make_data
from netkit.config.compose import compose
from netkit.dataset import Dataset, Samples
from netkit.errors import NetkitError
from netkit.files.idx import write_matrix
from netkit.net import Net
from netkit.plugins.datasets.files import Files
from netkit.plugins.datasets.folder import Folder
from netkit.training.trainer import Trainer


@pytest.fixture
def arrays(tmp_path):
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (12, 5, 6), np.uint8), np.arange(12) % 3
    np.save(tmp_path / "x.npy", images)
    np.save(tmp_path / "y.npy", labels)
    np.savez(
        tmp_path / "keras.npz", x_train=images, y_train=labels, x_test=images[:6], y_test=labels[:6]
    )
    write_matrix(tmp_path / "x.mat", images, "mat")
    write_matrix(tmp_path / "y.mat", labels.astype(np.int32), "mat")
    return tmp_path, images, labels


FILES = [
    {"train": "x.npy", "train_labels": "y.npy", "val": "x.npy", "val_labels": "y.npy"},
    {"train": "x.mat", "train_labels": "y.mat", "val": "x.npy", "val_labels": "y.npy"},
    {"train": "keras.npz", "val": "keras.npz"},
]


@pytest.mark.parametrize("files", FILES)
def test_files(arrays, files):
    root, images, labels = arrays
    data = Files(root, **files)
    assert data.shape == (1, 5, 6)
    assert np.array_equal(data.train.images[:, 0], images)
    assert np.array_equal(data.train.labels, labels)
    assert data.classes == ["0", "1", "2"]
    assert data.coeff == 0.01
    mixed = Files(root, **files, shuffle_data=True, train_size=9, train_classes=["a", "b", "c"])
    assert not np.array_equal(mixed.train.labels, labels[:9])
    assert mixed.classes[2] == "c"


BAD = [
    ({"train": "x.npy"}, "train_labels=null: name the file with the classes of x.npy"),
    ({"train": "no.npy", "train_labels": "y.npy"}, "no.npy: there is no such file"),
    ({"train": "y.npy", "train_labels": "y.npy"}, "are no images"),
    ({"train": "x.npy", "train_labels": "x.npy"}, "are no classes"),
    ({}, "no set.json there"),
]


@pytest.mark.parametrize(("files", "message"), BAD)
def test_bad_files(arrays, files, message):
    with pytest.raises(NetkitError, match=message):
        Files(arrays[0], **{"val": "x.npy", "val_labels": "y.npy"} | files)


def test_folder(pictures):
    data = Folder(str(pictures), size=[8, 16], val_share=0.2)
    assert data.classes == ["dark", "light"]
    assert (len(data.train), len(data.val)) == (12, 3)
    assert data.shape == (1, 8, 16)
    assert isinstance(data.train.images, np.memmap)
    for image, label in zip(*data.train, strict=True):
        assert abs(int(image[0, 4, 8]) - (40, 200)[label]) <= 1
    wide = np.asarray(data.train.images)[:, 0]
    assert (wide[:, 0] == 0).any()  # a wide image is padded above
    made = list(pictures.parent.glob("cache/folders/*"))
    Folder(str(pictures), size=[8, 16])
    assert list(pictures.parent.glob("cache/folders/*")) == made
    Image.new("L", (20, 10), 200).save(pictures / "light" / "new.png")
    assert len(Folder(str(pictures), size=[8, 16]).train) == 13


def test_folder_limits(pictures):
    assert np.bincount(Folder(str(pictures), size=8, balance=True).train.labels).tolist() == [4, 4]
    few = Folder(str(pictures), size=8, per_class=3, val_share=0, fit="crop", channels=3)
    assert (len(few.train), len(few.val), few.shape) == (6, 0, (3, 8, 8))
    assert few.train.images.min() >= 39  # nothing is padded
    for wrong, message in (
        ({"fit": "zoom"}, "fit=zoom: there are pad"),
        ({"size": 0}, "size=0"),
        ({"val_share": 1}, "val"),
    ):
        with pytest.raises(NetkitError, match=message):
            Folder(str(pictures), **wrong)


def test_channels_are_those_of_the_images(pictures, registry):
    """Grey while no image has a colour, however it is stored; colour once one has."""
    Image.new("RGB", (12, 10), (90, 90, 90)).save(pictures / "dark" / "grey.jpg")
    grey = Folder(str(pictures), size=8)
    assert grey.shape == (1, 8, 8)
    as_told = Folder(str(pictures), size=8, channels=1)
    assert np.array_equal(grey.train.images, as_told.train.images)
    Image.new("RGB", (12, 10), (90, 90, 91)).save(pictures / "light" / "blue.png")
    colour = Folder(str(pictures), size=8)
    assert colour.shape == (3, 8, 8)
    as_told = Folder(str(pictures), size=8, channels=3)
    assert np.array_equal(colour.train.images, as_told.train.images)
    with pytest.raises(NetkitError, match="channels=2: there are 1, 3, auto"):
        Folder(str(pictures), size=8, channels=2)
    cfg = compose("train", ["data=folder", f"root={pictures}", "arch=linear"])
    assert make_data(registry, cfg).shape[0] == 3


def test_compile(cli, pictures, tmp_path):
    (pictures / "dark" / "broken.png").write_bytes(b"no picture")
    done = cli(
        "data",
        "compile",
        str(pictures),
        "out",
        "--size",
        "8",
        "8",
        "--per-class",
        "4",
        "--val-share",
        "0.25",
    )
    assert "2 classes" in done.stdout
    words = "data=files", "root=out", "arch=linear", "iterations=1"
    trained = cli("train", *words)
    assert "data     files out: 6 images to train on, 2 to test on\n" in trained.stdout
    assert "\ni=1 " in trained.stdout
    assert "2 files to test on: trained on as well, pixel for pixel: dark/" in trained.stderr
    again = cli("data", "compile", str(pictures), "out", code=1)
    assert "is there already" in again.stderr
    assert not list(tmp_path.glob(".*part*"))


def test_some_classes(registry):
    def classes(*words):
        data = make_data(registry, compose("train", ["train_size=200", "val_size=100", *words]))
        assert set(data.train.labels) == set(range(len(data.classes)))
        return data.classes

    assert classes("limit_classes=3") == ["0", "1", "2"]
    assert classes("limit_classes=[7,1]") == ["7", "1"]
    assert len(classes("limit_classes=3", "limit_classes_random=true")) == 3
    with pytest.raises(
        NetkitError, match="limit_classes=11: give a number from 1 to 10, or some of 0, 1"
    ):
        classes("limit_classes=11")


def test_training_from_a_memory_map_takes_memory_for_batches_alone(registry, tmp_path):
    """40,000 images in a file of 31 MB: an iteration over them takes a few bytes a sample and the
    batch.
    """
    rng = np.random.default_rng(0)
    images = np.lib.format.open_memmap(tmp_path / "images.npy", "w+", np.uint8, (40_000, 1, 28, 28))
    images[::100] = 200
    images.flush()
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    data = Dataset(
        Samples(mapped, rng.integers(0, 10, 40_000)),
        Samples(mapped[:50], np.zeros(50, int)),
        "0123456789",
    )
    ops = registry.make("backend", {"type": "numpy", "threads": 1})
    net = Net(
        registry.layers({"f": {"type": "linear", "out": "noutputs"}}, 10),
        (1, 28, 28),
        ops,
        coeff=0.001,
    )
    energy = registry.make("energy", {"type": "l2"}).bind(ops, net, 10)
    trainer = Trainer(
        net,
        data,
        energy,
        optimizer=registry.make("optimizer", {"type": "sgd"}),
        folder=tmp_path,
        iterations=1,
        batch_size=64,
    )
    tracemalloc.start()
    try:
        trainer.run()
        assert tracemalloc.get_traced_memory()[1] < 6e6
    finally:
        tracemalloc.stop()


CLASSES = [
    (b"cat\ndog\ncat\n", "'cat' stands there twice, as number 0 and 2"),
    (b"cat\n", "labels run from 0 to 2, but there are 1 classes"),
    (b"caf\xe9\n", "no UTF-8"),
]


@pytest.mark.parametrize(("text", "message"), CLASSES)
def test_class_names_that_do_not_fit(arrays, text, message):
    root, *_ = arrays
    (root / "classes.txt").write_bytes(text)
    with pytest.raises(NetkitError, match=message):
        Files(root, **FILES[0], train_classes=str(root / "classes.txt"))


def test_class_names_with_other_ends_of_lines(arrays):
    root, *_ = arrays
    (root / "classes.txt").write_bytes(b"\xef\xbb\xbfcat\r\ndog\r\nbird\r\n")
    data = Files(root, **FILES[0], train_classes=str(root / "classes.txt"))
    assert data.classes == ["cat", "dog", "bird"]
