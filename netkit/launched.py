"""Launched: what mpiexec, srun and torchrun say of the processes that they started together."""

import os
from collections.abc import Mapping
from typing import NamedTuple

LAUNCHERS = (  # the variables of the number of a process and of how many there are
    ("mpiexec", "PMI_RANK", "PMI_SIZE"),  # MPICH, Intel MPI, MVAPICH
    ("mpiexec", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),  # Open MPI
    # A batch script of SLURM has SLURM_PROCID too; only what srun starts knows its step's tasks.
    ("srun", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS"),
)


# Names that others use too, for something else.
TORCHRUN = "torchrun", "RANK", "WORLD_SIZE"


class Launched(NamedTuple):
    """By what this process was started, its number, and how many were started with it."""

    by: str
    rank: int
    size: int


def launched(environ: Mapping[str, str] = os.environ) -> Launched:
    """Return what the environment says; ("", 0, 1) for a process that was started alone."""
    more = (TORCHRUN,) if "TORCHELASTIC_RUN_ID" in environ else ()
    for by, rank, size in (*LAUNCHERS, *more):
        try:
            found = Launched(by, int(environ[rank]), int(environ[size]))
        except (KeyError, ValueError):
            continue
        if found.size > 1 and 0 <= found.rank < found.size:
            return found
    return Launched("", 0, 1)
