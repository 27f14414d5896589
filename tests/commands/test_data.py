"""netkit data show: what is said of a folder, a file or a data set, and the sheet that is drawn."""

import numpy as np
import pytest
from PIL import Image

from netkit.dataset import Dataset
from netkit.pictures.sheet import draw_sheet

COLOURS = {"blue": (20, 40, 220), "green": (10, 200, 60), "red": (230, 10, 10)}


@pytest.fixture
def photos(tmp_path):
    """Three classes of five images, each in a colour of its own."""
    for k, (name, colour) in enumerate(COLOURS.items()):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for n in range(5):
            image = Image.new("RGB", (40, 30 + n), tuple(min(255, v + n) for v in colour))
            image.save(tmp_path / "photos" / name / f"{k}{n}.png")
    return tmp_path / "photos"


def test_a_folder(cli, photos, tmp_path):
    done = cli(
        "data", "show", "photos", "data.size=48", "--columns", "3", NETKIT_CACHE=str(tmp_path)
    )
    assert done.stdout.splitlines() == [
        "data     photos: 12 images to train on, 3 to test on",
        "classes  3, 4 images each: blue, green, red",
        "images   48x48, colour; in the files 40x30 to 40x34, the median 40x32",
        "sheet    photos-sheet.png",
    ]
    pixels = np.asarray(Image.open(tmp_path / "photos-sheet.png").convert("RGB")).astype(int)
    places = []
    for colour in COLOURS.values():
        found = np.argwhere(abs(pixels - colour).max(axis=2) < 6)
        assert len(found) > 3 * 40 * 30  # three samples, each with black above and below
        places.append(found[:, 0].mean())
    assert places == sorted(places)  # a row a class, from top to bottom
    again = cli("train", "data=folder", "root=photos", "data.size=48", "iterations=1", "arch=mlp")
    assert again.stdout.splitlines()[1:3] == done.stdout.splitlines()[1:3]


def test_what_else_is_shown(cli, tmp_path, photos):
    said = cli("data", "show", "mnist", "--out", "digits.png").stdout.splitlines()
    assert said[0] == "data     mnist: 2,000 images to train on, 1,000 to test on"
    assert (tmp_path / "digits.png").is_file()
    cli("data", "compile", "photos", "out", "--size", "8", "8")
    assert "out: 12 images to train on" in cli("data", "show", "out").stdout
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (9, 6, 6), np.uint8)
    np.savez(tmp_path / "a.npz", x_train=images, y_train=np.arange(9) % 3, x_test=images[:3],
             y_test=np.arange(3))  # fmt: skip
    done = cli("data", "show", "a.npz")
    assert "classes  3, 3 images each: 0, 1, 2" in done.stdout
    assert done.stderr.startswith("netkit: 3 of 3 images to test on are trained on as well")


def test_what_is_not_there(cli, tmp_path):
    wrong = cli("data", "show", "photo", code=1).stderr
    assert wrong.startswith("netkit: show photo: there is no such folder, file of arrays or data")
    assert "cifar10" in wrong
    assert wrong.count("\n") == 1
    assert cli("data", "show", "svhn", code=1).stderr.startswith("netkit: data: data=svhn is not")
    (tmp_path / "empty").mkdir()
    assert "make one folder a class" in cli("data", "show", "empty", code=1).stderr
    assert not list(tmp_path.glob("*.png"))


def test_sheets_of_other_images():
    """Many classes, one of them empty, two channels, floats, images of one pixel and large ones."""
    rng = np.random.default_rng(0)
    for shape in ((2, 9, 5), (1, 1, 1), (3, 300, 500)):
        images = rng.normal(size=(20, *shape)).astype(np.float32)
        labels = np.arange(20) % 49
        names = [f"class number {k} of many" for k in range(50)]
        data = Dataset((images, labels), (images[:0], labels[:0]), names)
        picture = draw_sheet(data, "title", rows=45)
        assert picture.height > 45 * 40
        assert picture.width < 3000
