"""Runs listed, filtered, sorted, found by name, and compared on a page."""

import csv
import json
import os
import re
import shutil

import pytest

import netkit
from netkit.commands.runs import chosen, runs
from netkit.errors import NetkitError
from netkit.files.runs import in_last_run, run_called, run_folder
from netkit.runs.differences import differences
from netkit.runs.listing import fits, in_order, rows
from netkit.runs.record import read_record, records

QUICK = {"arch": "linear", "train_size": 60, "val_size": 30, "report": False}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with three runs under outputs, begun one second after the other."""
    home = tmp_path_factory.mktemp("runs")
    many = {"a": {"iterations": 1, "name": "first"}, "b": {"iterations": 2, "eta": 0.5}}
    many["c"] = {"iterations": 3, "early_stopping": 1, "eta": 0.0, "schedule": "constant"}
    for k, (name, words) in enumerate(many.items()):
        folder = home / "outputs" / "2026-01-01" / name
        netkit.train(folder=folder, **QUICK, **words)
        os.utime(folder / "config.yaml", (1_700_000_000 + k,) * 2)
    return home


@pytest.fixture
def home(made, monkeypatch):
    monkeypatch.chdir(made)
    return made


def test_a_record_says_what_results_csv_says(home):
    record = read_record(home / "outputs/2026-01-01/b")
    with open(record.folder / "results.csv") as file:
        results = list(csv.DictReader(file))
    assert record.best == max(float(row["test_correct"]) for row in results)
    assert record.seconds == pytest.approx(sum(float(row["seconds"]) for row in results))
    assert (record.kind("arch"), record.kind("data"), record.state) == ("linear", "mnist", "2/2")
    assert record.setting("optimizer") == "adam"
    assert record.setting("optimizer.type") == "adam"
    assert record.setting("optimizer.nothing") is None


def test_early_stopping_is_over_and_an_unfinished_run_is_not(home):
    early = read_record(home / "outputs/2026-01-01/c")
    assert early.over
    assert early.state == "2/3 early"
    half = early._replace(stopped="")
    assert not half.over
    assert half.state == "2/3"


def test_latest_and_names(home):
    assert run_called("latest").name == "c"
    assert run_called("first").name == "a"
    assert in_last_run(type(home)("first")) == run_called("first") / "best.safetensors"
    assert run_folder("outputs/2026-01-01/b").name == "b"
    assert run_called("nobody") is None
    assert netkit.load("latest").meta["config"]["early_stopping"] == 1


def test_names_that_cannot_be_found_again_are_refused(tmp_path):
    for name in ("latest", "a/b", "a.b"):
        with pytest.raises(NetkitError, match="cannot be the name of a run"):
            netkit.train(**QUICK, name=name, folder=tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_filters(home):
    found = list(records(["outputs"]))
    assert [r.folder.name for r in found] == ["a", "b", "c"]
    for word, names in {
        "arch=lin*": "abc",
        "arch!=linear": "",
        "eta=0.5": "b",
        "eta=5e-1": "b",
        "iterations>=2": "bc",
        "iterations<2": "a",
        "early_stopping=null": "ab",
        "name=first": "a",
    }.items():
        assert "".join(r.folder.name for r in found if fits(r, word)) == names, word
    best = max(found, key=lambda r: r.best)
    assert in_order(found, "best")[0] is best
    with pytest.raises(NetkitError, match="--sort speed: no run has it"):
        in_order(found, "speed")


def test_the_table_has_the_words_that_differ(home):
    head, *lines = rows(list(records(["outputs"])))
    assert head[4] == "test_correct"
    assert head[-4:] == ["iterations", "eta", "early_stopping", "schedule"]
    assert [line[-3] for line in lines] == ["", "0.5", "0.0"]


def test_differences_are_of_whole_configurations(home):
    found = dict(differences(list(records(["first", "outputs/2026-01-01/b"]))))
    assert found["iterations"] == [1, 2]
    assert found["eta"][1] == 0.5
    assert not {"command", "name"} & found.keys()


def test_page_and_table_in_files(home, tmp_path):
    said = runs(["eta=0*"], sort="name", csv=tmp_path / "t.csv", compare=tmp_path / "p.html")
    text = (tmp_path / "p.html").read_text()
    data = json.loads(json.loads(re.search(r"JSON.parse\((\".*?\")\);\n", text)[1]))
    assert [len(run["rows"]) for run in data["runs"]] == [
        len(record.rows) for record in in_order(chosen(["eta=0*"], None), "name")
    ]
    assert "</script>" not in text.split("JSON.parse")[1].split("\n")[0]
    table = list(csv.DictReader((tmp_path / "t.csv").read_text().splitlines()))
    assert {row["metric"] for row in table} == {"test_correct"}
    assert str(tmp_path / "p.html") in said


def test_nothing_to_list(tmp_path, monkeypatch, home):
    with pytest.raises(NetkitError, match=r"none of 3 runs there fits best>100"):
        runs(["best>100"])
    with pytest.raises(NetkitError, match=r"nowhere: there is no such folder"):
        runs(["nowhere"])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NetkitError, match="no runs here yet"):
        runs()


def test_a_damaged_run_is_left_out(home, tmp_path, caplog):
    shutil.copytree(home / "outputs/2026-01-01/a", tmp_path / "whole")
    (tmp_path / "torn").mkdir()
    whole = (tmp_path / "whole/last.safetensors").read_bytes()
    (tmp_path / "torn/last.safetensors").write_bytes(whole[:50])
    assert [record.folder.name for record in records([tmp_path])] == ["whole"]
    assert "torn/last.safetensors: not a whole safetensors file" in caplog.text
