"""MLflow: settings, results and pictures of a run, for `mlflow ui`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.runs.differences import flat
from netkit.visualizer import Visualizer

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer

KEPT = "mlflow-run.txt"  # in the run folder: which of MLflow's runs this is
LONGEST = 500  # characters of a setting: MLflow's own limit is 6,000, servers' are less
AT_ONCE = 100  # settings that MLflow takes in one call


class MLflow(Visualizer):
    """Write settings and results of a run to MLflow, its pictures and best weights as artifacts.

    experiment: in which it stands.  uri: where MLflow keeps runs, a folder or a server; null: as
    MLFLOW_TRACKING_URI says, or the folder mlruns. A resumed run goes on with its own.
    """

    def __init__(self, experiment: str = "netkit", uri: str | None = None) -> None:
        self.experiment = experiment
        self.uri = uri

    def start(self, trainer: "Trainer") -> None:
        # Its store of plain files asks for this word before it takes new runs.
        os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
        try:
            from mlflow.tracking import MlflowClient
        except ImportError:
            raise NetkitError("mlflow=true: needs MLflow: pip install 'netkit[mlflow]'") from None
        uri = self.uri or os.environ.get("MLFLOW_TRACKING_URI") or "mlruns"
        if "://" not in uri and ":" not in uri:
            uri = Path(uri).absolute().as_uri()
        self.client: Any = MlflowClient(tracking_uri=uri)
        kept = trainer.folder / KEPT
        if trainer.iteration and kept.is_file():
            self.run = kept.read_text().strip()
            self.client.update_run(self.run, status="RUNNING")
            return
        self.run = self.create(trainer)
        write_beside(kept, self.run.encode())

    def create(self, trainer: "Trainer") -> str:
        """Return the name that MLflow gives a new run, which has the settings."""
        from mlflow.entities import Param

        found = self.client.get_experiment_by_name(self.experiment)
        where = found.experiment_id if found else self.client.create_experiment(self.experiment)
        config = trainer.meta.get("config", {})
        name = config.get("name") or trainer.folder.name
        run: str = self.client.create_run(where, run_name=name).info.run_id
        settings = flat({key: v for key, v in config.items() if key != "show"})
        params = [Param(key[:250], str(value)[:LONGEST]) for key, value in settings.items() if key]
        for at in range(0, len(params), AT_ONCE):
            self.client.log_batch(run, params=params[at : at + AT_ONCE])
        self.client.set_tag(run, "folder", str(trainer.folder.resolve()))
        return run

    def iteration(self, trainer: "Trainer") -> None:
        for name, value in trainer.row.items():
            if name != "iteration":
                self.client.log_metric(self.run, name, float(value), step=trainer.iteration)
        for path in sorted((trainer.folder / "pictures").glob(f"*_i{trainer.iteration:05d}.png")):
            self.client.log_artifact(self.run, str(path), "pictures")

    def end(self, trainer: "Trainer") -> None:
        best = trainer.folder / "best.safetensors"
        if best.is_file():
            self.client.log_artifact(self.run, str(best))
        whole = trainer.iteration >= trainer.iterations or trainer.stopped
        self.client.set_terminated(self.run, "FINISHED" if whole else "KILLED")
