"""Report: the whole run on one page, report.html in its folder."""

import platform
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from netkit import __version__
from netkit.files import write_beside
from netkit.overview.data import data_warnings
from netkit.overview.run import run_lines
from netkit.pictures.layer_table import layer_rows
from netkit.plugins.visualizers.base import set_name
from netkit.visualizer import Visualizer

if TYPE_CHECKING:
    from netkit.measurement.results import Results
    from netkit.training.trainer import Trainer


class Report(Visualizer):
    """Write report.html when the run ends: results, pictures, layers, how to repeat it.

    Without pictures it takes milliseconds; `netkit report FOLDER` draws them later.
    """

    def start(self, trainer: "Trainer") -> None:
        self.began = time.perf_counter()

    def end(self, trainer: "Trainer") -> None:
        from netkit.pictures.report_page import report_page

        if not trainer.rows:
            return
        seconds = time.perf_counter() - self.began
        page = report_page(facts(trainer, seconds), trainer.folder / "pictures")
        write_beside(trainer.folder / "report.html", page.encode())


def facts(trainer: "Trainer", seconds: float) -> dict[str, Any]:
    """Return what the page says of a run, as JSON has it."""
    config = trainer.meta.get("config", {})
    data, folder = trainer.dataset, trainer.folder.resolve()
    results = of_boxes(trainer)
    sizes = f"{len(data.train):,} training and {len(data.val):,} testing samples"
    done = f"{trainer.iteration} of {trainer.iterations} iterations"
    return {
        "title": f"{trainer.name} on {set_name(trainer, '') or 'data'}",
        "subtitle": f"{sizes}, {done}, {trainer.net.values.size:,} weights",
        "rows": trainer.rows,
        "samples": len(data.train),
        "opening": [*run_lines(trainer), *(("warning", line) for line in data_warnings(data))],
        "classes": by_class(trainer, results),
        "precision": None if results is None else curves(trainer, results),
        "measured": not config.get("no_training_test", True),
        "layers": layer_rows(trainer.net, inner=True),
        "command": config.get("command", "netkit train"),
        "resume": f"netkit train resume={folder} iterations={2 * max(1, trainer.iteration)}",
        "detect": f"netkit detect weights={folder}",
        "draw": f"netkit report {folder}",
        "config": yaml.safe_dump(config, sort_keys=False),
        "machine": machine(trainer, seconds),
    }


def of_boxes(trainer: "Trainer") -> "Results | None":
    """Return what the last test measured of boxes; None if it was of none."""
    from netkit.measurement.results import Results
    from netkit.training.finding import Found

    tested = trainer.tested
    if not isinstance(tested, Found) or not len(tested.samples):
        return None
    return Results(tested.metrics)


def curves(trainer: "Trainer", results: "Results") -> dict[str, Any]:
    """Return the points of precision over recall, and of which iteration they are."""
    from netkit.measurement.points import precision_points

    return {"when": f"iteration {trainer.iteration}", **precision_points(results)}


def by_class(trainer: "Trainer", results: "Results | None") -> dict[str, Any]:
    """Return how each class of the last test was answered: {when, head, rows}.

    results: what that test measured, where it was of boxes.
    """
    from netkit.training.validation import Tested

    when, tested, names = f"iteration {trainer.iteration}", trainer.tested, trainer.dataset.classes
    if results is not None:
        keys = "boxes", "found", "precision", "recall", "f1", "AP@0.5", "AP@0.5:0.95"
        when += f", at confidence {results.confusion.threshold:.2f}" if results.best else ""
        summary = results.summary()["classes"]
        found = [[name, *(each[key] for key in keys)] for name, each in summary.items()]
        return {"when": when, "head": ["class", *keys], "rows": found}
    if not isinstance(tested, Tested) or not len(tested.samples):
        return {"when": when, "head": [], "rows": []}
    labels, answers = np.asarray(tested.samples.labels), np.asarray(tested.answers)
    rows: list[list[Any]] = []
    for k, name in enumerate(names):
        right = int(((labels == k) & (answers == k)).sum())
        there, said = int((labels == k).sum()), int((answers == k).sum())
        precision, recall = (right / n if n else None for n in (said, there))
        f1 = 2 * right / (there + said) if there + said else None
        rows.append([name, there, said, right, precision, recall, f1])
    head = ["class", "samples", "answered", "right", "precision", "recall", "F1"]
    return {"when": when, "head": head, "rows": rows}


def machine(trainer: "Trainer", seconds: float) -> dict[str, str]:
    """Return how long the run took, on what, and with which versions: {what: text}."""
    training = sum(row.get("seconds") or 0 for row in trainer.rows)
    last = trainer.folder / "last.safetensors"
    passed = len(trainer.rows) * len(trainer.dataset.train)
    whole = {"whole run": f"{seconds:.2f} s with tests, weights files and pictures"}
    ended = datetime.fromtimestamp(last.stat().st_mtime if last.exists() else time.time())
    versions = f"Python {platform.python_version()}, numpy {np.__version__}"
    return {
        "training": f"{training:.2f} s, {passed / max(training, 1e-9):,.0f} samples a second",
        **(whole if trainer.seconds else {}),  # not where netkit report draws it later
        "ended": ended.isoformat(" ", "seconds"),
        "backend": f"{trainer.net.ops.about}, {trainer.net.dtype}",
        "machine": f"{platform.machine()}, {platform.system()} {platform.release()}",
        "versions": f"netkit {__version__}, {versions}",
        "folder": str(trainer.folder.resolve()),
    }
