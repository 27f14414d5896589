"""MPI, which mpiexec and srun start: mpi4py over MPICH, Open MPI or a cluster's own."""

import atexit
import os
import socket
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.checks import Count
from netkit.communicator import Communicator
from netkit.errors import NetkitError
from netkit.launched import launched
from netkit.plugins.communicators.lifeline import PASSED_ON, Lifeline
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.backends.base import Backend

SPIN = 1e-3  # seconds that a wait asks without a pause: ranks differ by less in most steps
PAUSE = 2e-4  # seconds between two questions after that, so that a longer wait takes no core
MISSING = "pip install 'netkit[mpi]', or mpi4py for the MPI that this machine has"


class Mpi(Communicator):
    """The processes that mpiexec or srun started, through mpi4py.

    It waits without holding a core for long, so that more ranks than cores get on, and that Ctrl-C
    reaches a rank that waits. Arrays of a GPU go through main memory: any MPI can send those.
    A rank that dies is noticed by the others (Lifeline), whatever the launcher does.
    """

    def __init__(self, every: Count = 1) -> None:
        super().__init__(every)
        self.mpi = load()
        self.world = self.mpi.COMM_WORLD
        self.rank, self.size = self.world.rank, self.world.size
        refuse_strangers(self.size)
        self.host = self.world.Split_type(self.mpi.COMM_TYPE_SHARED)
        self.ending = self.world.Dup()  # for `meet`, which must not be taken for a sum
        self.lifeline = Lifeline(self) if self.size > 1 else None
        atexit.register(self.leave)

    @property
    def about(self) -> str:
        name = self.mpi.Get_library_version().split("\n")[0].split(",")[0].strip("\0 ")
        return f"mpi, rank {self.rank} of {self.size}, {' '.join(name.split())}"

    def begin(self, ops: "Backend") -> None:
        super().begin(ops)
        ops.choose_device(self.place()[0])

    def add(self, a: Array) -> None:
        self.on_host(a, lambda host: self.world.Iallreduce(self.mpi.IN_PLACE, host))

    def copy(self, a: Array) -> None:
        self.on_host(a, self.world.Ibcast)

    def on_host(self, a: Array, call: Callable[[np.ndarray], Any]) -> None:
        """Run a call of MPI that changes an array in place, and wait for it.

        An array of a device is copied to the host and back.
        """
        host = a if isinstance(a, np.ndarray) or self.ops is None else self.ops.to_host(a)
        try:
            self.wait(call(host))
        except self.mpi.Exception as error:
            raise NetkitError(
                f"comm=mpi: rank {self.rank} of {self.size} lost the others ({error}): "
                "look whether all hosts are there, and go on with the run by resume=FOLDER"
            ) from None
        if host is not a:
            a[...] = self.ops.asarray(host)  # type: ignore[union-attr]

    def wait(self, request: Any, until: float = float("inf")) -> bool:
        """Wait for a request of MPI, at most until a time of the clock; return whether it ended."""
        began = time.perf_counter()
        while not request.Test():
            now = time.perf_counter()
            if now > until:
                return False
            if now - began > SPIN:
                time.sleep(PAUSE)
            elif hasattr(os, "sched_yield"):
                os.sched_yield()  # the rank that is waited for may need this core
        return True

    def place(self) -> tuple[int, int]:
        return self.host.rank, self.host.size

    def threads(self) -> int:
        """Return this rank's share of the cores that it may use.

        Some launchers give each rank cores of its own, others give all of them all.
        """
        if not hasattr(os, "sched_getaffinity"):
            return super().threads()
        mine = os.sched_getaffinity(0)
        all_of_them = [core for cores in self.host.allgather(sorted(mine)) for core in cores]
        return max(1, int(sum(Fraction(1, all_of_them.count(core)) for core in mine)))

    def meet(self, seconds: float) -> bool:
        try:
            return self.wait(self.ending.Ibarrier(), time.perf_counter() + seconds)
        except self.mpi.Exception:
            return False

    def abort(self, code: int) -> None:
        self.end()
        sys.stdout.flush()
        sys.stderr.flush()
        time.sleep(PASSED_ON)
        self.world.Abort(code)
        os._exit(code)  # some MPIs return, and end this process a little later

    def leave(self) -> None:
        """Take leave when Python ends; after an error that nobody caught, end all ranks."""
        if self.size > 1 and getattr(sys, "last_type", None) is not None:
            self.abort(1)
        self.end()

    def end(self) -> None:
        if self.lifeline is not None:
            self.lifeline.close()


def load() -> Any:
    """Return mpi4py.MPI, or say what is missing."""
    try:
        from mpi4py import MPI
    except ImportError as error:
        raise NetkitError(f"comm=mpi: mpi4py is not installed here ({error}): {MISSING}") from None
    except RuntimeError as error:  # mpi4py is there, and no MPI that it could load
        said = " ".join(str(error).split())
        raise NetkitError(f"comm=mpi: no MPI can be loaded here ({said}): {MISSING}") from None
    return MPI


def refuse_strangers(size: int) -> None:
    """Raise NetkitError if a launcher started several processes that MPI does not know together.

    Each of them would train the whole net, and write into the others' folders.
    """
    started = launched()
    if size != started.size and started.size > 1:
        remedy = "use the mpiexec of the MPI that mpi4py loads"
        if started.by == "srun":
            remedy = "give srun the --mpi that fits the MPI that mpi4py loads (srun --mpi=list)"
        raise NetkitError(
            f"comm=mpi: {started.by} started {started.size} processes, and MPI on "
            f"{socket.gethostname()} knows of {size}: {remedy}"
        )
