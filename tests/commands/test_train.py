"""Training through the command line: what it prints and leaves, going on, interruption, bad
input.
"""

import csv
import json
import signal
import subprocess
import sys

import numpy as np
import pytest
import yaml
from terminals import on_a_terminal

from netkit.training.checkpoint import Checkpoint

QUICK = "arch=mlp", "arch.hidden=20", "train_size=300", "val_size=100", "iterations=2", "threads=1"


def folder_of(tmp_path):
    (folder,) = tmp_path.glob("outputs/*/*")
    return folder


def last(folder, name="last"):
    return Checkpoint.load(folder / f"{name}.safetensors")


def test_main_job(cli, tmp_path):
    """The README's command: lines, files, and digits that it then reads."""
    done = cli("train", "arch=lenet5")
    said = done.stdout.splitlines()
    opening = [line.split()[0] for line in said[:5]]
    assert opening == ["data", "classes", "images", "net", "run"]
    lines = said[5:]
    assert [line.split()[0] for line in lines[:5]] == [f"i={k}" for k in range(1, 6)]
    numbers = dict(word.split("=") for word in lines[4].split() if "=" in word)
    assert set(numbers) == {"i", "energy", "correct", "test_energy", "test_correct"}
    assert float(numbers["test_correct"].rstrip("%")) > 95
    folder = folder_of(tmp_path)
    weights = [f"lenet5_net{k:05d}.safetensors" for k in range(1, 6)]
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        [
            *weights,
            "best.safetensors",
            "last.safetensors",
            "config.yaml",
            "report.html",
            "results.csv",
            "train.log",
        ]
    )
    rows = list(csv.DictReader((folder / "results.csv").read_text().splitlines()))
    assert [row["iteration"] for row in rows] == list("12345")
    assert f"{float(rows[-1]['test_correct']):.2f}%" == numbers["test_correct"]
    assert yaml.safe_load((folder / "config.yaml").read_text())["arch"]["layers"]["c0"]["out"] == 6
    assert lines[4] in (folder / "train.log").read_text()
    assert last(folder).meta["classes"] == list("0123456789")

    found = cli("detect", f"weights={folder}/best.safetensors").stdout.splitlines()
    right = [line for k, line in enumerate(found[:10]) if line.startswith(f"{k}.png: {k} (")]
    assert len(right) >= 9
    assert all(line.endswith("box 0,0,28,28") for line in found[:10])


def test_same_seed_same_weights(cli, tmp_path):
    for where in "abc":
        (tmp_path / where).mkdir()
        cli("train", *QUICK, f"seed={int(where == 'c')}", cwd=tmp_path / where)
    a, b, c = (last(folder_of(tmp_path / where)).tensors["f1.W"] for where in "abc")
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_resume_is_bit_identical(cli, tmp_path):
    """A run that stops after two of four iterations and is resumed ends with the weights of one
    that did not stop.
    """
    words = "arch=lenet5", "train_size=150", "val_size=50", "iterations=4", "threads=2"
    for where in "ab":
        (tmp_path / where).mkdir()
    cli("train", *words, cwd=tmp_path / "a")
    run = "import sys; from netkit.cli import main\n"
    run += "from netkit.training.trainer import Trainer as T\n"
    run += "p = T.pass_over\n"
    run += "def stop(self):\n  if self.iteration == 2: raise KeyboardInterrupt\n  p(self)\n"
    run += "T.pass_over = stop; sys.argv[0] = 'netkit'; main()"
    stopped = subprocess.run(
        [sys.executable, "-c", run, "train", *words],
        cwd=tmp_path / "b",
        capture_output=True,
        text=True,
    )
    assert stopped.returncode == 130
    assert "resume=" in stopped.stderr
    whole, folder = folder_of(tmp_path / "a"), folder_of(tmp_path / "b")
    assert last(folder).meta["iteration"] == 2
    done = cli("train", f"resume={folder}", cwd=tmp_path / "b")
    assert [line.split()[0] for line in done.stdout.splitlines()[5:7]] == ["i=3", "i=4"]
    assert [p.name for p in (tmp_path / "b").glob("outputs/*/*")] == [folder.name]
    for name, tensor in last(whole).tensors.items():
        assert np.array_equal(tensor, last(folder).tensors[name]), name
    times = "seconds"
    strip = [
        [{k: v for k, v in row.items() if k != times} for row in last(f).meta["rows"]]
        for f in (whole, folder)
    ]
    assert strip[0] == strip[1]


def test_weights_start_a_new_run(cli, tmp_path):
    cli("train", *QUICK)
    first = folder_of(tmp_path)
    (tmp_path / "more").mkdir()
    done = cli(
        "train",
        *QUICK,
        f"weights={first}/mlp_net00001.safetensors",
        "eta=0",
        "iterations=1",
        cwd=tmp_path / "more",
    )
    second = folder_of(tmp_path / "more")
    assert np.array_equal(last(first, "mlp_net00001").tensors["f0.W"], last(second).tensors["f0.W"])
    assert f"\nweights  {first}/mlp_net00001.safetensors: all of it is taken\n" in done.stdout
    assert "\ni=1 " in done.stdout


def test_interrupt(tmp_path):
    """Ctrl-C ends with one line and code 130, and what was saved can be resumed."""
    words = "train", "arch=mlp", "iterations=1000", "threads=1"
    command = [sys.executable, "-m", "netkit.cli", *words]
    run = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.SIG_DFL
        ),  # a shell's background jobs ignore it
    )
    for _ in range(5 + 3):
        run.stdout.readline()
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "Traceback" not in err
    assert f"netkit train resume={folder_of(tmp_path)}" in err
    assert last(folder_of(tmp_path)).meta["iteration"] >= 3


def test_a_run_that_was_stopped_early_says_so_and_may_go_on(cli, tmp_path):
    words = *QUICK, "iterations=9", "eta=0", "schedule=constant", "early_stopping=2"
    cli("train", *words, "hydra.run.dir=run")
    again = cli("train", "resume=run")
    assert "early_stopping had ended it after iteration 3 of 9, and nothing is trained" in (
        again.stderr
    )
    assert "i=4" not in again.stdout
    assert last(tmp_path / "run").meta["iteration"] == 3
    cli("train", "resume=run", "early_stopping=null")
    assert last(tmp_path / "run").meta["iteration"] == 9


def test_multirun(cli, tmp_path):
    cli("train", *QUICK, "--multirun", "eta=1e-3,1e-2")
    configs = [
        yaml.safe_load(p.read_text()) for p in sorted(tmp_path.glob("outputs/*/*/*/config.yaml"))
    ]
    assert [config["eta"] for config in configs] == [1e-3, 1e-2]


def test_layers_by_configuration(cli):
    words = (
        "arch.layers.c0.out=8",
        "~arch.layers.abs0",
        "arch.layers.c2.table=null",
        "iterations=1",
        "train_size=100",
    )
    assert cli("train", *words, "val_size=100").stdout.splitlines()[5].startswith("i=1 ")


def test_float64(cli, tmp_path):
    cli("train", *QUICK, "dtype=float64")
    assert last(folder_of(tmp_path)).tensors["f0.W"].dtype == np.float64


def test_cfg_and_help(cli, tmp_path):
    assert yaml.safe_load(cli("train", "--cfg", "job", "eta=0.5").stdout)["eta"] == 0.5
    text = cli("train", "--help").stdout
    for word in (
        "arch ",
        "lenet5_modern,",
        "energy ",
        "iterations",
        "batch_size",
        "train_size",
        "weights",
        "resume",
    ):
        assert word in text
    assert not (tmp_path / "outputs").exists()


BAD = [  # words, what the line must say
    (["etaa=3"], ["etaa", "did you mean eta?"]),
    (
        ["arch.layers.c0.kernal=3"],
        ["arch.layers.c0.kernal: there is no such variable", "mean arch.layers.c0.kernel?"],
    ),
    (["arch=lenet6"], ["arch=lenet6", "did you mean lenet5?"]),
    (["arch.layers.c0.type=konv"], ["c0: layer 'konv' is not known", "did you mean conv?"]),
    (["arch.layers.c0.kernel=40"], ["c0: kernel 40x40 does not fit its input (1, 32, 32)"]),
    (["arch.layers.c0.kernel=0"], ["c0: kernel=0: give a whole number from 1"]),
    (["+arch.layers.c0.spread=2"], ["c0: layer 'conv'", "spread", "it takes out, kernel"]),
    (["arch.layers.f7.out=11"], ["(11, 1, 1)", "10 classes", "noutputs"]),
    (["~arch.layers.c5", "arch.layers.f7.out=7"], ["tanh7", "(7, 1, 1)"]),
    (["eta=fast"], ["eta=fast: give a number"]),
    (["eta=-1"], ["eta=-1"]),
    (["iterations=two"], ["iterations=two: give a whole number"]),
    (["batch_size=0"], ["batch_size=0: give a whole number from 1"]),
    (["seed=-1"], ["seed=-1"]),
    (["threads=0"], ["threads=0"]),
    (["dtype=float16"], ["dtype=float16: there are float32, float64"]),
    (["train_size=10000"], ["train_size=10000", "netkit data mnist"]),
    (["root=/nowhere"], ["root=/nowhere: there is no such folder"]),
    (["weights=/nowhere.safetensors"], ["weights /nowhere.safetensors: there is no such file"]),
    (
        ["hydra.run.dir=/proc/netkit"],
        ["/proc/netkit: No such file or directory: choose another place"],
    ),
    (["resume=/nowhere"], ["resume=/nowhere: no last.safetensors there"]),
    (["optimizer.schedule=cosin"], ["schedule=cosin: there are constant, linear, cosine"]),
    (["eta=[1"], ["[1"]),
    (["arch=linear", "optimizer=sgd", "eta=1e30"], ["energy is", "eta=1e+30", "smaller eta"]),
    (["hydra.run.dir=/dev/null/x"], ["/dev/null/x"]),
    (
        ["energy.smoothing=0.1"],
        ["energy 'l2'", "it takes binary_target=", "; smoothing is for energy=cross_entropy"],
    ),
    (["energy=hinge"], ["energy=hinge: in netkit it is energy=margin"]),
]


@pytest.mark.parametrize(("words", "expected"), BAD, ids=[" ".join(w) for w, _ in BAD])
def test_bad_input(cli, tmp_path, words, expected):
    """One line that names the thing, no traceback, nothing left behind."""
    small = (
        []
        if any(w.startswith(("train_size", "resume")) for w in words)
        else ["train_size=64", "val_size=64"]
    )
    done = cli("train", *small, *words, code=1)
    assert done.stderr.startswith("netkit: ")
    assert done.stderr.count("\n") == 1
    for part in expected:
        assert part in done.stderr
    if "energy is" not in done.stderr:
        assert not (tmp_path / "outputs").exists()
    assert not list(tmp_path.glob("**/*.part"))


def test_debug_shows_the_traceback(cli):
    small = "train_size=64", "val_size=64", "arch.layers.c0.kernel=40"
    assert "Traceback" in cli("--debug", "train", *small, code=1).stderr
    assert "Traceback" in cli("train", *small, code=1, HYDRA_FULL_ERROR="1").stderr


def test_cupy_is_never_replaced_by_the_cpu(cli, registry):
    try:
        registry.make("backend", {"type": "cupy"})
    except Exception:
        done = cli("train", "--backend", "cupy", code=1)
        assert "backend=cupy" in done.stderr
        assert "netkit[cuda12]" in done.stderr
        assert done.stdout == ""
    else:
        pytest.skip("a GPU answers here")


def test_foreign_and_damaged_weights(cli, tmp_path):
    cli("train", *QUICK)
    whole = (folder_of(tmp_path) / "best.safetensors").read_bytes()
    from safetensors.numpy import save

    cases = {
        "cut": (whole[: len(whole) // 2], "not a whole safetensors file"),
        "text": (b"hello", "not a whole safetensors file"),
        "foreign": (save({"a": np.zeros(3)}), "not written by netkit"),
    }
    for name, (data, message) in cases.items():
        (tmp_path / name).write_bytes(data)
        for command in (["train"], ["detect"]):
            done = cli(*command, f"weights={tmp_path / name}", code=1)
            assert message in done.stderr
            assert done.stderr.count("\n") == 1
    done = cli(
        "train", f"weights={folder_of(tmp_path)}/best.safetensors", code=1
    )  # of an mlp, into a lenet5
    assert "nothing in it fits the net: c0: not in the file" in done.stderr
    assert "(mlp)" in done.stderr


def test_a_visualizer_that_fails_is_switched_off(tmp_path, caplog):
    from types import SimpleNamespace

    from netkit.training.ranks import Ranks
    from netkit.training.trainer import Trainer

    def fails(trainer):
        raise ValueError("no paper")

    trainer = SimpleNamespace(show={"bad": SimpleNamespace(iteration=fails)})
    trainer.ranks = SimpleNamespace(tell=lambda moment: Ranks.tell(trainer.ranks, moment))
    trainer.ranks.trainer = trainer
    Trainer.tell(trainer, "iteration")
    assert trainer.show == {}
    assert (
        "visualizer 'bad' failed in iteration and is switched off: ValueError: no paper"
        in caplog.text
    )


def test_progress_bar_on_a_terminal(tmp_path):
    """On a terminal there is a bar with speed and time left; the lines stand above it."""
    words = "arch=mlp", "iterations=8", "threads=1", "hydra.run.dir=run"
    text = on_a_terminal(tmp_path, "train", *words, TERM="xterm")
    assert b"iteration " in text
    assert b"samples/s" in text
    assert text.count(b"test_correct=") == 8


def test_rows_are_json(tmp_path, cli):
    cli("train", *QUICK)
    rows = last(folder_of(tmp_path)).meta["rows"]
    assert json.loads(json.dumps(rows)) == rows
