"""Listing: runs filtered, sorted, and as rows of a table."""

import csv
import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from io import StringIO
from typing import Any

from netkit.errors import NetkitError
from netkit.files.text import csv_cell
from netkit.runs.record import Record

MOST = 6  # settings that get a column by themselves
COLUMNS: dict[str, Callable[[Record], Any]] = {
    "name": lambda r: r.name,
    "date": lambda r: r.date,
    "arch": lambda r: r.kind("arch"),
    "data": lambda r: r.kind("data"),
    "best": lambda r: r.best,
    "time": lambda r: r.seconds,
    "state": lambda r: r.state,
}
TEST = re.compile(r"([\w.]+?)(!=|>=|<=|=|>|<)(.*)", re.S)
HOW: dict[str, Callable[[Any, Any], bool]] = {
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
}


def value_of(record: Record, key: str) -> Any:
    """Return a column of a run, or else one of its settings; None if it has neither."""
    return COLUMNS[key](record) if key in COLUMNS else record.setting(key)


def is_test(word: str) -> bool:
    """Return whether a word of the command line is a test such as arch=lenet5 or best>97."""
    return bool(TEST.fullmatch(word))


def fits(record: Record, word: str) -> bool:
    """Return whether a run fits a test: NAME=VALUE, !=, >, >=, <, <=.

    NAME: a column or a setting. Text may have * and ?; numbers are compared as numbers.
    """
    match = TEST.fullmatch(word)
    if not match:
        raise NetkitError(f"{word}: is no test of runs: write NAME=VALUE, or best>97")
    key, how, wanted = match.groups()
    have = value_of(record, key)
    pair = number(have), number(wanted)
    if how in HOW:
        return None not in pair and HOW[how](*pair)
    if None in pair:
        text = {None: "null", True: "true", False: "false"}.get(have, str(have))
        same = fnmatchcase(text, wanted)
    else:
        same = pair[0] == pair[1]
    return same == (how == "=")


def number(value: Any) -> float | None:
    """Return a number, or a text that is one, as a number; None of anything else."""
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def in_order(found: Sequence[Record], key: str) -> list[Record]:
    """Return runs sorted by a column or a setting; those without it come last.

    `best` begins with the best, everything else with the least.
    """
    if key not in COLUMNS and all(record.setting(key) is None for record in found):
        raise NetkitError(
            f"--sort {key}: no run has it: sort by {', '.join(COLUMNS)} or by a setting"
        )

    def place(record: Record) -> tuple[bool, bool, float, str]:
        value = value_of(record, key)
        as_number = number(value)
        sign = -1 if key == "best" else 1
        return value is None, as_number is None, sign * (as_number or 0), str(value)

    return sorted(found, key=place)


def differing(found: Sequence[Record]) -> list[str]:
    """Return the settings that the commands of runs gave different values, six at most."""
    words = [record.words for record in found]
    names = dict.fromkeys(name for some in words for name in some)
    own = {"arch", "data", "name", "resume"}  # what has a column, or is no setting
    return [
        name
        for name in names
        if name not in own
        and not name.startswith("hydra.")
        and len({some.get(name) for some in words}) > 1
    ][:MOST]


def rows(found: Sequence[Record]) -> list[list[str]]:
    """Return a table of runs as rows of text, the first one its head."""
    extra = differing(found)
    head = [*COLUMNS, *extra]
    metrics = {record.metric for record in found} - {""}
    head[head.index("best")] = metrics.pop() if len(metrics) == 1 else "best"
    return [head, *([*cells(record), *said(record, extra)] for record in found)]


def cells(record: Record) -> list[str]:
    """Return the columns of one run as text."""
    best = record.best
    digits = 4 if record.metric == "test_map" else 2
    return [
        record.name,
        record.date,
        record.kind("arch"),
        record.kind("data"),
        "" if best is None else f"{best:6.{digits}f}",
        f"{record.seconds:7.1f} s",
        record.state,
    ]


def said(record: Record, names: Sequence[str]) -> list[str]:
    """Return settings of a run as its command has them."""
    return [record.words.get(name, "") for name in names]


def as_csv(found: Sequence[Record]) -> str:
    """Return a table of runs as CSV, with the folder of each and all digits."""
    extra = differing(found)
    text = StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["folder", *COLUMNS, "metric", *map(csv_cell, extra)])
    for record in found:
        values = [value_of(record, key) for key in COLUMNS]
        more = [record.metric, *said(record, extra)]
        table.writerow([csv_cell(v) for v in (str(record.folder), *values, *more)])
    return text.getvalue()
