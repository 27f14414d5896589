"""Weights & Biases: settings, results and pictures of a run."""

import os
from typing import TYPE_CHECKING, Any

from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.visualizer import Visualizer

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer

KEPT = "wandb-run.txt"  # in the run folder: which run of Weights & Biases this is


class WandB(Visualizer):
    """Write settings, results and pictures of a run for Weights & Biases.

    project: in which it stands.  mode: offline: into the folder wandb of the run folder, which
    `wandb sync` sends later; online; null: as WANDB_MODE says, or offline. A resumed run goes on
    with its own.
    """

    def __init__(self, project: str = "netkit", mode: str | None = None) -> None:
        self.project = project
        self.mode = mode

    def start(self, trainer: "Trainer") -> None:
        try:
            import wandb
        except ImportError:
            raise NetkitError("wandb=true: needs wandb: pip install 'netkit[wandb]'") from None
        self.library: Any = wandb
        config = trainer.meta.get("config", {})
        kept = trainer.folder / KEPT
        again = bool(trainer.iteration) and kept.is_file()
        self.run: Any = wandb.init(
            project=self.project,
            name=config.get("name") or trainer.folder.name,
            id=kept.read_text().strip() if again else None,
            resume="allow",
            dir=str(trainer.folder),
            mode=self.mode or os.environ.get("WANDB_MODE") or "offline",
            config={key: value for key, value in config.items() if key != "show"},
            settings=wandb.Settings(silent=True, console="off"),
        )
        write_beside(kept, str(self.run.id).encode())

    def iteration(self, trainer: "Trainer") -> None:
        said: dict[str, Any] = {k: v for k, v in trainer.row.items() if k != "iteration"}
        ending = f"_i{trainer.iteration:05d}.png"
        for path in sorted((trainer.folder / "pictures").glob(f"*{ending}")):
            said[path.name.removesuffix(ending)] = self.library.Image(str(path))
        self.run.log(said, step=trainer.iteration)

    def end(self, trainer: "Trainer") -> None:
        whole = trainer.iteration >= trainer.iterations or trainer.stopped
        self.run.finish(exit_code=0 if whole else 1)
