"""Images in and out, and `netkit detect` over good and bad ones."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from netkit.errors import NetkitError
from netkit.files.idx import write_matrix
from netkit.files.images import find_images, read_image

GREY = np.arange(30 * 40, dtype=np.uint8).reshape(30, 40)
COLOUR = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A net trained for a moment by the command line."""
    folder = tmp_path_factory.mktemp("weights")
    words = "train", "train_size=1000", "val_size=100", "iterations=2", "hydra.run.dir=run"
    subprocess.run(
        [sys.executable, "-m", "netkit.cli", *words], cwd=folder, check=True, capture_output=True
    )
    return folder / "run" / "best.safetensors"


@pytest.mark.parametrize("end", ["png", "pgm", "bmp", "gif", "npy", "mat"])
def test_grey_formats_are_exact(tmp_path, end):
    path = tmp_path / f"a.{end}"
    if end == "npy":
        np.save(path, GREY)
    elif end == "mat":
        write_matrix(path, GREY, "mat")
    else:
        Image.fromarray(GREY).save(path)
    assert np.array_equal(read_image(path), GREY[None])


@pytest.mark.parametrize("end", ["png", "ppm", "bmp", "npy"])
def test_colour_becomes_grey(tmp_path, end):
    path = tmp_path / f"a.{end}"
    np.save(path, COLOUR) if end == "npy" else Image.fromarray(COLOUR).save(path)
    luma = COLOUR @ np.array([0.299, 0.587, 0.114])
    assert np.abs(read_image(path)[0] - luma).max() <= 1
    assert np.array_equal(read_image(path, 3), COLOUR.transpose(2, 0, 1))


def test_jpeg_is_close(tmp_path):
    smooth = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (48, 1))
    Image.fromarray(smooth).save(tmp_path / "a.jpg", quality=95)
    assert np.abs(read_image(tmp_path / "a.jpg")[0].astype(int) - smooth).max() < 8


def test_16_bit_transparent_and_palette(tmp_path):
    Image.fromarray(GREY.astype(np.uint16) * 257).save(tmp_path / "deep.png")
    assert np.abs(read_image(tmp_path / "deep.png")[0] - GREY).max() < 1e-3
    half = np.dstack(
        [COLOUR, np.where(np.arange(40) < 20, 0, 255).astype(np.uint8) * np.ones((30, 1), np.uint8)]
    )
    Image.fromarray(half).save(tmp_path / "alpha.png")
    assert read_image(tmp_path / "alpha.png")[0][:, :20].max() == 0
    Image.fromarray(COLOUR).quantize(8).save(tmp_path / "palette.png")
    assert read_image(tmp_path / "palette.png").shape == (1, 30, 40)


def test_find(tmp_path):
    for name in ("10.png", "2.png", "note.txt"):
        (tmp_path / name).write_bytes(b"")
    names = ["2.png", "10.png"]
    assert [p.name for p in find_images(tmp_path)] == names
    assert [p.name for p in find_images(tmp_path / "*.png")] == names
    assert [p.name for p in find_images(tmp_path / "2.png")] == names[:1]
    for source, message in (
        (tmp_path / "*.jpg", "no such file, folder or glob"),
        (tmp_path / "x", "no such file"),
    ):
        with pytest.raises(NetkitError, match=message):
            find_images(source)


BAD = {
    "text.png": b"no picture",
    "empty.jpg": b"",
    "object.npy": (
        b"\x93NUMPY\x01\x00v\x00"
        + b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(118)
        + b"\n"
    ),
    "bad.mat": b"12345678",
}


@pytest.mark.parametrize("name", BAD)
def test_bad_images_are_named(tmp_path, name):
    (tmp_path / name).write_bytes(BAD[name])
    with pytest.raises(NetkitError, match=name) as caught:
        read_image(tmp_path / name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "array",
    [np.zeros((2, 2, 2, 2)), np.zeros((5, 7, 9)), np.full((4, 4), np.nan), np.zeros((0, 4))],
)
def test_arrays_that_are_no_images(tmp_path, array):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(NetkitError):
        read_image(tmp_path / "a.npy")


def test_detect_goes_on_after_a_bad_image(cli, tmp_path, weights):
    images = tmp_path / "in"
    images.mkdir()
    for name, data in BAD.items():
        (images / name).write_bytes(data)
    Image.fromarray(np.zeros((28, 28), np.uint8)).save(images / "good.png")
    Image.fromarray(np.zeros((10, 12), np.uint8)).save(images / "small.png")
    Image.fromarray(np.zeros((60, 80, 3), np.uint8)).save(images / "large.jpg")
    done = cli("detect", f"weights={weights}", "input=in", "hydra.run.dir=out", code=1)
    for name in BAD:
        assert f"netkit: skipped: in/{name}" in done.stderr
    assert (
        done.stderr.splitlines()[-1]
        == "netkit: 4 of 7 images could not be read: they are named above"
    )
    rows = [
        json.loads(line)
        for line in (tmp_path / "out" / "detections.jsonl").read_text().splitlines()
    ]
    assert [row["image"] for row in rows] == ["in/good.png", "in/large.jpg", "in/small.png"]
    assert rows[0]["detections"][0]["box"] == [0, 0, 28, 28]
    assert rows[2]["detections"][0]["box"] == [0, 0, 12, 10]
    for found in rows[1]["detections"]:
        x0, y0, x1, y1 = found["box"]
        assert 0 <= x0 < x1 <= 80
        assert 0 <= y0 < y1 <= 60
    with Image.open(tmp_path / "out" / "good.png") as picture:
        assert min(picture.size) >= 256
        assert len(np.unique(np.asarray(picture))) > 1  # the box and its text


def test_a_folder_of_a_run_names_its_best_weights(cli, weights):
    assert (
        cli("detect", f"weights={weights.parent}")
        .stdout.splitlines()[-1]
        .startswith("10 images, 0 skipped")
    )


def test_a_reader_that_leaves_is_no_error(tmp_path, weights):
    """`netkit detect | head -n 1` ends without a word on standard error."""
    command = f"{sys.executable} -m netkit.cli detect weights={weights} | head -n 1"
    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.startswith("0.png: ")
    assert done.stderr == ""


BAD_WORDS = [
    (["weights=/nowhere"], "weights /nowhere"),
    (["scaling_type=9"], "scaling_type=9"),
    (["input=/nowhere"], "input=/nowhere"),
    (["threshold=high"], "threshold=high"),
    (["wieghts=x"], "did you mean weights?"),
]


@pytest.mark.parametrize(("words", "message"), BAD_WORDS)
def test_bad_words(cli, tmp_path, weights, words, message):
    given = words if words[0].startswith("weights=") else [f"weights={weights}", *words]
    done = cli("detect", *given, code=1)
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "outputs").exists()
