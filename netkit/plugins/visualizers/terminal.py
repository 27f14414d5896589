"""What a run says on a terminal: lines that fit it, the best marked, and what to do next."""

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from netkit.files.runs import run_called
from netkit.files.text import printable

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer


def width() -> int | None:
    """Return the columns of the terminal that a run prints to; None where it is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def fitting_line(trainer: "Trainer", whole: str, columns: int) -> str:
    """Return the results of an iteration in so many columns; the best so far is marked.

    whole: the line as it is written elsewhere.
    """
    mark = " best" if is_best(trainer) else ""
    for text in (whole, whole.rsplit(" ", 4)[0]):  # without time and speed, if need be
        if len(text) + len(mark) <= columns:
            return text + mark
    row = trainer.row
    words = [f"i={row['iteration']}", f"energy={row['energy']:.4f}"]
    if "correct" in row:
        words.append(f"{row['correct']:.2f}%")
    words += ["test"] if "test_energy" in row else []
    words += [f"{row['test_energy']:.4f}"] if "test_energy" in row else []
    words += [f"{row['test_correct']:.2f}%"] if "test_correct" in row else []
    words += [f"map={row['test_map']:.4f}"] if "test_map" in row else []
    text = " ".join(words)
    return text + mark if len(text) + len(mark) <= columns else text[:columns]


def is_best(trainer: "Trainer") -> bool:
    """Return whether the last iteration was tested, and is the best of several."""
    tested = {"test_correct", "test_map"} & trainer.row.keys()
    return bool(tested) and len(trainer.rows) > 1 and trainer.validation.best(trainer.rows)


def live_energy(trainer: "Trainer") -> float | None:
    """Return the mean energy of the samples as each was last shown; None before any was."""
    known = trainer.energies[np.isfinite(trainer.energies)]
    return float(known.mean()) if len(known) else None


def next_steps(trainer: "Trainer") -> list[str]:
    """Return lines on what to do with a net that is trained."""
    from netkit.detection.look import background_of

    folder = trainer.folder.resolve()
    if not (folder / "best.safetensors").is_file():
        return []
    latest = run_called("latest")
    near = latest is not None and latest.resolve() == folder and not Path("latest").exists()
    weights = "latest" if near else printable(os.path.relpath(folder))
    finds = trainer.dataset.boxes or background_of(trainer.dataset.classes) is not None
    command = "detect" if finds else "classify"
    lines = [
        f"next     netkit {command} weights={weights} input=PICTURE",
        f"         netkit play weights={weights}",
    ]
    if "report" in trainer.show:
        page = printable(os.path.relpath(folder / "report.html"))
        lines.append(f"         open {page}")
    return lines
