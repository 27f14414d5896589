"""netkit report: the pictures and the page of a run that is over, from the weights that it kept."""

import re
import time
from pathlib import Path

from netkit.build.training import make_show, make_trainer
from netkit.errors import NetkitError
from netkit.registry import Registry
from netkit.training.checkpoint import Checkpoint

DRAWN = {
    **{
        name: {"type": name}
        for name in (
            "datasets",
            "errors",
            "internals",
            "kernels",
            "confusion",
            "histogram",
            "curves",
        )
    },
    "correct": {"type": "errors", "right": True},
}


def report(folder):
    """Draw the pictures of every iteration of a run and write report.html: return its path and the
    seconds.
    """
    folder, registry = Path(folder), Registry()
    if not (folder / "last.safetensors").is_file():
        raise NetkitError(f"{folder}: no last.safetensors there: name the folder of a run")
    last = Checkpoint.load(folder / "last.safetensors")
    cfg = last.meta["config"] | {"resume": None}
    trainer = make_trainer(registry, cfg, folder)
    trainer.show = visualizers(registry, cfg, find_matplotlib())
    began = time.perf_counter()
    trainer.tell("start")
    for checkpoint in kept(folder, last):
        checkpoint.restore(trainer.net)
        meta = checkpoint.meta
        trainer.iteration, trainer.age, trainer.rows, trainer.tested = (
            meta["iteration"],
            meta["age"],
            meta["rows"],
            None,
        )
        with trainer.net.ops.limits():
            trainer.tell("iteration")
    trainer.rows = last.meta["rows"]
    trainer.tell("end")
    return folder / "report.html", time.perf_counter() - began


def visualizers(registry, cfg, charts):
    """Make the visualizers that draw, as the run's own configuration has them, whether it showed
    them or not.
    """
    specs = DRAWN | {name: spec for name, spec in cfg["show"].items() if name in DRAWN and spec}
    if not charts:
        del specs["curves"]
    specs = {
        name: {key: value for key, value in spec.items() if key != "when"}
        for name, spec in specs.items()
    }
    return make_show(registry, specs | {"report": {"type": "report"}})


def kept(folder, last):
    """Return the checkpoints of the iterations whose weights are there, in order; of the last one
    at least.
    """
    paths = [path for path in folder.glob("*.safetensors") if re.search(r"_net\d{5}$", path.stem)]
    for path in sorted(paths, key=lambda path: int(path.stem[-5:])):
        yield Checkpoint.load(path)
    if not paths and last.meta["iteration"]:
        yield last


def find_matplotlib():
    """Return whether matplotlib is installed, without importing it."""
    from importlib.util import find_spec

    return find_spec("matplotlib") is not None
