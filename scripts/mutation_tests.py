"""The tests of a copy of netkit, each time in a process forked from one with the rest imported."""

import importlib
import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import coverage
import pytest

HEAVY = "numpy", "scipy.signal", "scipy.ndimage", "PIL.Image", "torch", "omegaconf", "rich.console"
LONG = 5.0  # seconds of a test that is left out
TIMES, LEAST = 10, 60  # how much longer tests may take than they did, and how long at least
WAITING = 6  # times that by the clock: tests may wait, and other programs hold the processor


class Reached(NamedTuple):
    """seconds: of each test, by its node id.  lines: {(file, line): the tests that run it}."""

    seconds: dict[str, float]
    lines: dict[tuple[str, int], set[str]]


class Timed:
    """A plugin of pytest: seconds that each test takes, and which test runs which line."""

    def __init__(self, cover: coverage.Coverage, files: list[str]) -> None:
        self.cover, self.files, self.seconds = cover, files, {}

    def pytest_collection_finish(self) -> None:
        for file in self.files:  # here, so that no test counts as what runs lines of an import
            importlib.import_module(".".join(Path(file).with_suffix("").parts))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: Any):
        self.cover.switch_context(item.nodeid)
        before = sum(os.times()[:4])
        result = yield
        self.seconds[item.nodeid] = sum(os.times()[:4]) - before
        self.cover.switch_context("")
        return result


class Chosen:
    """A plugin of pytest that runs some tests only, in the order given."""

    def __init__(self, names: list[str]) -> None:
        self.order = {name: k for k, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self.order),
            key=lambda item: self.order[item.nodeid],
        )


def reached(tests: list[str], files: list[str]) -> Reached:
    """Return which tests reach which lines of files; raise RuntimeError if one fails as it is."""
    for name in HEAVY:
        try:
            importlib.import_module(name)
        except ImportError:
            continue

    def run() -> int:
        cover = coverage.Coverage(
            data_file=None, include=[os.path.abspath(f) for f in files], config_file=False
        )
        timed = Timed(cover, files)
        cover.start()
        code = pytest.main(words(tests), plugins=[timed])
        cover.stop()
        data, lines = cover.get_data(), {}
        for file in files:
            for line, names in data.contexts_by_lineno(os.path.abspath(file)).items():
                lines[file, line] = {name for name in names if name}
        Path("reached.pickle").write_bytes(pickle.dumps(Reached(timed.seconds, lines)))
        return int(code)

    if code := forked(run, 0):
        raise RuntimeError(f"pytest ended with {code} before anything was changed")
    return pickle.loads(Path("reached.pickle").read_bytes())


def killed(tests: list[str], found: Reached, file: str, line: int) -> bool:
    """Return whether a test notices that a line of a file has changed.

    A line that is run as its file is imported belongs to all tests.
    """
    names = found.lines.get((file, line), set())
    if not names and (file, line) in found.lines:
        names = set(found.seconds)
    chosen = sorted(
        (n for n in names if found.seconds[n] <= LONG), key=lambda n: (found.seconds[n], n)
    )
    if not chosen:
        return False
    needed = sorted({name.partition("::")[0] for name in chosen})
    limit = LEAST + TIMES * sum(found.seconds[name] for name in chosen)
    code = forked(lambda: int(pytest.main(words(needed), plugins=[Chosen(chosen)])), int(limit))
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        raise RuntimeError(f"{file}:{line}: none of its tests was collected")
    return code != 0


def words(tests: list[str]) -> list[str]:
    return ["-x", "-q", "-p", "no:cacheprovider", *tests]


def forked(run: Callable[[], int], limit: int) -> int:
    """Return what `run` returns in a process of its own, below 0 if it takes too long.

    What it prints is not shown, an exception is. limit: seconds of the processor, 0 for no limit.
    """
    child = os.fork()
    if child == 0:
        os.setsid()
        signal.setitimer(signal.ITIMER_PROF, limit)
        signal.alarm(WAITING * limit)
        shown, quiet = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        for name in ("", "tests", "scripts"):
            sys.path.insert(0, os.path.abspath(name))
        code = 3
        try:
            code = run()
        except Exception:
            os.write(shown, traceback.format_exc().encode())
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    with suppress(ProcessLookupError):  # what it has started, if it was stopped
        os.killpg(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(status)
