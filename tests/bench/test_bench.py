"""The benchmark: it runs, compares before it times, and refuses to time other work."""

import json

import pytest

from netkit.bench import measure
from netkit.bench.work import Netkit
from netkit.errors import NetkitError

FAST = "--rounds", "1", "--seconds", "0.001", "--eager", "--threads", "1"


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


def test_unknown_work(cli):
    assert (
        "--work vgg: there are lenet5, conv64, detection, demo, all"
        in cli("bench", "--work", "vgg", code=1).stderr
    )


@pytest.mark.parametrize("network", ["lenet5", "conv64"])
def test_agrees_with_pytorch(network):
    """The same gradients and weights as PyTorch's."""
    pytest.importorskip("torch")
    from netkit.bench.torch_side import Torch

    ours = Netkit(network, "numpy", 1)
    gradient, weights = measure.agree(ours, Torch(network, ours.net.weights.values(), 1), network)
    assert gradient < 1e-4
    assert weights < 1e-3


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
