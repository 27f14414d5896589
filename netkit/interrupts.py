"""Ctrl-C and SIGTERM: how they end a command, and how they wait while something is saved."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

ENDING = signal.SIGINT, signal.SIGTERM


class Terminated(KeyboardInterrupt):
    """Raised by SIGTERM, which `kill`, a container or a batch system send: ends as Ctrl-C does."""


@contextmanager
def terminating() -> Iterator[None]:
    """Return a context in which SIGTERM raises Terminated, where nothing else was chosen for it."""
    if not in_main_thread() or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def terminate(number: int, frame: FrameType | None) -> None:
    """Raise what SIGTERM means."""
    raise Terminated


@contextmanager
def waiting() -> Iterator[None]:
    """Return a context whose block is done whole: Ctrl-C and SIGTERM come when it is over."""
    came: list[int] = []
    before: dict[int, Any] = {}
    if in_main_thread():
        for ending in ENDING:
            if callable(handler := signal.getsignal(ending)):
                before[ending] = handler
                signal.signal(ending, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if came:
        before[came[0]](came[0], None)


class Noted:
    """Ctrl-C and SIGTERM that came to this process, and are to end all processes of a run."""

    def __init__(self) -> None:
        self.interrupts = 0
        self.terminations = 0

    def note(self, number: int, frame: FrameType | None) -> None:
        """Note a signal; raise what the second one means, for then nobody wants to wait."""
        if self.interrupts or self.terminations:
            raise Terminated if number == signal.SIGTERM else KeyboardInterrupt
        self.interrupts += number == signal.SIGINT
        self.terminations += number == signal.SIGTERM

    def counts(self) -> tuple[int, int]:
        """Return how many interrupts and terminations came, to be summed over the processes."""
        return self.interrupts, self.terminations

    @staticmethod
    def end(counts: Any) -> None:
        """Raise what the counts of all processes mean; nothing if no signal came to any."""
        if counts[1]:
            raise Terminated
        if counts[0]:
            raise KeyboardInterrupt


@contextmanager
def noting() -> Iterator[Noted]:
    """Return a context in which Ctrl-C and SIGTERM are noted, and raised by nobody but the user.

    So that all processes of a run end at the same step: see Noted.
    """
    noted = Noted()
    before: dict[int, Any] = {}
    if in_main_thread():
        for ending in ENDING:
            if callable(handler := signal.getsignal(ending)):
                before[ending] = handler
                signal.signal(ending, noted.note)
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def in_main_thread() -> bool:
    """Return whether this is the one thread that may say what signals do."""
    return threading.current_thread() is threading.main_thread()
