"""MLflow and Weights & Biases: what they keep of a run is what results.csv says."""

import csv
import sys
from types import SimpleNamespace

import pytest

from netkit.commands.train import train
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.plugins.visualizers import mlflow as mlflow_module
from netkit.plugins.visualizers.mlflow import MLflow
from netkit.plugins.visualizers.wandb import KEPT, WandB

SIZES = "train_size=60", "val_size=40", "iterations=2", "arch=linear", "report=false"


def results(folder):
    with open(folder / "results.csv") as file:
        return list(csv.DictReader(file))


@pytest.mark.filterwarnings("ignore")  # MLflow's own
def test_mlflow(tmp_path, monkeypatch):
    tracking = pytest.importorskip("mlflow.tracking")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "runs").as_uri())
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    train(compose("train", [*SIZES, "mlflow=true", "name=first"]), tmp_path / "run")
    client = tracking.MlflowClient((tmp_path / "runs").as_uri())
    (experiment,) = client.search_experiments(filter_string="name = 'netkit'")
    (run,) = client.search_runs([experiment.experiment_id])
    assert (run.info.run_name, run.info.status) == ("first", "FINISHED")
    assert run.data.params["optimizer.type"] == "adam"
    for name in ("energy", "test_correct", "eta"):
        history = client.get_metric_history(run.info.run_id, name)
        for metric, row in zip(history, results(tmp_path / "run"), strict=True):
            assert metric.step == int(row["iteration"])
            assert metric.value == pytest.approx(float(row[name]))
    assert "best.safetensors" in {f.path for f in client.list_artifacts(run.info.run_id)}
    again = compose("train", [f"resume={tmp_path / 'run'}", "iterations=3"])
    again["command"] = f"netkit train resume={tmp_path / 'run'} iterations=3"
    train(again, tmp_path / "run")
    (run,) = client.search_runs([experiment.experiment_id])
    assert len(client.get_metric_history(run.info.run_id, "energy")) == 3


def test_wandb_offline(tmp_path, monkeypatch):
    pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    monkeypatch.setenv("WANDB_MODE", "offline")
    train(compose("train", [*SIZES, "wandb=true"]), tmp_path / "run")
    (kept,) = (tmp_path / "run/wandb").glob("offline-run-*/*.wandb")
    assert (tmp_path / "run" / KEPT).read_text() in kept.name
    data = kept.read_bytes()
    for name in ("test_correct", "eta", "optimizer"):
        assert name.encode() in data
    value = results(tmp_path / "run")[-1]["test_correct"]
    assert f"{float(value):g}".encode() in data


def test_missing(monkeypatch, tmp_path):
    for name, kind in (("mlflow", MLflow), ("wandb", WandB)):
        monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.delitem(sys.modules, "mlflow.tracking", raising=False)
        with pytest.raises(NetkitError, match=rf"pip install 'netkit\[{name}\]'"):
            kind().start(SimpleNamespace(folder=tmp_path, iteration=0))
    assert mlflow_module.KEPT != KEPT
