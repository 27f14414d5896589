"""Steering: a learning rate that was changed in mid-run, written down so that a run repeats it."""

import csv
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from netkit.checks import Amount, Count, taken
from netkit.errors import NetkitError
from netkit.files import lasting, write_beside
from netkit.files.documents import read_text

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer

NAME = "live.csv"  # in the run folder
HEAD = "step", "eta"


class Steering:
    """What a run's learning rate is changed to while it trains.

    etas: {number of an update, from 1: the eta from this update on}; the schedule goes on as it is.
    met: the mean energy and the percentage of right answers of the samples of the last update.
    watch: is called with the Trainer before each update, while net.grads holds its gradient: an
    optimizer may leave anything there.
    """

    def __init__(self) -> None:
        self.etas: dict[int, float] = {}
        self.met = (0.0, 0.0)
        self.watch: Callable[[Trainer], None] | None = None

    def begin(self, trainer: "Trainer", etas: dict[int, float]) -> None:
        """Take the changes of a run that is repeated or gone on with, and its eta at this step."""
        self.etas = etas
        before = [step for step in self.etas if step <= trainer.step]
        if before:
            trainer.optimizer.eta = self.etas[max(before)]

    def before(self, trainer: "Trainer", energy: float, correct: float) -> None:
        """Do what is to be done before the next update; energy, correct: what it met."""
        self.met = energy, correct
        if self.etas and (eta := self.etas.get(trainer.step + 1)) is not None:
            trainer.optimizer.eta = eta
        if self.watch:
            self.watch(trainer)

    def next_eta(self, trainer: "Trainer") -> float:
        """Return the eta of the next update, before its schedule."""
        return self.etas.get(trainer.step + 1, trainer.optimizer.eta)

    def change(self, trainer: "Trainer", eta: float) -> None:
        """Change eta from the next update on, and write it down first.

        What was to come later, of a run that is repeated, is forgotten. Raises CannotWrite, and
        changes nothing, if it cannot be written.
        """
        kept = {step: each for step, each in self.etas.items() if step <= trainer.step}
        etas = kept | {trainer.step + 1: taken("eta", eta, Amount)}
        write_etas(trainer.folder / NAME, etas)
        self.etas = etas


def write_etas(path: Path, etas: dict[int, float]) -> None:
    """Write a table of changes: the whole file or none of it."""
    text = StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(HEAD)
    table.writerows((step, repr(eta)) for step, eta in sorted(etas.items()))
    with lasting():
        write_beside(path, text.getvalue().encode())


def read_etas(path: Path) -> dict[int, float]:
    """Return {number of an update: eta} of a file, or of the folder of a run that has one.

    Raises NetkitError that names the file and the line where it is no such table.
    """
    path = path / NAME if path.is_dir() else path
    table = csv.reader(read_text(path, f"live_replay={path}").splitlines())
    etas: dict[int, float] = {}
    if tuple(next(table, ())) != HEAD:
        raise NetkitError(f"live_replay={path}: give a {NAME} of a run: its first line is step,eta")
    for row in table:
        where = f"live_replay={path}: line {table.line_num}"
        try:
            step, eta = row
            number, rate = int(step), float(eta)
        except ValueError:
            raise NetkitError(
                f"{where}: {','.join(row)[:80]}: give a step and an eta, as in 120,0.001"
            ) from None
        number, rate = taken(f"{where}: step", number, Count), taken(f"{where}: eta", rate, Amount)
        if etas and number <= max(etas):
            raise NetkitError(f"{where}: step={number}: give steps in rising order")
        etas[number] = rate
    return etas
