"""augment= as configured: which layers stand before an arch, and in which nets."""

import logging

import numpy as np
import pytest

from netkit.build.augment import augmented
from netkit.build.training import make_trainer
from netkit.commands.train import train
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.overview.run import run_lines
from netkit.training.checkpoint import Checkpoint

SMALL = "arch=mlp", "train_size=40", "val_size=20", "iterations=1", "show_train=true"

BYTES = np.zeros((3, 1, 28, 28), np.uint8)


def layers(*words):
    """{name: type} of the layers that words put before an arch."""
    specs = augmented(compose("train", ["arch=mlp", *words]), BYTES)["arch"]["layers"]
    return {
        name: spec["type"] for name, spec in specs.get("augment", {"layers": {}})["layers"].items()
    }


def test_nothing_unless_it_is_asked_for():
    cfg = compose("train", ["arch=mlp"])
    assert augmented(cfg, BYTES) is cfg


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["augment=photos"], ["flip", "shift", "colour", "cutout"]),
        (["augment=photos", "augment.cutout=0"], ["flip", "shift", "colour"]),
        (["augment=digits"], ["jitter"]),
        (["augment.flip=true", "augment.shift=[1,2]"], ["flip", "shift"]),
        (["augment.vertical_flip=0.2"], ["vertical_flip"]),
        (["augment.hue=0.1"], ["colour"]),
        (
            ["augment.noise=0.1", "augment.blur=1", "augment.mixup=0.2"],
            ["blur", "noise", "mixup"],
        ),
    ],
)
def test_parts_by_themselves(words, expected):
    assert list(layers(*words)) == expected


def test_a_layer_of_the_users_own():
    found = layers("augment.flip=true", "+augment.layers.mine={type: jitter, rotate: 90}")
    assert found == {"flip": "flip", "mine": "jitter"}


def test_the_trained_net_has_none(registry, tmp_path):
    """They are in the net that is trained, and not in the one that its weights are loaded into."""
    from netkit import load

    cfg = compose("train", [*SMALL, "augment=photos"])
    assert next(iter(make_trainer(registry, cfg, tmp_path).net.layers)) == "augment"
    train(cfg, tmp_path)
    assert list(load(tmp_path / "last.safetensors").net.layers) == ["f0", "tanh0", "f1"]
    assert Checkpoint.load(tmp_path / "last.safetensors").meta["config"]["augment"]["shift"] == 4


def test_a_jitter_of_the_archs_own_is_said(caplog):
    with caplog.at_level(logging.WARNING):
        augmented(compose("train", ["arch=lenet5", "augment=digits"]), BYTES)
    assert "the arch has a layer jitter of its own" in caplog.text
    caplog.clear()
    augmented(compose("train", ["arch=lenet5", "augment=digits", "arch.jitter=false"]), BYTES)
    assert not caplog.text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["+arch.layers.augment={type: tanh}", "augment.flip=true"], "give the layer another"),
        (["augment.layers=3"], "augment.layers: 3 is no mapping"),
    ],
)
def test_what_does_not_fit(words, said):
    with pytest.raises(NetkitError, match=said):
        augmented(compose("train", ["arch=mlp", *words]), BYTES)


def test_black_and_white_of_data_that_are_no_bytes():
    """Of bytes they are 0 and 255, of other numbers their ends, and what is given stays."""
    floats = np.linspace(-2, 3, 784, dtype=np.float32).reshape(1, 1, 28, 28)
    words = "augment.brightness=0.1", "augment.noise=0.1"
    for images, more, black, white in (
        (BYTES, (), None, None),
        (floats, (), -2.0, 3.0),
        (floats, ("augment.white=5",), -2.0, 5),
        (BYTES, ("augment.white=200",), None, 200),
    ):
        cfg = augmented(compose("train", ["arch=mlp", *words, *more]), images)
        for spec in cfg["arch"]["layers"]["augment"]["layers"].values():
            assert (spec["black"], spec["white"]) == (black, white)


@pytest.mark.parametrize(("words", "said"), [(["augment=photos"], True), ([], False)])
def test_the_opening_of_a_run_says_what_acts(registry, tmp_path, words, said):
    lines = run_lines(make_trainer(registry, compose("train", [*SMALL, *words]), tmp_path))
    assert (("augment", "flip, shift, colour, cutout") in lines) is said
    assert ("augment" in dict(lines)) is said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["augment.fill=reflect"], "augment.fill=reflect has no effect without augment.shift"),
        (["augment.white=9", "augment.flip=true"], "augment.white=9 has no effect without"),
        (["augment.hue=0.1"], "augment.hue has no effect: it needs 3 channels, the images have 1"),
        (["augment.mixup=1", "batch_size=1"], "augment.mixup has no effect with batch_size=1"),
        (["augment=photos", "augment.fill=reflect", "augment.noise=0.1", "augment.white=9"], ""),
    ],
)
def test_what_has_no_effect_is_said(caplog, words, said):
    with caplog.at_level(logging.WARNING):
        augmented(compose("train", ["arch=mlp", *words]), BYTES)
    assert caplog.text.count("\n") == bool(said)
    assert said in caplog.text
