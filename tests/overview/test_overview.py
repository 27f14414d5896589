"""What is said of a data set before a run: its lines and its warnings."""

import json

import numpy as np
import pytest
from PIL import Image

from netkit.build.parts import make_data
from netkit.config.compose import compose
from netkit.dataset import Dataset, Samples
from netkit.files.found import Found
from netkit.overview.data import classes_text, data_lines, data_warnings
from netkit.overview.duplicates import duplicates
from netkit.plugins.datasets.folder import Folder


def dataset(train, val, classes="ab", shape=(1, 4, 4), seed=0):
    """A set of random images with these labels."""
    rng = np.random.default_rng(seed)
    parts = [
        (rng.integers(0, 256, (len(labels), *shape), np.uint8), np.array(labels, np.int64))
        for labels in (train, val)
    ]
    return Dataset(*parts, classes)


def test_lines_of_mnist(registry):
    data = make_data(registry, compose("train", []))
    lines = dict(data_lines(data, "mnist"))
    assert lines["data"] == "mnist: 2,000 images to train on, 1,000 to test on"
    counts = np.bincount(data.train.labels)
    assert lines["classes"] == "10: " + ", ".join(f"{k} {n}" for k, n in enumerate(counts))
    assert lines["images"] == "28x28, grey"
    assert data_warnings(data) == []


CLASSES = [
    (["a", "b"], [5, 5], "2, 5 images each: a, b"),
    (["a", "b"], [5, 1200], "2: a 5, b 1200"),
    (
        [f"class{k}" for k in range(30)],
        list(range(1, 31)),
        "30, 1 (class0) to 30 (class29) images: class0, ",
    ),
    (["x" * 300, "y"], [3, 3], "2, 3 images each: " + "x" * 20),
    (["a\x1b[31m", "b"], [1, 2], "2: a\\x1b[31m 1, b 2"),
]


@pytest.mark.parametrize(("names", "counts", "start"), CLASSES)
def test_classes_fit_on_a_line(names, counts, start):
    text = classes_text(names, np.array(counts))
    assert text.startswith(start)
    assert len(text) <= 100
    assert "\n" not in text


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_duplicates_are_those_of_a_plain_loop(dtype):
    rng = np.random.default_rng(0)
    train = rng.integers(0, 2, (300, 1, 2, 3)).astype(dtype)  # 64 different ones
    val = rng.integers(0, 3, (50, 1, 2, 3)).astype(dtype)
    slow = {}
    for k, one in enumerate(val):
        same = [n for n, other in enumerate(train) if (one == other).all()]
        if same:
            slow[k] = same[0]
    assert slow
    labels = np.zeros(300, np.int64)
    assert dict(duplicates(Samples(train, labels), Samples(val, labels[:50]))) == slow


def test_duplicates_of_memory_maps_larger_than_a_block(tmp_path):
    path = tmp_path / "x.npy"
    images = np.lib.format.open_memmap(path, "w+", np.uint8, (3000, 3, 32, 32))
    images[:] = np.random.default_rng(0).integers(0, 256, images.shape, np.uint8)
    labels = np.zeros(3000, np.int64)
    val = np.stack([images[2999], images[5] + 1, images[1400]])
    found = duplicates(Samples(images, labels), Samples(val, labels[:3]))
    assert found == [(0, 2999), (2, 1400)]


def test_warnings():
    data = dataset([0, 0, 1] * 3, [0] * 6, ["a", "b", "c"])
    said = data_warnings(data)
    assert said == ["without images to train on: c", "without images to test on: b, c"]
    again = dataset([0, 1], [0, 1])
    again.val = Samples(again.train.images[[1, 0]], again.train.labels)
    (line,) = data_warnings(again)
    assert line == (
        "2 of 2 images to test on are trained on as well, pixel for pixel, 2 of them in another "
        "class: number 0 is number 1 to train on"
    )


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """Two classes of photographs of several sizes: one turned, one twice, one broken, one deep."""
    monkeypatch.setenv("NETKIT_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    for part, count in (("train", 4), ("val", 2)):
        for name in ("cat", "dog"):
            folder = tmp_path / "set" / part / name
            folder.mkdir(parents=True)
            for k in range(count):
                pixels = rng.integers(0, 256, (10 + k, 20, 3), np.uint8)
                Image.fromarray(pixels).save(folder / f"{k}.png")
    root = tmp_path / "set"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 30), (9, 99, 200)).save(root / "train" / "cat" / "turned.jpg", exif=exif)
    (root / "train" / "dog" / "broken.png").write_bytes(b"no picture")
    copy = (root / "train" / "dog" / "1.png").read_bytes()
    (root / "val" / "cat" / "copy.png").write_bytes(copy)  # a dog
    deep = rng.integers(0, 4096, (12, 12)).astype(np.uint16)
    deep[0, 0] = 4095
    Image.fromarray(deep).save(root / "val" / "dog" / "deep.tif")
    return root


def test_of_a_folder(photos, cli):
    said = cli("train", "data=folder", f"root={photos}", "arch=linear", "iterations=1")
    for line in (
        f"data     folder {photos}: 9 images to train on, 6 to test on\n",
        "classes  2: cat 5, dog 4\n",
        "images   32x32, colour; in the files 12x12 to 30x40, the median 20x11\n",
    ):
        assert line in said.stdout
    log = next(photos.parent.glob("outputs/*/*/train.log")).read_text()
    report = next(photos.parent.glob("outputs/*/*/report.html")).read_text()
    for line in (
        "1 file left out, cannot be read: train/dog/broken.png (cannot identify image file",
        "1 file to test on: trained on as well, pixel for pixel: val/cat/copy.png is train/"
        "dog/1.png",
        "1 file in two classes, pixel for pixel: val/cat/copy.png is train/dog/1.png",
        "1 file turned upright, as EXIF says",
        "1 file with more than 8 bits brought to 8, 65,535 is white; the brightest pixel is 4,095",
    ):
        assert f"netkit: {line}" in said.stderr
        assert line in log
        assert line in report
    again = Folder(str(photos))  # from the cache, which keeps what was found
    assert len(data_warnings(again)) == 5
    assert again.found.sizes[2] == [30, 40]  # as it is seen, upright


def test_what_a_damaged_set_says_is_left(photos):
    """The set itself is whole: it serves, and nothing is said of its files."""
    data = Folder(str(photos))
    path = next(photos.parent.glob("cache/folders/*/set.json"))
    whole = json.loads(path.read_text())
    assert data.found == Found.of(whole["found"], str(path.parent))
    for name in whole["found"]:
        if name == "folder":
            continue
        path.write_text(json.dumps(whole | {"found": whole["found"] | {name: "three"}}))
        assert Folder(str(photos)).found is None
        assert len(data_lines(Folder(str(photos)), "photos")) == 3


def test_many_files_are_named_in_the_set():
    bad = [[f"{k}.png", "no picture"] for k in range(5)]
    (line,) = Found([[1, 1]] * 3, unreadable=bad, folder="out").warnings()
    assert line == (
        "5 files left out, cannot be read: 0.png (no picture), 1.png (no picture), 2.png (no "
        "picture) and 2 more, see out/set.json"
    )
