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


def in_main_thread() -> bool:
    """Return whether this is the one thread that may say what signals do."""
    return threading.current_thread() is threading.main_thread()
