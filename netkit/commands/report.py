"""netkit report: the pictures and the page of a run that is over, from the weights it kept."""

import re
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from netkit.build.training import make_trainer
from netkit.errors import NetkitError
from netkit.files.runs import run_folder
from netkit.registry import Registry
from netkit.training.checkpoint import Checkpoint
from netkit.training.description import check_run
from netkit.training.needs import RUN, refuse_missing
from netkit.training.resuming import show_checkpoint

PICTURES = "datasets", "errors", "internals", "kernels", "confusion", "histogram", "curves"
DRAWN = {name: {"type": name} for name in PICTURES} | {"correct": {"type": "errors", "right": True}}


def report(folder: str | Path) -> tuple[Path, float]:
    """Draw the pictures of every iteration of a run, and write report.html.

    folder: that of the run, or its name, or `latest`.

    Returns the path of the page, and the seconds that it took.
    """
    folder = run_folder(folder)
    if not (folder / "last.safetensors").is_file():
        raise NetkitError(f"{folder}: no last.safetensors there: name the folder of a run")
    last = Checkpoint.load(folder / "last.safetensors")
    check_run(last.meta, f"weights {last.path}")
    refuse_missing(registry := Registry(), last.meta, RUN, f"weights {last.path}")
    cfg = last.meta["config"]
    show = visualizers(cfg["show"], charts=find_spec("matplotlib") is not None)
    gone = cfg["weights"] and not Path(cfg["weights"]).exists()  # what the run began with
    resume = str(folder) if gone else None
    trainer = make_trainer(registry, cfg | {"resume": resume, "show": show}, folder)
    trainer.meta["config"] = cfg  # what the page prints is the run's own configuration
    began = time.perf_counter()
    trainer.tell("start")
    for checkpoint in kept(folder, last):
        show_checkpoint(trainer, checkpoint)
    trainer.rows = last.meta["rows"]
    trainer.tell("end")
    return folder / "report.html", time.perf_counter() - began


def visualizers(show: dict[str, Any], charts: bool) -> dict[str, Any]:
    """Return what describes the visualizers that draw, whether the run showed them or not.

    show: the run's own, whose settings they keep.  charts: whether curves can be drawn.
    """
    specs = DRAWN | {name: spec for name, spec in show.items() if name in DRAWN and spec}
    if not charts:
        del specs["curves"]
    specs["report"] = {"type": "report"}
    return {name: spec | {"when": True} for name, spec in specs.items()}


def kept(folder: Path, last: Checkpoint) -> Iterator[Checkpoint]:
    """Yield the checkpoints of the iterations whose weights are there, in order.

    Without any, the last one stands for the run.
    """
    paths = [path for path in folder.glob("*.safetensors") if re.search(r"_net\d{5}$", path.stem)]
    for path in sorted(paths, key=lambda path: int(path.stem[-5:])):
        yield Checkpoint.load(path)
    if not paths and last.meta["iteration"]:
        yield last
