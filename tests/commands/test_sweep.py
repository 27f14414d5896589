"""--multirun: a table at the end, nothing run twice, several at once, each a job of its own."""

import csv

import pytest

from netkit.commands.train import train
from netkit.config.compose import compose
from netkit.config.sweep import going_on
from netkit.errors import NetkitError
from netkit.runs.record import read_record

WORDS = "arch=linear", "train_size=60", "val_size=40", "iterations=2", "report=false", "threads=1"
SWEEP = "train", *WORDS, "--multirun", "hydra.sweep.dir=sweep"


def test_the_same_line_runs_nothing_twice(cli, tmp_path):
    done = cli(*SWEEP, "eta=0.001,0.01")
    assert "2 runs: sweep/runs.csv" in done.stdout
    before = {k: (tmp_path / f"sweep/{k}/last.safetensors").stat().st_mtime_ns for k in (0, 1)}
    parallel = []
    try:
        import hydra_plugins.hydra_joblib_launcher  # noqa: F401

        parallel = ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]
    except ImportError:
        pass
    done = cli(*SWEEP, "eta=0.001,0.01,0.1", *parallel)
    assert "3 runs: sweep/runs.csv" in done.stdout
    for k, when in before.items():
        assert (tmp_path / f"sweep/{k}/last.safetensors").stat().st_mtime_ns == when
    with open(tmp_path / "sweep/runs.csv") as file:
        table = list(csv.DictReader(file))
    assert {row["folder"]: row["eta"] for row in table} == {
        "sweep/0": "0.001",
        "sweep/1": "0.01",
        "sweep/2": "0.1",
    }
    best = [float(row["best"]) for row in table]
    assert best == sorted(best, reverse=True)
    for row in table:
        assert float(row["best"]) == read_record(tmp_path / row["folder"]).best


@pytest.mark.slow
def test_each_run_a_job_of_its_own(cli, tmp_path):
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher")
    local = "hydra/launcher=submitit_local", "hydra.launcher.timeout_min=5"
    done = cli(*SWEEP, "seed=0,1", *local)
    assert "2 runs: sweep/runs.csv" in done.stdout
    assert [read_record(tmp_path / f"sweep/{k}").config["seed"] for k in (0, 1)] == [0, 1]


def test_what_was_interrupted_goes_on(tmp_path):
    cfg = compose("train", WORDS)
    train(cfg, tmp_path / "whole")
    assert going_on(cfg, tmp_path / "none") == cfg
    assert going_on(cfg, tmp_path / "whole") is None
    longer = compose("train", [*WORDS[:3], "iterations=4", *WORDS[4:]])
    with pytest.raises(NetkitError, match="holds a run with iterations=2, and this one has 4"):
        going_on(longer, tmp_path / "whole")

    class Ended(Exception):
        """What a kill is here."""

    from netkit.training.trainer import Trainer

    pass_over = Trainer.pass_over

    def ended(self):
        if self.iteration == 1:
            raise Ended
        pass_over(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "pass_over", ended)
        with pytest.raises(Ended):
            train(longer, tmp_path / "half")
    left = going_on(longer, tmp_path / "half")
    train(left, tmp_path / "half")
    train(longer, tmp_path / "at once")
    one, other = (read_record(tmp_path / name) for name in ("half", "at once"))
    assert [{**row, "seconds": 0} for row in one.rows] == [
        {**row, "seconds": 0} for row in other.rows
    ]


def test_a_launcher_that_is_not_installed(cli):
    done = cli(*SWEEP, "seed=0,1", "hydra/launcher=dask", code=1)
    assert "hydra/launcher/dask: there is no such launcher here: pip install 'netkit[sweep]'" in (
        done.stderr
    )
