"""Over ranks: how kernels ask for a sum over the processes that share a batch."""

import ctypes
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from netkit.worker import Worker

CALLBACK = ctypes.CFUNCTYPE(None, ctypes.POINTER(ctypes.c_double), ctypes.c_int64)


class OverRanks:
    """A function for kernels, which puts the sums of all processes into a worker's sums.

    What it raises cannot pass through C: it is kept, and `check` raises it when C has returned.
    """

    def __init__(self, worker: "Worker") -> None:
        self.worker = worker
        self.function = CALLBACK(self.call)  # kept here: C has its address alone
        self.known = ctypes.cast(self.function, ctypes.c_void_p).value or 0
        self.error: BaseException | None = None

    @property
    def address(self) -> int:
        """Where C finds the function; 0 where this process has the whole batch."""
        return self.known if self.worker.training and self.worker.over_ranks else 0

    def call(self, sums: "ctypes._Pointer[ctypes.c_double]", count: int) -> None:
        """Sum `count` numbers over all processes, in place."""
        if self.error is not None or self.worker.over_ranks is None:
            return
        try:
            self.worker.over_ranks(np.ctypeslib.as_array(sums, (count,)))
        except BaseException as error:
            self.error = error

    def check(self) -> None:
        """Raise what a call has raised."""
        error, self.error = self.error, None
        if error is not None:
            raise error
