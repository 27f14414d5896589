"""Helpers: threads that come to a pass of another thread, if they are free."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any


class Helpers:
    """Threads that wait for work. Nobody waits for them: a call to them may be in vain."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.pool: ThreadPoolExecutor | None = None  # made when it is first needed

    def call(self, work: Callable[[], Any], count: int) -> None:
        """Let so many of them call work(), as soon as they can."""
        if not self.threads:
            return
        if self.pool is None:
            self.pool = ThreadPoolExecutor(self.threads, "netkit-help")
        for _ in range(min(count, self.threads)):
            self.pool.submit(work)
