"""augment= as configured: which layers stand before an arch, and in which nets."""

import logging

import pytest

from netkit.build.augment import augmented
from netkit.build.training import make_trainer
from netkit.commands.train import train
from netkit.config import compose
from netkit.errors import NetkitError
from netkit.training.checkpoint import Checkpoint

SMALL = "arch=mlp", "train_size=40", "val_size=20", "iterations=1", "show_train=true"


def layers(*words):
    specs = augmented(compose("train", ["arch=mlp", *words]))["arch"]["layers"]
    return {
        name: spec["type"] for name, spec in specs.get("augment", {"layers": {}})["layers"].items()
    }


def test_nothing_unless_it_is_asked_for():
    cfg = compose("train", ["arch=mlp"])
    assert augmented(cfg) is cfg


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["augment=photos"], ["flip", "shift", "cutout"]),
        (["augment=photos", "augment.cutout=0"], ["flip", "shift"]),
        (["augment=digits"], ["jitter"]),
        (["augment.flip=true", "augment.shift=[1,2]"], ["flip", "shift"]),
        (["augment.vertical_flip=0.2"], ["vertical_flip"]),
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
        augmented(compose("train", ["arch=lenet5", "augment=digits"]))
    assert "the arch has a layer jitter of its own" in caplog.text
    caplog.clear()
    augmented(compose("train", ["arch=lenet5", "augment=digits", "arch.jitter=false"]))
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
        augmented(compose("train", ["arch=mlp", *words]))
