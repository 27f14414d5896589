"""The benchmark: it runs, compares before it times, and refuses to time other work."""

import json

import numpy as np
import pytest

from netkit.bench import measure, peers
from netkit.bench.archs import packaged, steps
from netkit.bench.run import trains
from netkit.bench.work import Netkit
from netkit.errors import NetkitError

FAST = "--rounds", "1", "--seconds", "0.001", "--eager", "--threads", "1", "--against", "none"


def test_command(cli, tmp_path):
    done = cli("bench", "--work", "lenet5", "--output", "b.json", *FAST)
    results = json.loads((tmp_path / "b.json").read_text())
    assert [row["what"] for row in results["rows"]] == [
        "train 1",
        "train 16",
        "train 64",
        "train 256",
        "infer 1",
        "infer 64",
        "infer 1000",
    ]
    assert all(
        next(v for k, v in r["medians"].items() if k.startswith("netkit")) > 0
        for r in results["rows"]
    )
    assert "of sgemm" in done.stdout


def test_detection_and_whole_jobs(cli, tmp_path):
    cli("bench", "--work", "detection,demo", "--output", "b.json", *FAST)
    rows = {row["what"]: row for row in json.loads((tmp_path / "b.json").read_text())["rows"]}
    assert list(rows) == [
        "a megapixel",
        "pyramid of 8",
        "whole job",
        "whole job, memory",
        "the default job",
    ]
    assert 0.1 < rows["whole job"]["medians"]["netkit"] < 300
    assert all(row["medians"][next(iter(row["medians"]))] > 0 for row in rows.values())


def test_training_steps_as_people_run_them(cli, tmp_path):
    cli("bench", "--work", "job,archs", "--output", "b.json", *FAST)
    rows = json.loads((tmp_path / "b.json").read_text())["rows"]
    job = {row["what"]: row for row in rows if row["work"] == "job"}
    assert list(job) == ["train 16", "train 64"]
    assert all(row["ratio"] > 0 and row["best"] == "stripped" for row in job.values())
    archs = [row["what"] for row in rows if row["work"] == "archs"]
    assert {"lenet5 16", "resnet8 64", "multiscale 16"} < set(archs)
    assert len(archs) == 2 * len(packaged())


def test_steps_train():
    """What is timed are steps of training: the energy falls."""
    step = steps("lenet5", 16, "numpy", 1, results={})
    trainer = step.trainer
    before = trainer.net.values.copy()
    first = trainer.answers(trainer.dataset.val)[0].mean()
    for _ in range(60):
        step()
    assert trainer.answers(trainer.dataset.val)[0].mean() < 0.7 * first
    assert np.abs(trainer.net.values - before).max() > 0


def test_unknown_work(cli):
    assert (
        "--work vgg: there are lenet5, conv64, job, archs, detection, demo, all"
        in cli("bench", "--work", "vgg", code=1).stderr
    )


@pytest.mark.parametrize("network", ["lenet5", "conv64"])
def test_agrees_with_pytorch(network):
    """The same gradients and weights as PyTorch's."""
    pytest.importorskip("torch")
    from netkit.bench.peers.torch_side import Torch

    ours = Netkit(network, "numpy", 1)
    gradient, weights = measure.agree(ours, Torch(network, ours.net.weights.values(), 1), network)
    assert gradient < 1e-4
    assert weights < 1e-3


@pytest.mark.parametrize("network", ["lenet5", "conv64"])
@pytest.mark.parametrize("framework", ["jax", "onnxruntime", "openvino"])
def test_agrees_with_other_frameworks(network, framework):
    """The same gradients and weights as JAX's, the same answers as those that only infer."""
    if peers.missing(framework):
        pytest.skip(f"needs {framework}")
    ours = Netkit(network, "numpy", 1)
    for name, side in peers.sides(framework, network, ours, {}).items():
        fresh = Netkit(network, "numpy", 1)
        assert measure.agree_in_answers(fresh, side, name) < 1e-5
        if trains(side):
            gradient, weights = measure.agree(fresh, side, name, steps=20)
            assert gradient < 1e-4
            assert weights < 1e-3


def test_twenty_steps_in_a_call_are_twenty_steps():
    pytest.importorskip("jax")
    ours = Netkit("conv64", "numpy", 1)
    sides = peers.sides("jax", "conv64", ours, {})
    data = measure.batch_of(4)
    for side in sides.values():
        prepared = side.prepare(*data)
        for _ in range(20 // side.steps):
            side.train(*prepared)
    one, several = (side.weights() for side in sides.values())
    np.testing.assert_allclose(one, several, rtol=1e-4, atol=1e-6)
    assert np.abs(one - ours.weights()).max() > 1e-3


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("keras", "no keras: there are torch, jax, onnxruntime, openvino"),
        ("torch,no", "--against torch,no: no no: there are torch"),
    ],
)
def test_unknown_frameworks(words, error):
    with pytest.raises(NetkitError, match=error):
        peers.chosen(words)


def test_a_framework_that_is_not_installed(monkeypatch):
    monkeypatch.setattr(peers, "find_spec", lambda name: None)
    assert peers.chosen("all") == peers.chosen("none") == []
    with pytest.raises(NetkitError, match="onnxruntime is not installed: pip install onnxruntime"):
        peers.chosen("onnxruntime")


def test_rates_count_what_a_call_does():
    calls = {"netkit": lambda: None, "other": lambda: None}
    monotone = measure.alternate(calls, 1, rounds=1, seconds=0, times={"other": 1000})
    assert monotone["other"][0] > monotone["netkit"][0]


def test_refuses_other_work():
    ours, other = Netkit("lenet5", "numpy", 1), Netkit("lenet5", "numpy", 1)
    ours.net.values[0] += 0.1
    with pytest.raises(NetkitError, match="nothing is timed"):
        measure.agree(ours, other, "lenet5")


def test_rows_name_the_best_other():
    found = measure.row(
        {"netkit numpy": [2, 4], "torch eager": [1, 1], "torch compiled": [2, 2]}, "netkit numpy"
    )
    assert (found["best"], found["ratio"], found["least"], found["most"]) == (
        "torch compiled",
        1.5,
        1,
        2,
    )
