"""Recipes: all settings of a run by one word, beside which others still count."""

from pathlib import Path

import pytest

from netkit.commands.train import run
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.training.checkpoint import Checkpoint

FOLDER = Path(__file__).parents[2] / "conf" / "recipe"
RECIPES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
SHORT = "iterations=1", "train_size=40", "val_size=20", "threads=1", "show={}", "views=1"
WEIGHTS = {
    "lenet5": 51_046,
    "digits": 81_874,
    "mnist": 81_874,
    "mnist99": 42_962,
    "mnist994": 60_162,
    "photos": 96_314,
}


def test_all_are_known():
    assert set(WEIGHTS) == set(RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_trains(tmp_path, name):
    """On the digits that netkit carries: the net of photos has one channel then."""
    trainer = run(compose("train", [f"recipe={name}", *SHORT]), tmp_path)
    assert 0 <= trainer.row["test_correct"] <= 100
    assert trainer.net.values.size == WEIGHTS[name] < 100_000
    config = Checkpoint.load(tmp_path / "last.safetensors").meta["config"]
    assert "recipe" not in config
    again = compose("train", [f"recipe={name}"])
    assert config["eta"] == again["eta"]


def test_words_beside_a_recipe_count():
    cfg = compose("train", ["eta=0.5", "recipe=photos", "arch=linear", "augment.flip=false"])
    assert cfg["eta"] == 0.5
    assert cfg["arch"]["name"] == "linear"
    assert not cfg["augment"]["flip"]
    assert cfg["augment"]["shift"]


def test_a_recipe_keeps_what_it_does_not_say():
    cfg, plain = compose("train", ["recipe=lenet5"]), compose("train", [])
    assert cfg["arch"]["layers"]["c2"] == plain["arch"]["layers"]["c2"]
    assert cfg["train_size"] == plain["train_size"] == 2000


def test_an_unknown_recipe_is_refused():
    with pytest.raises(NetkitError, match="recipe=cake"):
        compose("train", ["recipe=cake"])
