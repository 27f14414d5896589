"""Record: what a run says of itself in its folder, read without its weights."""

import logging
import shlex
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from netkit.errors import NetkitError
from netkit.files.lock import is_locked
from netkit.files.runs import LAST, began, run_folder, run_folders
from netkit.files.tensors import Safetensors
from netkit.files.text import printable
from netkit.training.description import check_description, check_run
from netkit.training.validation import Row, score_name

log = logging.getLogger("netkit")


class Record(NamedTuple):
    """A run: where it is, what it trained, what came of it.

    began: seconds since 1970.  metric: the result by which `best` goes, test_correct or test_map;
    "" of a run that tested nothing.  rows: the results of its iterations.  stopped: why it ended
    nothing but a description, for those who cache.
    """

    folder: Path
    began: float
    config: dict[str, Any]
    rows: list[Row]
    metric: str
    stopped: str
    running: bool

    @property
    def name(self) -> str:
        """The name that it was given, or its folder."""
        return str(self.config.get("name") or self.folder)

    @property
    def best(self) -> float | None:
        """The best result of an iteration; None if nothing was tested."""
        values = [float(row[self.metric]) for row in self.rows if self.metric in row]
        there = [value for value in values if np.isfinite(value)]
        return max(there, default=None)

    @property
    def seconds(self) -> float:
        """How long it trained, without tests and pictures."""
        return sum(float(row.get("seconds") or 0) for row in self.rows)

    @property
    def iterations(self) -> int:
        """How many iterations it was to make."""
        return int(self.config["iterations"])

    @property
    def over(self) -> bool:
        """Whether nothing is left of it to train."""
        return len(self.rows) >= self.iterations or bool(self.stopped)

    @property
    def state(self) -> str:
        """How far it is: 5/5, 3/20 early, 2/20 running."""
        done = f"{len(self.rows)}/{self.iterations}"
        if self.running:
            return f"{done} running"
        return f"{done} early" if self.stopped and len(self.rows) < self.iterations else done

    @property
    def date(self) -> str:
        """When it was begun, in local time."""
        return datetime.fromtimestamp(self.began).isoformat(" ", "seconds")

    def kind(self, part: str) -> str:
        """Return what a part of it is: the name of its arch, the type of its data."""
        spec = self.config.get(part) or {}
        return str(spec.get("name" if part == "arch" else "type") or "")

    @property
    def words(self) -> dict[str, str]:
        """The settings that its command named, {name: value} as text."""
        try:
            words = shlex.split(str(self.config.get("command", "")))[2:]
        except ValueError:  # no command line of ours
            return {}
        pairs = (word.lstrip("+~").partition("=") for word in words if word[:1] != "-")
        return {name: value for name, sign, value in pairs if sign}

    def setting(self, key: str) -> Any:
        """Return a setting by its name, such as eta or optimizer.momentum; None if it has none.

        The name of a part gives its type.
        """
        value: Any = self.config
        for part in key.split("."):
            if not isinstance(value, Mapping) or part not in value:
                return None
            value = value[part]
        return self.kind(key) if isinstance(value, Mapping) and "." not in key else value


def read_record(folder: Path) -> Record:
    """Return the Record of a run's folder; raise NetkitError if what it says is damaged."""
    path = folder / LAST
    where = f"weights {path}"
    meta = Safetensors().describe(path)
    check_description(meta, where)
    check_run(meta, where)
    config, rows = meta["config"], meta["rows"]
    if not isinstance(config["iterations"], int):
        raise NetkitError(f"{where}: iterations is no whole number: train it anew")
    metric = score_name(rows[-1]) if rows else ""
    stopped = str(meta.get("stopped", ""))
    return Record(folder, began(folder), config, rows, metric, stopped, is_locked(folder))


def records(folders: Iterable[str | Path]) -> Iterator[Record]:
    """Yield the Records of all runs in some folders, those first that were begun first.

    A folder may be that of one run, or `latest`, or the name of a run under outputs. Runs whose
    files are damaged are left out with a warning.  Raises NetkitError for a folder that is not
    there.
    """
    found: dict[Path, Record] = {}
    for word in folders:
        place = run_folder(word)
        if not place.is_dir():
            raise NetkitError(f"{word}: there is no such folder, and no run of that name")
        for folder in run_folders(place):
            try:
                found[folder] = read_record(folder)
            except NetkitError as error:
                log.warning("left out: %s", printable(error))
    yield from sorted(found.values(), key=lambda record: (record.began, str(record.folder)))
