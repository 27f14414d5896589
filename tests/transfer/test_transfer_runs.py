"""Runs that begin with the weights of others: from the command line and from Python."""

import shutil

import numpy as np
import pytest

import netkit
from netkit.errors import NetkitError
from netkit.training.checkpoint import Checkpoint
from netkit.training.trainer import Trainer

QUICK = {"train_size": 200, "val_size": 60, "iterations": 2, "threads": 1}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A net with running statistics that knows three digits."""
    return netkit.train(
        "arch=resnet", "energy=cross_entropy", "limit_classes=[1,7,0]",
        folder=tmp_path_factory.mktemp("source"), **QUICK,
    )  # fmt: skip


def tensors(folder, name="last"):
    return Checkpoint.load(folder / f"{name}.safetensors").tensors


def frozen_run(source, folder, **more):
    """A run over other classes that takes the source's layers, some frozen and some slower."""
    words = "arch=resnet", "energy=cross_entropy", "limit_classes=[7,2,3]", "optimizer=adamw"
    asked = {"weights": source, "freeze": ["c0", "norm0", "r1"], "rate_factors": {"r2": 0.1}}
    return netkit.train(*words, folder=folder, **QUICK | asked | more)


def test_frozen_layers_are_those_of_the_file(source, tmp_path):
    run = frozen_run(str(source.folder), tmp_path)
    ours, theirs = tensors(run.folder), tensors(source.folder, "best")
    for name, array in theirs.items():
        if "/" in name or name.startswith("f4."):
            continue
        still = name.startswith(("c0.", "norm0.", "r1."))
        assert np.array_equal(ours[name], array) == still, name
    meta = run.model.meta["config"]
    assert meta["freeze"] == ["c0", "norm0", "r1"]
    assert meta["rate_factors"] == {"r2": 0.1}
    assert meta["weights"] == str(source.folder)


def test_resume_is_bit_identical(source, tmp_path, monkeypatch):
    """Also when the file that the run began with is gone: its own checkpoint has what it needs."""
    copy = shutil.copytree(source.folder, tmp_path / "copy")
    whole = frozen_run(str(copy), tmp_path / "whole", iterations=3)
    pass_over = Trainer.pass_over

    def stop(self):
        if self.iteration == 2:
            raise KeyboardInterrupt
        pass_over(self)

    monkeypatch.setattr(Trainer, "pass_over", stop)
    with pytest.raises(KeyboardInterrupt):
        frozen_run(str(copy), tmp_path / "part", iterations=3)
    monkeypatch.setattr(Trainer, "pass_over", pass_over)
    shutil.rmtree(copy)
    part = netkit.train(resume=str(tmp_path / "part"))
    assert len(part.rows) == 3
    theirs = tensors(whole.folder)
    for name, array in tensors(part.folder).items():
        assert np.array_equal(array, theirs[name]), name


def test_the_command_line(cli, source, tmp_path):
    words = ["train", "arch=resnet", "energy=cross_entropy", "train_size=60", "val_size=20"]
    words += ["iterations=1", "limit_classes=[7,2]", f"weights={source.folder}"]
    said = cli(*words, "freeze=all_but_last", "rate_factors.f4=2").stdout.splitlines()
    (weights,) = (line for line in said if line.startswith("weights  "))
    assert weights.startswith(f"weights  {source.folder}: takes c0, norm0, r1.c0")
    assert weights.endswith("of f4 the rows of 1 of 2 classes (7)")
    (frozen,) = (line for line in said if line.startswith("frozen   c0, norm0, r1.c0"))
    assert frozen.endswith("what learns: f4")
    assert "rates    f4 2" in said
    summed = cli("summary", *words[1:], "freeze=[r1]").stdout.splitlines()
    assert summed[-1].startswith("frozen   r1.c0, r1.norm0, r1.c1, r1.norm1 (4,672 of ")
    wrong = cli(*words, "freeze=[c9]", code=1).stderr
    assert wrong.startswith("netkit: freeze=[c9]: 'c9' is not there")
    nothing = cli(*words, "arch=mlp", code=1).stderr
    assert "nothing in it fits the net" in nothing
    assert "(resnet)" in nothing
    part = cli(*words, "test_only=true", code=1).stderr
    assert "test it whole" in part
    assert not list(tmp_path.glob("outputs/*/*/best.safetensors"))[1:]


def test_a_frozen_layer_that_is_new_is_warned_of(cli, source):
    words = ["train", "arch=resnet", "train_size=30", "val_size=10", "iterations=1"]
    said = cli(*words, "freeze=[c0]").stderr
    assert said.startswith("netkit: freeze: c0 is as drawn from the seed and will not learn")
    wide = [f"weights={source.folder}", "arch.layers.c0.kernel=5", "arch.layers.c0.pad=2"]
    assert "freeze: c0 is as drawn" in cli(*words, *wide, "freeze=[c0,r1]").stderr


def test_other_pixels_are_warned_of(cli, source):
    words = ["train", "arch=resnet", "train_size=30", "val_size=10", "iterations=1"]
    said = cli(*words, f"weights={source.folder}", "++data.coeff=0.02").stderr
    assert "trained on (pixel + 0) * 0.01, and sees (pixel + 0) * 0.02 here" in said


def test_a_report_needs_no_source(cli, source, tmp_path):
    copy = shutil.copytree(source.folder, tmp_path / "copy")
    run = frozen_run(str(copy), tmp_path / "run", iterations=1)
    shutil.rmtree(copy)
    cli("report", str(run.folder))


def test_nothing_is_lost_if_nothing_fits(source, tmp_path):
    with pytest.raises(NetkitError, match="nothing in it fits"):
        netkit.train("arch=mlp", weights=str(source.folder), folder=tmp_path / "new", **QUICK)
    assert not (tmp_path / "new").exists()


def test_rows_by_name_answer_at_once(tmp_path):
    """A net of ten digits knows three of them, in another order, before it learns anything."""
    words = {"arch": "lenet5", "train_size": 1500, "threads": 1, "iterations": 2}
    digits = netkit.train(words, val_size=100, folder=tmp_path / "digits")
    classes = {"limit_classes": [7, 2, 5], "val_size": 400, "eta": 0}
    few = netkit.train(
        words, **classes, weights=str(digits.folder), folder=tmp_path / "few"
    )  # fmt: skip
    assert few.rows[-1]["test_correct"] > 90
    assert few.model.classes == ["7", "2", "5"]
    rows = tensors(digits.folder, "best")["f7.W"][[7, 2, 5]]
    np.testing.assert_array_equal(few.net.weights["f7.W"], rows)
