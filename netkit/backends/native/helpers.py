"""Helpers: threads that come to a pass of another thread, if they are free."""

import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from netkit.backends.native.library import BOARD, Library
from netkit.backends.native.pace import Pace

LOOKS = 4000  # at an empty board, about 0.1 ms
PACES = 200  # kinds of work whose pace is known
LONG = 20_000  # some 0.5 ms, longer than Python takes between two steps of training


class Helpers:
    """Threads that wait for passes. Nobody waits for them: a call to them may be in vain.

    For a moment after a pass they look for the next one without sleeping, so that one image after
    the other finds them awake: see kernels/sharing.inc.
    """

    def __init__(self, threads: int, library: Library) -> None:
        self.threads = threads
        self.library = library
        self.crew: Crew | None = None  # made when it is first needed
        self.process = 0  # whose threads they are: a forked process has none of them
        self.paces: dict[tuple[Any, ...], Pace] = {}  # of calls that threads share, by their work
        self.idle = False  # was the last one quicker without them?

    @contextmanager
    def sharing(self, *work: Any, count: int, looks: int = LOOKS) -> Iterator[int]:
        """Return a context for a call of some work, with the board for it, or 0: see Pace.

        count, looks: as of `call`.
        """
        if len(self.paces) > PACES:  # of images of ever other sizes
            self.paces.clear()
        pace = self.paces.setdefault(work, Pace())
        helped = pace.helped()
        self.idle = not helped
        board = self.call(count, looks) if helped else 0
        began = time.perf_counter()
        yield board
        pace.took(helped, time.perf_counter() - began)

    def call(self, count: int, looks: int = LOOKS) -> int:
        """Wake so many of them, those that sleep; return the address of their board, 0 for none.

        looks: how often they look for the next pass before they sleep.
        """
        count = min(count, self.threads)
        if not count:
            return 0
        if self.crew is None or self.process != os.getpid():
            self.crew, self.process = Crew(self.threads, self.library), os.getpid()
            weakref.finalize(self, self.crew.end)
        self.crew.board[-1] = looks
        self.crew.wake(count)
        return self.crew.address


class Crew:
    """The threads of Helpers, which do not keep it alive, and what they share with C: a board."""

    def __init__(self, threads: int, library: Library) -> None:
        self.board = np.zeros(BOARD, np.int64)
        self.address = int(self.board.ctypes.data)
        self.library = library
        self.ended = False
        self.calls = 0
        self.asleep: deque[threading.Lock] = deque()  # of those that sleep, what each waits for
        for _ in range(threads):
            threading.Thread(target=self.serve, name="netkit-help", daemon=True).start()

    def serve(self) -> None:
        """Be one of the threads, until the crew ends."""
        mine = threading.Lock()
        mine.acquire()
        while True:
            self.asleep.append(mine)
            if self.ended:
                return
            mine.acquire()
            seen = -1
            while seen != self.calls:  # else a call would be lost that came as it left the board
                seen = self.calls
                self.library.c.netkit_serve(self.address)

    def wake(self, count: int) -> None:
        """Let so many look at the board, as soon as they can."""
        self.calls += 1
        for _ in range(min(count, len(self.asleep))):
            try:
                self.asleep.pop().release()
            except IndexError:  # another thread has woken it
                return

    def end(self) -> None:
        """Let the threads end."""
        self.ended = True
        self.board[0] = 1
        self.wake(len(self.asleep))
