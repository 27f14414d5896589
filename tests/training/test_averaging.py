"""Averaged weights: against a plain loop, tested and saved in place of the others, and resumed."""

import numpy as np
import pytest

from netkit.commands.train import run, train
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.training.averaging import Averaging
from netkit.training.checkpoint import Checkpoint
from netkit.training.trainer import Trainer

SMALL = (
    "data=synthetic",
    "show={}",
    "threads=1",
    "batch_size=4",
    "iterations=3",
    "optimizer=sgd",
    "+arch.layers.n0={type: batchnorm}",
)
NET = "arch=linear", *SMALL


def followed(monkeypatch):
    """Return a list that gets a copy of the weights and statistics after each update."""
    seen, real = [], Trainer.update

    def update(trainer, shown, skip=False):
        real(trainer, shown, skip)
        seen.append((trainer.net.values.copy(), trainer.net.state.copy()))

    monkeypatch.setattr(Trainer, "update", update)
    return seen


@pytest.mark.parametrize("backend", ["numpy", "auto", "strict"])
@pytest.mark.parametrize("words", [["average=0.9"], ["average_iterations=2"]])
def test_it_is_a_plain_loop(tmp_path, monkeypatch, backend, words):
    """What is saved is what a loop over the weights after each update gives."""
    from netkit.backends.strict import StrictArray

    seen = followed(monkeypatch)
    trainer = run(compose("train", [*NET, *words, f"backend={backend}"]), tmp_path)
    to_host = lambda a: a._a if isinstance(a, StrictArray) else a  # noqa: E731
    decay = 0.9 if "0.9" in words[0] else 1 - 1 / (2 * len(seen) / 3)
    mean = None
    for t, vectors in enumerate(seen, 1):
        present = [to_host(v).astype(float) for v in vectors]
        stays = min(decay, (1 + t) / (10 + t))
        begun = mean or [to_host(v).astype(float) for v in start(tmp_path)]
        mean = [stays * m + (1 - stays) * p for m, p in zip(begun, present, strict=True)]
    for found, expected, last in zip(
        (trainer.net.values, trainer.net.state), mean, seen[-1], strict=True
    ):
        np.testing.assert_allclose(to_host(found), expected, rtol=2e-5, atol=2e-6)
        assert np.abs(expected - to_host(last)).max() > 1e-3  # the average is something else


def start(folder):
    """Return the weights and statistics that the run in a folder began with."""
    trainer = run(compose("train", [*NET, "iterations=0"]), folder / "start")
    return trainer.net.values, trainer.net.state


def test_what_is_tested_is_what_is_saved(tmp_path):
    """The results of a row are those of the weights in its file, of `best` and of `last`."""
    cfg = compose("train", [*NET, "average=0.9", "threads=1"])
    trainer = run(cfg, tmp_path)
    for name in ("linear_net00003", "last"):
        Checkpoint.load(tmp_path / f"{name}.safetensors").restore(trainer.net)
        tested = trainer.validation.test(trainer, trainer.dataset.val)
        assert tested.energy == pytest.approx(trainer.rows[-1]["test_energy"], rel=1e-5)
    best = Checkpoint.load(tmp_path)
    assert not [name for name in best.tensors if "/" in name]  # it is to be used, not gone on with
    best.restore(trainer.net)
    tested = trainer.validation.test(trainer, trainer.dataset.val)
    expected = max(row["test_correct"] for row in trainer.rows)
    assert tested.correct == pytest.approx(expected)


def test_it_changes_nothing_of_what_is_trained(tmp_path, monkeypatch):
    seen = followed(monkeypatch)
    run(compose("train", list(NET)), tmp_path / "a")
    plain = list(seen)
    seen.clear()
    run(compose("train", [*NET, "average=0.99"]), tmp_path / "b")
    assert all(np.array_equal(a, b) for a, b in zip(plain[-1], seen[-1], strict=True))


def test_a_run_without_an_average_has_none_to_go_on_with(tmp_path):
    """A file whose run is said to average, and that has no averaged weights, is named."""
    run(compose("train", [*NET, "average=0.9"]), tmp_path)
    path = tmp_path / "last.safetensors"
    whole = Checkpoint.load(path)
    kept = {k: a for k, a in whole.tensors.items() if k != "averaging/values"}
    Checkpoint(kept, whole.meta).save(path)
    with pytest.raises(NetkitError, match="averaging/values is not in the file"):
        train(compose("train", [*NET, f"resume={tmp_path}"]), tmp_path)


BAD = [
    ({"average": 1}, "average=1: give a number from 0 to below 1, or null"),
    ({"average_iterations": 0}, "average_iterations=0: give a number above 0, or null"),
    ({"average": 0.9, "average_iterations": 2}, "average=0.9: average_iterations=2 says it too"),
]


@pytest.mark.parametrize(("arguments", "said"), BAD)
def test_bad_arguments(arguments, said):
    with pytest.raises(NetkitError, match=said):
        Averaging(**arguments)
