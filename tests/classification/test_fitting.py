"""Fitting: a picture becomes the same array that training on a folder made of it."""

import numpy as np
import pytest
from PIL import Image

import netkit
from netkit.classification.fitting import Fitting
from netkit.classification.trained_on import described, range_of
from netkit.errors import NetkitError
from netkit.files.images import read_image
from netkit.plugins.datasets.folder import Folder
from netkit.plugins.datasets.mnist import Mnist


def picture(height, width, seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(pixels)


@pytest.mark.parametrize("fit", ["pad", "crop", "stretch"])
@pytest.mark.parametrize("channels", [1, 3])
def test_as_in_training(tmp_path, monkeypatch, fit, channels):
    """Of a folder's files, each is among the samples that training made of it, bit for bit."""
    monkeypatch.setenv("NETKIT_CACHE", str(tmp_path / "cache"))
    sizes = [(9, 30), (24, 24), (40, 12), (1, 1), (100, 3)]
    for k, size in enumerate(sizes):
        for name in ("a", "b"):
            (tmp_path / "root" / name).mkdir(parents=True, exist_ok=True)
            picture(*size, seed=k).save(tmp_path / "root" / name / f"{k}.png")
    data = Folder(
        str(tmp_path / "root"), size=(24, 20), channels=channels, fit=fit, fill=9, val_share=0
    )
    meta = {"images": described(data), "config": {}}
    fitting = Fitting.of(meta, data.shape)
    made = {image.tobytes() for image in data.train.images}
    for k in range(len(sizes)):
        path = tmp_path / "root" / "a" / f"{k}.png"
        assert fitting(read_image(path, channels)).tobytes() in made
    assert meta["images"]["root"] == str((tmp_path / "root").resolve())


def test_an_older_file_says_it_in_its_configuration():
    data = {"type": "folder", "fit": "stretch", "fill": 255, "channels": 1, "size": 8}
    fitting = Fitting.of({"config": {"data": data}}, (1, 8, 8))
    assert (fitting.fit, fitting.fill, fitting.invert) == ("stretch", 255, False)
    other = Fitting.of({"config": {"data": data}}, (1, 8, 8), {"fit": "crop", "fill": None})
    assert (other.fit, other.fill) == ("crop", 255)
    with pytest.raises(NetkitError, match="fit='3': there are pad, crop, stretch"):
        Fitting.of({"images": {"fit": "3"}, "config": {}}, (1, 8, 8))


def test_ink_on_paper_becomes_a_digit():
    data = Mnist(train_size=50, val_size=10)
    fitting = Fitting.of({"images": described(data), "config": {}}, data.shape)
    digit = data.val.images[0]
    assert np.array_equal(fitting(digit), digit)
    paper = 255 - digit
    assert np.array_equal(fitting(paper), digit)


@pytest.mark.parametrize(
    ("pixels", "said"),
    [
        (np.array([0, 200], np.uint8), "bytes"),
        (np.array([0.0, 254.5]), "bytes"),
        (np.array([0.0, 1.0]), "unit"),
        (np.array([0, 1], np.uint8), "unit"),
        (np.array([-1.0, 1.0]), "numbers"),
        (np.array([0, 65535], np.uint16), "numbers"),
        (np.array([0, np.nan]), "numbers"),
        (np.zeros(3), "bytes"),
        (np.zeros(0), "bytes"),
    ],
)
def test_range(pixels, said):
    assert range_of(pixels) == said


def test_a_net_of_numbers_from_0_to_1():
    """Pictures run from 0 to 255 and are brought to its range; its own numbers stay."""
    fitting = Fitting((1, 4, 4), pixels="unit")
    picture = np.arange(0, 160, 10, np.uint8).reshape(1, 4, 4)
    assert np.allclose(fitting(picture), picture / 255)
    numbers = np.linspace(0, 1, 16).reshape(1, 4, 4)
    assert np.array_equal(fitting(numbers), numbers)
    assert fitting(np.ones((1, 9, 9))).max() == 1


def test_a_net_of_numbers_keeps_those_of_its_size():
    numbers = np.linspace(-3, 700, 16).reshape(1, 4, 4)
    assert np.array_equal(Fitting((1, 4, 4), pixels="numbers")(numbers), numbers)


def test_maps_that_no_picture_has():
    with pytest.raises(NetkitError, match="takes 7 channels: pictures have 1 or 3"):
        Fitting((7, 4, 4))(np.zeros((7, 4, 4), np.uint8))


LAYERS = {"f": {"type": "linear", "out": "noutputs"}}


def test_a_model_takes_any_size(tmp_path):
    """Files, pictures and arrays of any size get the answer to the fitted image."""
    classes = ["a", "b", "c"]
    model = netkit.Model.of(LAYERS, shape=(3, 16, 16), classes=classes, seed=3, coeff=1e-3)
    paths = []
    for k in range(12):
        paths.append(tmp_path / f"{k}.png")
        picture(7 + 5 * k, 40, seed=k).save(paths[-1])
    fitted = np.stack([model.fitting(read_image(path, 3)) for path in paths])
    expected = model(fitted)
    assert np.array_equal(model(paths), expected)
    assert model.predict(paths) == [model.classes[k] for k in expected.argmax(1)]
    assert np.allclose(model(picture(57, 40, seed=10))[0], expected[10], atol=1e-6)
    assert np.array_equal(model([read_image(path, 3) for path in paths]), expected)
    answers = model.classify(paths, top=2)
    for answer, row in zip(answers, expected, strict=True):
        best = np.argsort(-row, kind="stable")[:2]
        assert [name for name, _ in answer.top] == [model.classes[k] for k in best]
        assert answer.confidence == answer.top[0][1] == row.max()
        assert (answer.label, answer.name) == (best[0], answer.top[0][0])
    assert model.classify(paths[3]).name == answers[3].name
    with pytest.raises(NetkitError, match="top=0: give a whole number from 1"):
        model.classify(paths, top=0)


def test_a_model_that_finds_things_says_so():
    classes = ["a", "background"]
    model = netkit.Model.of(LAYERS, shape=(1, 16, 16), classes=classes, seed=3)
    with pytest.raises(NetkitError, match=r"an image of 1x30x30.*model.detect\(image\)"):
        model(np.zeros((30, 30)))
