"""An eta that was changed in mid-run: written down, repeated, gone on with, to the same bits."""

import numpy as np
import pytest

from netkit.commands.train import run
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.files import CannotWrite
from netkit.training.steering import read_etas, write_etas
from netkit.visualizer import Visualizer

SMALL = ["train_size=96", "val_size=20", "iterations=3", "arch=lenet5", "threads=1"]  # 6 updates
CHANGES = {4: 0.01, 9: 0.0003, 12: 0.002}  # after so many updates


class Hand(Visualizer):
    """Changes eta after some updates, as the page does, and may end the run."""

    def __init__(self, changes, end=None):
        self.changes = changes
        self.last = end

    def step(self, trainer):
        if trainer.step in self.changes:
            trainer.steering.change(trainer, self.changes[trainer.step])
        if trainer.step == self.last:
            raise KeyboardInterrupt


def trained(folder, *words, hand=None):
    cfg = compose("train", [*SMALL, "report=false", *words])
    return run(cfg, folder, quiet=True, watch=hand)


def results(trainer):
    rows = [{k: v for k, v in row.items() if k != "seconds"} for row in trainer.rows]
    return trainer.net.values.tobytes(), rows


@pytest.fixture(scope="module")
def steered(tmp_path_factory):
    """A run whose eta was changed, and its folder."""
    folder = tmp_path_factory.mktemp("steered")
    return trained(folder, hand=Hand(CHANGES)), folder


def test_it_is_written_down_and_does_something(steered, tmp_path):
    trainer, folder = steered
    assert (folder / "live.csv").read_text() == "step,eta\n5,0.01\n10,0.0003\n13,0.002\n"
    ends = enumerate((0.01, 0.0003, 0.002), 1)  # the schedule goes on as it is
    factor = trainer.optimizer.schedule
    assert [row["eta"] for row in trainer.rows] == [eta * factor(k / 3) for k, eta in ends]
    plain = trained(tmp_path)
    assert not (tmp_path / "live.csv").exists()
    assert results(plain)[0] != results(trainer)[0]


def test_a_repeated_run_has_the_same_bits(steered, tmp_path):
    trainer, folder = steered
    again = trained(tmp_path, f"live_replay={folder}")
    assert results(again) == results(trainer)
    assert (tmp_path / "live.csv").read_bytes() == (folder / "live.csv").read_bytes()


@pytest.mark.parametrize("end", [6, 10, 11])
def test_a_resumed_run_has_the_same_bits(steered, tmp_path, end):
    """Also one that ended in mid-iteration: what came after the last save is done again."""
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path, hand=Hand(CHANGES, end=end))
    rest = {step: eta for step, eta in CHANGES.items() if step > end}
    cfg = compose("train", [f"resume={tmp_path}"])
    cfg["command"] = f"netkit train resume={tmp_path}"
    from netkit.build.training import resumed

    again = run(resumed(cfg), tmp_path, quiet=True, watch=Hand(rest))
    assert results(again) == results(steered[0])


def test_a_change_forgets_what_was_to_come(steered, tmp_path):
    trained(tmp_path, f"live_replay={steered[1]}", hand=Hand({6: 0.5}))
    assert read_etas(tmp_path) == {5: 0.01, 7: 0.5}


def test_what_cannot_be_written_is_not_changed(steered, tmp_path, monkeypatch):
    trainer, _ = steered
    monkeypatch.setattr(trainer, "folder", tmp_path / "gone")
    before = dict(trainer.steering.etas)
    with pytest.raises(CannotWrite):
        trainer.steering.change(trainer, 0.5)
    assert trainer.steering.etas == before


def test_the_table_is_read_as_it_was_written(tmp_path):
    etas = {1: 0.1, 7: 1 / 3, 9: 0.0, 1_000_000: 5e-324}
    write_etas(tmp_path / "live.csv", etas)
    assert read_etas(tmp_path) == read_etas(tmp_path / "live.csv") == etas


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "its first line is step,eta"),
        ("a,b\n1,2\n", "its first line is step,eta"),
        ("step,eta\n1\n", "line 2: 1: give a step and an eta"),
        ("step,eta\n1,x\n", "line 2: 1,x: give a step and an eta"),
        ("step,eta\n0,1\n", "line 2: step=0: give a whole number from 1"),
        ("step,eta\n1,-1\n", "line 2: eta=-1.0: give a number from 0"),
        ("step,eta\n1,nan\n", "line 2: eta=nan: give a number from 0"),
        ("step,eta\n1,inf\n", "line 2: eta=inf: give a number from 0"),
        ("step,eta\n5,1\n5,2\n", "line 3: step=5: give steps in rising order"),
    ],
)
def test_what_is_no_such_table_is_refused(tmp_path, text, said):
    (tmp_path / "live.csv").write_text(text)
    with pytest.raises(NetkitError, match=r"^live_replay=.*live\.csv: ") as error:
        read_etas(tmp_path)
    assert said in str(error.value)


def test_a_file_that_is_not_there_is_said_before_training(tmp_path):
    with pytest.raises(NetkitError, match=r"live_replay=.*nowhere.csv: cannot be read"):
        trained(tmp_path, f"live_replay={tmp_path / 'nowhere.csv'}")
    assert not np.any([p.suffix == ".safetensors" for p in tmp_path.iterdir()])
