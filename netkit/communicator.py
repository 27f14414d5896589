"""Communicator: the contract of what the processes of one run tell each other."""

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.checks import Checked, Count
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.backends.base import Backend


class Communicator(Checked):
    """The processes of a run, started together by somebody else: ranks 0 to `size` - 1.

    A subclass sets `rank` and `size` in its constructor, and writes `add`, `meet` and `abort`; the
    other methods where it has something better. The constructor's arguments are what its YAML in
    conf/comm takes. All ranks call the methods in the same order, each with arrays of the same
    shape and type; a method returns when its result is there.  netkit.testing.check_communicator
    looks whether a new one does so.

    every: the ranks take so many steps of their own, each over its part of the batch, before their
    weights are averaged (local SGD: Stich 2019; Lin, Stich, Patel & Jaggi 2020); 1: their gradients
    are added up at every step, and all ranks have the same weights at any time.
    """

    rank: int = 0
    size: int = 1
    ops: "Backend | None" = None
    # What is to be said to a user of a run that ends here and now: what is kept, how to go on.
    note: Callable[[], str] = staticmethod(lambda: "")

    def __init__(self, every: Count = 1) -> None:
        self.every = every

    @property
    def about(self) -> str:
        """What a log says of it."""
        return f"{type(self).__name__.lower()}, rank {self.rank} of {self.size}"

    def begin(self, ops: "Backend") -> None:
        """Take the backend of the run, before any array of it is added or copied."""
        self.ops = ops

    def add(self, a: Array) -> None:
        """Put the sum of all ranks' `a` into `a`, in place: the same numbers on every rank.

        a: C-contiguous, of numpy or of the backend, of any shape and any type of numbers.
        """
        raise NotImplementedError

    def copy(self, a: Array) -> None:
        """Put rank 0's `a` into every rank's; a as for `add`."""
        if self.rank:
            a.fill(0)
        self.add(a)

    def share(self, value: Any) -> Any:
        """Return rank 0's value on every rank; what JSON has: texts, numbers, lists, mappings."""
        text = np.frombuffer(json.dumps(value).encode(), np.uint8) if self.rank == 0 else None
        size = np.array([0 if text is None else len(text)], np.int64)
        self.copy(size)
        data = np.zeros(int(size[0]), np.uint8) if text is None else text.copy()
        self.copy(data)
        return json.loads(data.tobytes())

    def place(self) -> tuple[int, int]:
        """Return which of the ranks on this host this is, and how many those are."""
        return self.rank, self.size

    def threads(self) -> int:
        """Return how many threads this rank is to compute with, where nobody says it."""
        from netkit.backends.numpy import cores  # here: a contract needs no backend

        return max(1, cores() // self.place()[1])

    def meet(self, seconds: float) -> bool:
        """Wait until all ranks call this, at most so long; return whether they did.

        It is how a run ends: a rank that failed alone meets nobody. Called once.
        """
        raise NotImplementedError

    def abort(self, code: int) -> None:
        """End all ranks at once, whatever they are doing, with an exit code."""
        raise NotImplementedError

    def end(self) -> None:
        """Take leave of the others: nothing is added or copied after this."""


class Solo(Communicator):
    """A run of one process."""

    def add(self, a: Array) -> None:
        pass

    def copy(self, a: Array) -> None:
        pass

    def meet(self, seconds: float) -> bool:
        return True

    def abort(self, code: int) -> None:
        sys.exit(code)
