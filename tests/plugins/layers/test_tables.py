"""Connection tables: drawn, written, read, in an arch."""

import numpy as np
import pytest

from netkit.commands.table import table
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.files.idx import read_matrix, write_matrix
from netkit.net import Net
from netkit.plugins.layers.tables import draw, pairs, read_table, write_table
from netkit.training.checkpoint import Checkpoint


def test_a_drawn_table_deals_evenly():
    for inputs, outputs, fan_in in ((6, 16, 4), (5, 7, 5), (7, 3, 1), (1, 4, 1), (10, 33, 7)):
        rows = draw(inputs, outputs, fan_in, seed=3)
        assert [len(set(row)) for row in rows] == [fan_in] * outputs
        seen = np.bincount(np.concatenate(rows), minlength=inputs)
        assert seen.max() - seen.min() <= 1 + (fan_in > 1)
    assert draw(6, 16, 4, 0) != draw(6, 16, 4, 1)
    runs = [len(row) for row in draw(6, 7, [1, 5, 3])]  # of 7 outputs 3, 2 and 2
    assert runs == [1, 1, 1, 5, 5, 3, 3]
    assert draw(4, 4, 2, 0) == [
        [2, 3],
        [0, 1],
        [1, 3],
        [0, 2],
    ]  # the same for ever, since checkpoints name the seed


@pytest.mark.parametrize("end", ["mat", "yaml"])
def test_files_come_back(tmp_path, end):
    rows = draw(6, 16, 3)
    write_table(tmp_path / f"t.{end}", rows)
    assert read_table(tmp_path / f"t.{end}") == rows


def test_eblearns_table(shared):
    rows = read_table(shared / "oracles" / "eblearn" / "table_6_16_connect_60.mat")
    assert rows == compose("train", ["arch=lenet5_eblearn"])["arch"]["layers"]["conv2"]["table"]


def test_order_of_the_kernels_is_kept(tmp_path):
    """A file whose rows are not in the order of the outputs keeps its order: the weights go by
    it.
    """
    write_matrix(tmp_path / "t.mat", np.array([[1, 1], [0, 0], [2, 1]], np.int32), "mat")
    assert read_table(tmp_path / "t.mat") == {"pairs": [[1, 1], [0, 0], [2, 1]]}
    assert pairs(read_table(tmp_path / "t.mat"), 3, 2) == ([1, 0, 1], [1, 0, 2])


def test_a_run_keeps_its_table(cli, tmp_path):
    """The table's file is not needed any more once a run has it: it stands in the run's
    configuration.
    """
    write_table(tmp_path / "t.mat", draw(6, 16, 2))
    cli(
        "train",
        "arch.layers.c2.table=t.mat",
        "iterations=1",
        "train_size=20",
        "val_size=10",
        "hydra.run.dir=run",
    )
    (tmp_path / "t.mat").unlink()
    checkpoint = Checkpoint.load(tmp_path / "run")
    assert checkpoint.meta["config"]["arch"]["layers"]["c2"]["table"] == draw(6, 16, 2)
    assert checkpoint.tensors["c2.W"].shape == (32, 25)
    cli("detect", "weights=run", "save_images=false")


def test_a_random_table_in_an_arch(registry):
    ops = registry.make("backend", {"type": "numpy"})
    spec = {"type": "conv", "out": 8, "kernel": 3, "table": {"fan_in": 2, "seed": 5}}
    net = Net(registry.layers({"c": spec}, 10), (6, 5, 5), ops)
    assert net.layers["c"].pairs == pairs(draw(6, 8, 2, 5), 6, 8)
    assert net.weights["c.W"].shape == (16, 9)


def test_the_first_maps_alone(registry):
    """All of them is a convolution without a table; of fewer, the order is that of a full table."""
    ops = registry.make("backend", {"type": "numpy"})
    spec = {"type": "conv", "out": 2, "kernel": 3, "table": {"first": 2}}
    net = Net(registry.layers({"c": spec}, 10), (3, 5, 5), ops)
    assert net.layers["c"].pairs == ([0, 0, 1, 1], [0, 1, 0, 1])
    assert net.weights["c.W"].shape == (4, 9)
    plain = Net(registry.layers({"c": spec}, 10), (2, 5, 5), ops)
    assert plain.layers["c"].pairs is None
    assert plain.weights["c.W"].shape == (2, 18)


def test_the_command(cli, tmp_path):
    said = cli("table", "t.mat", "--inputs", "4", "--outputs", "3", "--fan-in", "2").stdout
    assert said.endswith("6 kernels, 4 input maps, 3 output maps\n")
    assert said.count("X") == 6
    assert cli("table", "t.mat").stdout == said
    assert read_matrix(tmp_path / "t.mat").shape == (6, 2)
    assert (
        "is there already"
        in cli("table", "t.mat", "--inputs", "4", "--outputs", "3", code=1).stderr
    )
    assert table(str(tmp_path / "full.yaml"), 2, 3).count("X") == 6
    several = cli("table", "s.mat", "--inputs", "4", "--outputs", "6", "--fan-in", "1,3").stdout
    assert several.endswith("12 kernels, 4 input maps, 6 output maps\n")
    said = cli(
        "table", "u.mat", "--inputs", "4", "--outputs", "6", "--fan-in", "two", code=1
    ).stderr
    assert said == "netkit: --fan-in two: give a whole number from 1, or several as 2,3\n"
    assert "of how many maps" in cli("table", "u.mat", "--inputs", "4", code=1).stderr


BAD = [  # a conv's table, what is said
    ([[0], [1]], "the table has 2 outputs over input maps 0..1: connect each of the 3 outputs"),
    ([[0], [], [1]], "the table has 2 outputs"),
    ([[0], [3], [1]], "input maps 0..3: connect each of the 3 outputs, to input maps from 0 to 2"),
    ([[0], [1, 1], [2]], "connects input 1 and output 1 twice"),
    ([[0], ["a"], [2]], "connect each"),
    ({"fan_in": 4}, "fan_in=4: give a whole number, at most 3"),
    ({"fan_in": [1, 4]}, "fan_in=4: give a whole number, at most 3"),
    ({"fan_in": []}, r"fan_in=\[\]: give a whole number"),
    ({"first": 4}, "first=4: give a whole number, at most 3"),
    ({"first": 0}, "first=0: give a whole number, at most 3"),
    ({"fan_in": 2, "sed": 4}, "table={'fan_in': 2, 'sed': 4}: give a list"),
    (7, "table=7: give a list"),
    ({"pairs": 7}, r"pairs=7: give \[\[input, output\], ...\]"),
    ({"pairs": [[0, 0], [1]]}, r"\[1\] is no pair: give \[input, output\]"),
    ("t" * 5000, r"^c: table='t+.*: 5,000 characters are no name of a file: give the"),
]


@pytest.mark.parametrize(("wrong", "said"), BAD, ids=lambda v: str(v)[:20])
def test_tables_that_do_not_fit(registry, wrong, said):
    ops = registry.make("backend", {"type": "numpy"})
    layers = registry.layers({"c": {"type": "conv", "out": 3, "kernel": 1, "table": wrong}}, 10)
    with pytest.raises(NetkitError, match=said.replace("{", ".").replace("}", ".")):
        Net(layers, (3, 2, 2), ops)


def test_files_that_are_no_tables(tmp_path):
    write_matrix(tmp_path / "a.mat", np.zeros((3, 3), np.int32), "mat")
    (tmp_path / "b.yaml").write_text("[[1, 2")
    (tmp_path / "c.yaml").write_text("hello")
    for name, said in (
        ("a.mat", "is no table"),
        ("b.yaml", "cannot be read"),
        ("n.yaml", "cannot be read"),
        ("n.mat", "cannot be read"),
        ("c.yaml", "is no table"),
    ):
        with pytest.raises(NetkitError, match=said):
            table(str(tmp_path / name))
    with pytest.raises(NetkitError, match=r"ends in '.txt'"):
        table(str(tmp_path / "t.txt"), 2, 2, fan_in=1)


def test_a_table_has_a_million_pairs_at_most():
    assert len(draw(1, 1 << 16, 1)) == 1 << 16
    with pytest.raises(
        NetkitError, match="outputs=1048577: give a whole number, at most 1,048,576"
    ):
        draw(1, (1 << 20) + 1, 1)
    with pytest.raises(NetkitError, match=r"fan_in=2 of 4 inputs for 524,289 outputs: a table has"):
        draw(4, (1 << 19) + 1, 2)
