"""What several benchmarks do: sides that take turns, and tables written into a page."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

TURN = 10  # calls of a side, at least, until the next one has its turn
TURN_SECONDS = 0.1  # and so long: threads that come to help have found a core of their own by then


def least(calls: dict[str, Callable[[], Any]], seconds: float) -> dict[str, float]:
    """Return the least microseconds of a call {name: function} of several that take turns."""
    found = dict.fromkeys(calls, float("inf"))
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for name, call in calls.items():
            times, turn = 0, time.perf_counter() + TURN_SECONDS
            while times < TURN or time.perf_counter() < turn:
                began = time.perf_counter()
                call()
                found[name] = min(found[name], (time.perf_counter() - began) * 1e6)
                times += 1
    return {name: round(value, 1) for name, value in found.items()}


def between(page: str, name: str, lines: Iterable[str]) -> str:
    """Return a page with these lines between `<!-- NAME -->` and `<!-- /NAME -->`."""
    first, last = f"<!-- {name} -->\n", f"<!-- /{name} -->\n"
    before, rest = page.split(first)
    return before + first + "".join(f"{line}\n" for line in lines) + last + rest.split(last)[1]


def write_between(path: Path, name: str, lines: Iterable[str]) -> None:
    """Write lines between the marks of a name in a page."""
    path.write_text(between(path.read_text(), name, lines))
