"""EBLearn's configuration files: the language, the arch, the run, and what is said of the rest."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import yaml

from netkit.config.compose import compose
from netkit.eblearn.conf_file import ConfFile
from netkit.eblearn.import_conf import import_conf
from netkit.eblearn.module_specs import connections
from netkit.eblearn.variables import VARIABLES
from netkit.errors import NetkitError
from netkit.files.idx import write_matrix

HERE = Path(__file__).parent
DEMO = HERE / "mnist.conf"
NET = """name = t
eta = .1
train = a
val = b
arch = conv0,addc0,tanh
conv0_kernel = 5x7
conv0_table_out = 4
"""


@pytest.fixture
def written(tmp_path):
    def write(text, *words):
        (tmp_path / "t.conf").write_text(text)
        lines = import_conf(tmp_path / "t.conf", tmp_path / "out", words)
        read = (
            yaml.safe_load((tmp_path / "out" / p / "t.yaml").read_text()) for p in ("arch", ".")
        )
        return *read, lines

    return write


def test_language(tmp_path, monkeypatch):
    (tmp_path / "a.conf").write_text(
        'a = 1 # one\n;; nothing\nb = x;;y\nname = "q # r"\na = 2\nx_2 = deep\n'
        "c = ${x_${a}}-${HOUSE}\nlong = 1, \\\n 2\n"
    )
    monkeypatch.setenv("HOUSE", "red")
    conf = ConfFile(tmp_path / "a.conf", ["z=9"])
    assert [conf.get(n) for n in ("a", "b", "c", "name", "z", "no")] == [
        "2",
        "x",
        "deep-red",
        "q # r",
        "9",
        "",
    ]
    assert conf.get("long").replace(" ", "") == "1,2"
    assert conf.get("current_dir") if "current_dir" in conf else True


def test_demo_arch_and_report(tmp_path):
    lines = import_conf(DEMO, tmp_path, ["data_root=/d", "digits=/e"])
    arch = yaml.safe_load((tmp_path / "arch" / "mnist_demo.yaml").read_text())["layers"]
    kinds = [spec["type"] for spec in arch.values()]
    norm = ["conv", "addc", "tanh", "abs", "wstd", "subs", "addc", "tanh"]
    assert kinds == ["zpad", *norm, *norm, "conv", "addc", "tanh", "linear", "addc", "tanh"]
    assert arch["conv2"]["table"][15] == [0, 1, 2, 3, 4, 5]
    assert arch["linear7"]["out"] == "noutputs"
    run = yaml.safe_load((tmp_path / "mnist_demo.yaml").read_text())
    assert (run["eta"], run["batch_size"], run["train_size"], run["iterations"]) == (
        1e-4,
        1,
        2000,
        5,
    )
    assert (run["train"], run["root"], run["data_root"]) == (
        "${root}/train-images-idx3-ubyte",
        "${data_root}",
        "/d",
    )
    assert (run["reg"], run["reg_l2"]) == (0, "${reg}")
    assert run["show_val_errors"] is True
    # What changes the result is said, and nothing else of the 90 variables.
    said = [line.split(":")[0].strip() for line in lines[2:-2]]
    assert said == ["classes"]


def test_a_file_that_only_detects(written, tmp_path):
    """Is one run, and its arch has the name of the job."""
    (tmp_path / "t.conf").write_text(NET.replace("train = a\n", "") + "weights = w.mat\n")
    lines = import_conf(tmp_path / "t.conf", tmp_path / "out")
    assert lines[-1].startswith("netkit detect --config-dir ")
    assert sorted(path.name for path in (tmp_path / "out").rglob("*.yaml")) == [
        *("t.yaml", "t.yaml", "t_evaluate.yaml"),
    ]
    cfg = compose("detect", ["--config-dir", str(tmp_path / "out"), "--config-name", "t"])
    assert (cfg["weights"], cfg["arch"]["name"]) == ("w.mat", "t")


def test_a_rate_that_is_missing_is_said(written):
    assert (
        "  eta: the file does not say it: 0.001 is taken, netkit's own"
        in written(NET + "eta =\n")[-1]
    )


def test_a_misspelt_variable_is_said_where_it_has_a_value(written):
    assert "not carried over" not in "\n".join(written(NET + "annea_period = 0\n")[-1])
    lines = written(NET + "annea_period = 100\n")[-1]
    said = "  annea_period: EBLearn has no such variable: did you mean anneal_period?"
    assert said in lines


@pytest.mark.parametrize("seeds", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_demo_trains(cli, shared, tmp_path, seeds):
    """The imported demo reaches what EBLearn's reaches, in a fifth of the time."""
    cli("import-conf", str(DEMO), f"data_root={shared}/data/mnist")
    words = "--config-dir", "imported", "--config-name", "mnist_demo"
    reached = []
    for seed in range(seeds):
        lines = cli("train", *words, f"seed={seed}").stdout.splitlines()
        lines = [line for line in lines if line.startswith("i=")]
        reached.append(float(lines[4].split("test_correct=")[1].split("%")[0]))
    assert sum(reached) / seeds >= 95


def test_parameters(written):
    arch, run, _ = written(
        NET + "data_coeff = .5\nval_size = 0\nndiaghessian = 0\ninertia = .9\nconv0_stride=2x2\n"
    )
    assert arch["layers"]["conv0"] == {
        "type": "conv",
        "out": 4,
        "kernel": [5, 7],
        "stride": 2,
        "bias": False,
    }
    assert {"override optimizer": "sgd"} in run["defaults"]
    assert run["val_size"] is None
    assert run["eta"] == pytest.approx(0.1 / (1 - 0.9))
    assert run["balanced_training"] is True
    assert run["data_coeff"] == 0.5


def test_grids_tables_and_branches(written, tmp_path):

    write_matrix(tmp_path / "t.mat", np.array([[0, 0], [1, 1], [2, 1]], np.int32), "mat")
    text = NET.replace("eta = .1", "eta = .1 .2").replace(
        "conv0,addc0,tanh", "conv0,ms0,merge0,conv1"
    )
    text += "ms0_pipe0 = tanh\nms0_pipe1 = abs\nmerge0_type = concat\n"
    text += "conv1_table = t.mat\nconv1_kernel = 1x1\n"
    arch, run, lines = written(text)
    assert run["eta"] == 0.1
    assert "sweep with --multirun eta=.1,.2" in "\n".join(lines)
    assert arch["layers"]["conv1"]["table"] == [[0], [1, 2]]
    assert list(arch["layers"]["ms0"]["layers"]["pipe1"]["layers"]) == ["abs"]


BAD = [
    ("eta = `rm -rf`", "t.conf:8: eta: a shell command in backquotes is not run"),
    ("eta = ${rate}", r"eta needs \$\{rate\}, which is not defined"),
    ("eta = ${eta}", "eta -> eta: a variable that refers to itself"),
    ("eta = fast", "eta = fast: give a number"),
    ("eta", "t.conf:8: 'eta' is no assignment"),
    ("arch = conv0,konv1", "arch: konv1: layer 'konv' is not known: did you mean conv?"),
    ("arch = conv9", "conv9_kernel is missing: conv9 of arch needs it"),
    ("conv0_table = /no/t.mat", "conv0_table = /no/t.mat: there is no such file"),
    ("arch =", "arch is missing"),
    ("train = ${disk}/a", r"train needs \$\{disk\}, which is not defined"),
    ("trainable_module1_energy = scaler_energy", "there are l2_energy, cross_entropy_energy"),
]


def test_a_table_in_another_order_keeps_it(tmp_path):
    """The kernels in a file of weights stand in the order of the table's rows."""
    rows = np.array([[1, 1], [0, 0], [2, 1]], np.int32)
    write_matrix(tmp_path / "t.mat", rows, "mat")
    reader = SimpleNamespace(conf=SimpleNamespace(path=tmp_path / "a.conf"))
    assert connections(reader, "conv0", "t.mat") == ({"pairs": rows.tolist()}, 2)
    write_matrix(tmp_path / "t.mat", rows[[1, 0, 2]], "mat")
    assert connections(reader, "conv0", "t.mat") == ([[0], [1, 2]], 2)


@pytest.mark.parametrize(("line", "message"), BAD)
def test_bad_files(written, tmp_path, line, message):
    with pytest.raises(NetkitError, match=message):
        written(NET + line + "\n")
    assert not (tmp_path / "out").exists()


def test_every_variable_of_train_is_in_the_table():
    """docs/eblearn.md has each variable of EBLearn's train; those that are "the same" exist
    here.
    """
    text = (
        (HERE.parents[1] / "docs" / "eblearn.md")
        .read_text()
        .split("## train: variables")[1]
        .split("\n## ")[0]
    )
    here = compose("train", ["optimizer=sdlm", "data=files"])
    for name, what in VARIABLES.items():
        assert f"| `{name}` | {what or 'the same'} |" in text, name
        if what is None or what.startswith("the same"):
            assert name in here, name
