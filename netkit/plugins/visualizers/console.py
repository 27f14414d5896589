"""Console: one line an iteration, and on a terminal a progress bar with speed and time left."""

import logging
import sys
import time
from typing import TYPE_CHECKING

from netkit.files.text import printable
from netkit.plugins.visualizers.terminal import fitting_line, live_energy, next_steps, width
from netkit.visualizer import Visualizer

if TYPE_CHECKING:
    from rich.progress import Progress, Task
    from rich.text import Text

    from netkit.training.trainer import Trainer

log = logging.getLogger("netkit")
NARROW, WIDE = 72, 110  # columns: in fewer, the bar has fewer numbers beside it
OFTEN = 0.2  # seconds between two looks at the energy of an iteration that runs
FIELDS = "energy", "correct", "test_energy", "test_correct", "test_map"


class Console(Visualizer):
    """Print the results of each iteration; on a terminal, a bar that shows where the run is."""

    def __init__(self, bar: bool = True) -> None:
        self.bar = bar
        self.progress: Progress | None = None
        self.looked = 0.0  # when
        self.live = ""

    def start(self, trainer: "Trainer") -> None:
        for note in trainer.energy.notes():
            say(note)
        if self.bar and sys.stdout.isatty():
            self.progress = progress_bar()
            self.progress.start()
            n = trainer.samples_per_iteration
            self.task = self.progress.add_task(
                "", total=trainer.iterations * n, completed=trainer.iteration * n
            )

    def step(self, trainer: "Trainer") -> None:
        if self.progress:
            done = trainer.iteration * trainer.samples_per_iteration + trainer.shown
            now = time.monotonic()
            if now - self.looked > OFTEN:
                self.looked, energy = now, live_energy(trainer)
                self.live = "" if energy is None else f" energy {energy:.3f}"
            text = f"iteration {trainer.iteration + 1}/{trainer.iterations}{self.live}"
            self.progress.update(self.task, completed=done, description=text)

    def iteration(self, trainer: "Trainer") -> None:
        columns, whole = width(), line(trainer)
        said = whole if columns is None else fitting_line(trainer, whole, columns)
        log.info(whole)
        say(said, self.progress, logged=False)

    def end(self, trainer: "Trainer") -> None:
        if self.progress:
            self.progress.stop()
        if trainer.stopped:
            say(trainer.stopped)
        say(f"weights and results: {printable(trainer.folder)}")
        if width() is not None:
            for each in next_steps(trainer):
                say(each, logged=False)


class Configuration(Visualizer):
    """Print the whole configuration before the run."""

    def start(self, trainer: "Trainer") -> None:
        import yaml

        say(yaml.safe_dump(trainer.meta.get("config", {}), sort_keys=False).rstrip())


def line(trainer: "Trainer") -> str:
    """Return one iteration's results as EBLearn names them."""
    row = trainer.row
    fields = [name for name in FIELDS if name in row]
    numbers = " ".join(
        f"{name}={row[name]:.2f}%" if "correct" in name else f"{name}={row[name]:.4f}"
        for name in fields
    )
    speed = trainer.samples_per_iteration / max(trainer.seconds, 1e-9)
    return f"i={row['iteration']} {numbers} {trainer.seconds:.2f} s {speed:.0f} samples/s"


def say(text: str, progress: "Progress | None" = None, *, logged: bool = True) -> None:
    """Print a line above the bar, if there is one, and log it unless `logged` is false."""
    text = printable(text, lines=True)
    if logged:
        log.info(text)
    if progress:
        progress.console.print(text, highlight=False, soft_wrap=True)
    else:
        print(text, flush=True)


def progress_bar() -> "Progress":
    """Return rich's bar with the columns that a training run has."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Speed(ProgressColumn):
        def render(self, task: "Task") -> "Text":
            return Text(f"{task.speed:,.0f} samples/s" if task.speed else "", style="cyan")

    wide = width() or 0
    columns: list[ProgressColumn] = [TextColumn("{task.description}")]
    columns.append(BarColumn(40 if wide >= WIDE else 10))
    columns += [MofNCompleteColumn()] if wide >= WIDE else []
    columns += [Speed()] if wide >= NARROW else []
    columns += [TimeElapsedColumn()] if wide >= WIDE else []
    columns.append(TimeRemainingColumn())
    return Progress(*columns, transient=True, speed_estimate_period=5)
