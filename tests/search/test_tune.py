"""netkit tune: trials are runs, several processes share them, a killed one is gone on with."""

import csv
import json
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest
import yaml

from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.runs.record import read_record
from netkit.search import run as run_module
from netkit.search import study as study_module
from netkit.search.results import best_of, outcomes
from netkit.search.run import together, tune
from netkit.search.settings import read_line
from netkit.search.study import Study
from netkit.search.trial import Watch

pytest.importorskip("optuna")
WORDS = ["arch=linear", "train_size=60", "val_size=40", "iterations=3", "threads=1", "report=false"]
SPACE = (
    "tune.space={optimizer: {adam: {eta: log(1e-4,1e-1)}, sgd: {eta: log(1e-3,1)}}, seed: [0,1]}"
)


def line(folder, *words):
    return [*WORDS, SPACE, f"tune.folder={folder}", *words]


def test_trials_are_runs_and_the_best_is_a_configuration(tmp_path, capsys):
    words = line(tmp_path / "s", "tune.trials=4")
    tune(words)
    said = capsys.readouterr().out
    assert "4 trials (4 whole)" in said
    study = Study(read_line(words))
    found = outcomes(study)
    for one in found:
        record = read_record(tmp_path / f"s/{one.number:05d}")
        assert record.best == one.value
        assert record.kind("optimizer") == one.params["optimizer"]
        assert record.config["eta"] == one.params[f"optimizer={one.params['optimizer']}/eta"]
        assert record.config["seed"] == int(one.params["seed"])
    best = best_of(found)
    assert best.value == max(one.value for one in found)
    with open(tmp_path / "s/trials.csv") as file:
        table = list(csv.DictReader(file))
    assert [float(row["test_correct"]) for row in table] == [one.value for one in found]
    cfg = compose("train", [str(tmp_path / "s/best.yaml"), "iterations=7"])
    kept = yaml.safe_load((tmp_path / f"s/{best.number:05d}/config.yaml").read_text())
    assert {name for name in kept if cfg.get(name) != kept[name]} <= {"command", "iterations"}
    assert cfg["iterations"] == 7
    text = (tmp_path / "s/search.html").read_text()
    page = json.loads(json.loads(re.search(r"JSON.parse\((\".*?\")\);\n", text)[1]))
    assert [t["value"] for t in page["search"]["trials"]] == [one.value for one in found]
    assert {p["name"]: p["kind"] for p in page["search"]["parameters"]}["seed"] == "choice"
    assert sum(share for _, share in page["search"]["importance"]) == pytest.approx(1)


def test_a_search_that_was_ended_goes_on_where_it_was(tmp_path, monkeypatch):
    words = line(tmp_path / "s", "tune.trials=2")
    whole = Watch.iteration

    def ended(self, trainer):
        whole(self, trainer)
        if self.trial.number == 1 and trainer.iteration == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Watch, "iteration", ended)
    with pytest.raises(KeyboardInterrupt):
        tune(words)
    assert [one.state for one in outcomes(Study(read_line(words)))] == ["whole", "running"]
    monkeypatch.setattr(Watch, "iteration", whole)
    tune(words)
    one, other = outcomes(Study(read_line(words)))
    assert (one.state, other.state) == ("whole", "whole")
    assert [row["iteration"] for row in other.rows] == [1, 2, 3]
    assert read_record(tmp_path / "s/00001").state == "3/3"
    tune([*words[:-1], "tune.trials=3"])  # more of them
    assert len(outcomes(Study(read_line(words)))) == 3


def test_what_is_worse_than_half_is_pruned(tmp_path, monkeypatch):
    monkeypatch.setattr(study_module, "STARTUP", 2)
    words = [*WORDS, "iterations=5", "tune.space={eta: [0.003,0.004,0.0]}", "tune.trials=6"]
    words += [f"tune.folder={tmp_path / 's'}", "tune.sampler=random", "schedule=constant"]
    tune(words)
    found = outcomes(Study(read_line(words)))
    pruned = [one for one in found if one.state == "pruned"]
    assert pruned
    assert all(len(one.rows) < 5 for one in pruned)
    assert all(len(one.rows) == 5 for one in found if one.state == "whole")
    assert "0.0" in {one.params["eta"] for one in pruned} <= {"0.0", "0.003"}


@pytest.mark.slow
def test_two_processes_share_the_trials(tmp_path, cli):
    done = cli("tune", *line("s", "tune.trials=4", "tune.processes=2"))
    assert "4 trials (4 whole)" in done.stdout
    with open(tmp_path / "s/trials.csv") as file:
        assert [row["trial"] for row in csv.DictReader(file)] == ["0", "1", "2", "3"]
    assert len(list((tmp_path / "s").glob("0*/last.safetensors"))) == 4
    assert done.stdout.count("trial 2:") == 1


PROCESS = """import os, sys
code = int(sys.argv[1])
os.kill(os.getpid(), -code) if code < 0 else sys.exit(code)
"""


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        ((0, 0), ""),
        ((-9, 0), "1 of 2 processes were ended by signal 9"),
        ((0, 3), "1 of 2 processes ended with an error, which is said above"),
    ],
)
def test_a_process_that_ends_early(tmp_path, monkeypatch, caplog, codes, said):
    """The others do its trials; it is said, and is no error."""
    started = iter(codes)

    def popen(command, env):
        assert command[3:5] == ["tune", "arch=linear"]
        assert command[-1] == f"tune.folder={tmp_path}"
        assert "threads=1" in command
        assert "tune.processes=2" not in command
        return subprocess.Popen([sys.executable, "-c", PROCESS, str(next(started))])

    monkeypatch.setattr(run_module, "subprocess", SimpleNamespace(Popen=popen))
    words = ["arch=linear", "threads=1", SPACE, f"tune.folder={tmp_path}", "tune.processes=2"]
    together(words, read_line(words))
    assert caplog.messages == [said] * bool(said)


def test_all_processes_end_early(tmp_path, monkeypatch):
    ended = SimpleNamespace(Popen=lambda *_, **__: SimpleNamespace(wait=lambda: next(codes)))
    monkeypatch.setattr(run_module, "subprocess", ended)
    words = ["arch=linear", SPACE, f"tune.folder={tmp_path}", "tune.processes=3"]
    codes = iter((1, -15, -9))
    said = "ended with an error, which is said above or were ended by signal 9 or .* signal 15: the"
    with pytest.raises(NetkitError, match=f"all processes {said}"):
        together(words, read_line(words))


def test_wrong_words(tmp_path, monkeypatch):
    with pytest.raises(NetkitError, match="aerch: there is no such variable"):
        tune(line(tmp_path / "s", "aerch=3"))
    assert not (tmp_path / "s").exists()
    wrong = [*WORDS, "tune.space={optimizer.speed: [1,2]}", f"tune.folder={tmp_path / 'w'}"]
    with pytest.raises(NetkitError, match=r"optimizer.*speed"):
        tune(wrong)
    tune(line(tmp_path / "t", "tune.trials=1"))
    with pytest.raises(NetkitError, match="holds a search of other words"):
        tune([*WORDS, "tune.space={seed: [1,2]}", f"tune.folder={tmp_path / 't'}"])
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(NetkitError, match=r"pip install 'netkit\[tune\]'"):
        tune(line(tmp_path / "u"))
