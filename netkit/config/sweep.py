"""Sweeps: where --multirun keeps its runs, those that are not run again, and their table."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hydra
from hydra.experimental.callback import Callback

from netkit.commands.columns import table
from netkit.config.origin import Origin
from netkit.config.releases import BASE, trusting
from netkit.config.words import as_argv
from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.files.runs import LAST
from netkit.files.text import printable
from netkit.launched import launched
from netkit.runs.differences import first_difference, flat
from netkit.runs.listing import as_csv, in_order, rows
from netkit.runs.record import read_record, records

log = logging.getLogger("netkit")
WORD = "+hydra.callbacks.netkit_sweep._target_=netkit.config.sweep.Folder"
APART = "command", "resume", "threads", "backend", "show"  # what may be another in the same run
FOLDERS: list[Path] = []  # of the sweep that runs now


class Folder(Callback):
    """Remember the folder of a sweep, which Hydra alone knows."""

    def on_multirun_start(self, config: Any, **kwargs: Any) -> None:
        FOLDERS.append(Path(config.hydra.sweep.dir))


def run_flags(
    origin: Origin, words: list[str], task: Callable[[Any], Any], notes: list[str]
) -> None:
    """Have Hydra do what flags ask for: a sweep, or to print something.

    notes: lines to tell the user first.
    """
    for note in notes:
        print(f"netkit: {note}", file=sys.stderr)
    place = {"config_path": "pkg://netkit.conf", "config_name": origin.name}
    whole = hydra.main(**place, **BASE)(task)
    if not {"-m", "--multirun"} & set(words):
        with trusting():
            whole()
        return
    with as_argv(origin.command, [*words, WORD]), sweep(origin.command), trusting():
        whole()


def run_one(
    command: str, task: Callable[[Any, Path], Any], cfg: dict[str, Any], folder: Path
) -> Any:
    """Run one point of a sweep; nothing if it is done already.

    Of several processes that mpiexec started, the first looks what is there.
    """
    started = launched()
    left = going_on(cfg, folder) if command == "train" and not started.rank else cfg
    if command == "train" and started.size > 1:
        from netkit.commands.together import of_rank_0

        left = of_rank_0(cfg, left)
    return None if left is None else task(left, folder)


@contextmanager
def sweep(command: str) -> Iterator[None]:
    """Return a context in which Hydra sweeps; at its end stands a table of the runs, if any."""
    FOLDERS.clear()
    try:
        yield
    finally:
        for folder in FOLDERS if command == "train" else ():
            say_table(folder)


def say_table(folder: Path) -> None:
    """Print the runs of a sweep, the best first, and write them to runs.csv."""
    found = in_order(list(records([folder])), "best") if folder.is_dir() else []
    if not found:
        return
    print("\n" + printable(table(rows(found)), lines=True))
    write_beside(folder / "runs.csv", as_csv(found).encode())
    print(f"{len(found)} runs: {printable(folder)}/runs.csv", flush=True)


def going_on(cfg: dict[str, Any], folder: Path) -> dict[str, Any] | None:
    """Return what to train in the folder of a run of a sweep; None if that run is over.

    A run that was interrupted goes on. Raises NetkitError if another one is there.
    """
    if not (folder / LAST).is_file():
        return cfg
    record = read_record(folder)
    before, now = ({k: v for k, v in c.items() if k not in APART} for c in (record.config, cfg))
    if found := first_difference(flat(now), flat(before)):
        name, ours, theirs = found
        raise NetkitError(
            f"{folder}: holds a run with {name}={theirs}, and this one has "
            f"{ours}: choose another folder, hydra.sweep.dir=FOLDER, or name runs by "
            "their words: hydra.sweep.subdir='${hydra.job.override_dirname}'"
        )
    if record.over:
        print(f"{printable(folder)}: is done, {record.state} iterations", flush=True)
        return None
    return {"resume": str(folder), "command": ""}
