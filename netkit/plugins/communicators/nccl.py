"""NCCL, which moves arrays from GPU to GPU; MPI to meet."""

import logging
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.checks import Count
from netkit.errors import NetkitError
from netkit.plugins.communicators.mpi import Mpi
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.backends.base import Backend

log = logging.getLogger("netkit")


class Nccl(Mpi):
    """The processes that mpiexec or srun started, a GPU each: sums by NCCL, through CuPy.

    For backend=cupy. What is not on the GPU, a few numbers a step, goes by MPI. NCCL itself is in
    a package of its own (nvidia-nccl-cu12 or -cu13). Not run on several GPUs yet.
    """

    def __init__(self, every: Count = 1) -> None:
        super().__init__(every)
        self.nccl: Any = None

    def begin(self, ops: "Backend") -> None:
        super().begin(ops)  # chooses the device, which must come before NCCL looks for it
        if ops.name != "cupy":
            raise NetkitError(
                f"comm=nccl: moves arrays of GPUs, and backend={ops.name} has none: "
                "take backend=cupy, or comm=mpi"
            )
        if self.size == 1:
            return
        try:
            from cupyx.distributed import init_process_group

            # use_mpi: without mpi4py CuPy would open a port of its own; load() has found it.
            self.nccl = init_process_group(self.size, self.rank, use_mpi=True)
        except Exception as error:  # CuPy without NCCL, two ranks on one GPU, ...
            raise NetkitError(
                f"comm=nccl: NCCL does not start here ({' '.join(str(error).split())}): pip "
                "install nvidia-nccl-cu12 or -cu13, give each rank a GPU, or take comm=mpi"
            ) from None

    def add(self, a: Array) -> None:
        if self.nccl is None or isinstance(a, np.ndarray):
            super().add(a)
            return
        self.nccl.all_reduce(a, a)

    def copy(self, a: Array) -> None:
        if self.nccl is None or isinstance(a, np.ndarray):
            super().copy(a)
            return
        self.nccl.broadcast(a)
