"""Settings of a run through the whole of `train`: sampling, tests, stopping, resuming."""

import numpy as np
import pytest

from netkit.commands.train import train
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.training.checkpoint import Checkpoint
from netkit.training.trainer import Trainer

SMALL = (
    "arch=linear",
    "data=synthetic",
    "show={}",
    "threads=1",
    "batch_size=8",
    "optimizer=sgd",
    "eta=0.01",
)


def run(folder, *words):
    """Train in a folder and return the rows of its last checkpoint."""
    folder.mkdir(exist_ok=True)
    train(compose("train", [*SMALL, *words]), folder)
    return Checkpoint.load(folder / "last.safetensors").meta["rows"]


def test_which_tests_a_row_has(tmp_path):
    assert set(run(tmp_path, "iterations=1")[0]) >= {
        "energy",
        "correct",
        "test_energy",
        "test_correct",
    }
    (row,) = run(tmp_path / "untested", "iterations=1", "no_testing_test=true")
    assert "test_correct" not in row
    assert (tmp_path / "untested" / "best.safetensors").exists()


def test_training_samples_tested_anew(tmp_path):
    """With eta=0 a test after the iteration gives what was met during it; with a larger one it is
    better.
    """
    still = [
        run(tmp_path / f"still {v}", "iterations=1", "eta=0", f"no_training_test={v}")[0]["energy"]
        for v in ("true", "false")
    ]
    assert still[0] == pytest.approx(still[1])
    moved = [
        run(tmp_path / v, "iterations=1", f"no_training_test={v}")[0]["correct"]
        for v in ("true", "false")
    ]
    assert moved[1] > moved[0]


def test_max_testing_is_exact(tmp_path, monkeypatch):
    import netkit.passes

    seen, real = [], netkit.passes.Shards.test
    monkeypatch.setattr(
        netkit.passes.Shards, "test", lambda s, i, la, e: seen.append(len(la)) or real(s, i, la, e)
    )
    run(tmp_path, "iterations=1", "max_testing=7")
    assert seen == [7]


STOPS = [  # settings, after how many iterations a run ends whose first one is its best
    ("early_stopping=3", 4),
    ("early_stopping=1", 2),
    ("early_stopping=3 warmup=0.2", 9),  # 6 of 30 iterations are a warm-up
    ("early_stopping=3 warmup_iterations=4.5", 8),
    ("early_stopping=3 schedule=onecycle warmup=0", 4),
    ("early_stopping=3 schedule=onecycle", 9),
    ("early_stopping=29", 30),
]


@pytest.mark.parametrize(("words", "ends"), STOPS)
def test_early_stopping_ends_a_run(tmp_path, capsys, caplog, words, ends):
    caplog.set_level("INFO", "netkit")
    words = "schedule=constant", *words.split()
    rows = run(tmp_path, "iterations=30", "eta=0", *words, "show={console: {type: console}}")
    assert len(rows) == ends
    last, where = capsys.readouterr().out.splitlines()[-2:]
    if ends < 30:
        best = f"test_correct={rows[0]['test_correct']:.2f}%"
        name = words[1]
        assert last == (
            f"{name}: ended after iteration {ends} of 30, for none since iteration 1 "
            f"was better than its {best}"
        )
        assert last in caplog.text
    else:
        assert last.startswith("i=30 ")
    assert where.startswith("weights and results")


def test_views_are_of_the_same_samples(tmp_path):
    """Without anything random, three views of a sample weigh what one does; with it they differ."""
    ends, rows = {}, {}
    for views in (1, 3):
        rows[views] = run(tmp_path / str(views), "iterations=2", f"views={views}", "dtype=float64")
        ends[views] = Checkpoint.load(tmp_path / str(views) / "last.safetensors")
    for name, weights in ends[1].tensors.items():
        np.testing.assert_allclose(ends[3].tensors[name], weights, atol=1e-12)
    assert ends[1].meta["seen"] == ends[3].meta["seen"]
    for name in ("energy", "correct", "test_correct"):
        assert rows[3][-1][name] == pytest.approx(rows[1][-1][name])

    words = "iterations=1", "eta=0", "augment.shift=2", "sample_probabilities=true"
    run(tmp_path / "moved", *words, "views=4")
    run(tmp_path / "once", *words)
    moved, once = (
        Checkpoint.load(tmp_path / name / "last.safetensors").resume_state("sampling")["energies"]
        for name in ("moved", "once")
    )
    assert moved.shape == once.shape
    assert np.nanvar(moved) < np.nanvar(once)  # the mean of four of them


def test_a_finished_run_says_so_when_resumed(tmp_path, caplog):
    run(tmp_path, "iterations=2")
    assert not caplog.records
    assert len(run(tmp_path, "iterations=2", f"resume={tmp_path}")) == 2
    assert [r.message for r in caplog.records] == [
        f"resume={tmp_path}: its 2 iterations are done: for more, give iterations=3 or higher"
    ]


def test_nothing_is_learnt_from_right_answers(tmp_path):
    """When all are right, an iteration that ignores them leaves the weights alone, momentum and
    all.
    """
    run(tmp_path, "iterations=10", "schedule=constant")
    words = f"weights={tmp_path}/last.safetensors", "iterations=1", "reg=0.1"
    ends = {}
    for value in ("true", "false"):
        rows = run(tmp_path / value, *words, f"ignore_correct={value}")
        ends[value] = Checkpoint.load(tmp_path / value / "last.safetensors").tensors["f0.W"]
    assert rows[-1]["correct"] == 100
    start = Checkpoint.load(tmp_path / "last.safetensors").tensors["f0.W"]
    assert np.array_equal(ends["true"], start)
    assert not np.array_equal(ends["false"], start)


RESUMED = {
    "averaged": ("average=0.9", "+arch.layers.n0={type: batchnorm}", "optimizer=adamw"),
    "sdlm": ("optimizer=sdlm", "inertia=0.5", "hessian_period=30"),
    "probabilities": ("sample_probabilities=true", "epoch_mode=0", "epoch_size=50"),
    "balanced": (
        "balanced_training=true",
        "epoch_mode=0",
        "epoch_size=50",
        "anneal_value=0.1",
        "anneal_period=60",
    ),
    "augmented": ("augment=photos", "augment.noise=0.1", "augment.blur=1", "augment.mixup=0.5"),
}


@pytest.mark.parametrize("name", RESUMED)
def test_resumed_runs_are_bit_identical(tmp_path, monkeypatch, name):
    words = *RESUMED[name], "iterations=4"
    whole = run(tmp_path / "a", *words)
    real = Trainer.pass_over

    def stopped(trainer):
        if trainer.iteration == 2:
            raise KeyboardInterrupt
        real(trainer)

    monkeypatch.setattr(Trainer, "pass_over", stopped)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "b", *words)
    monkeypatch.setattr(Trainer, "pass_over", real)
    resumed = run(tmp_path / "b", *words, f"resume={tmp_path}/b")
    strip = [
        [{k: v for k, v in row.items() if k != "seconds"} for row in rows]
        for rows in (whole, resumed)
    ]
    assert strip[0] == strip[1]
    a, b = (Checkpoint.load(tmp_path / x / "last.safetensors").tensors for x in "ab")
    assert a.keys() == b.keys()
    assert all(np.array_equal(a[name], b[name]) for name in a)


def test_test_only(cli, tmp_path):
    folder = tmp_path / "run"
    run(folder, "iterations=2", "data=mnist", "train_size=300", "val_size=100")
    words = "train", "arch=linear", "test_only=true", "val_size=100"
    done = cli(*words, f"weights={folder}", "max_testing=50")
    assert done.stdout.count("\n") == 1
    assert "of 50 samples" in done.stdout
    assert not (tmp_path / "outputs").exists()
    expected = Checkpoint.load(folder / "best.safetensors").meta["rows"][-1]
    assert (
        f"test_correct={expected['test_correct']:.2f}% of 100"
        in cli(*words, f"weights={folder}").stdout
    )
    with pytest.raises(NetkitError, match="test_only=true: tests trained weights: name them"):
        run(tmp_path, "test_only=true")


def test_settings_without_effect_are_said(cli):
    words = "arch=linear", "train_size=64", "val_size=10", "iterations=1"
    done = cli("train", *words, "epoch_size=5", "anneal_value=0.1")
    assert done.stderr.splitlines() == [
        "netkit: anneal_value=0.1 has no effect without anneal_period",
        "netkit: epoch_size=5 has no effect with epoch_mode=1: an iteration is all samples",
    ]
