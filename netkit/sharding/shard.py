"""Shard: which images are the share of one process of several."""

import os
import re
from collections.abc import Mapping
from typing import NamedTuple, TypeVar
from zlib import crc32

from netkit.errors import NetkitError

RANKS = (  # where launchers say which process of how many this is
    ("RANK", "WORLD_SIZE"),
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("PMI_RANK", "PMI_SIZE"),
    ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS"),  # of srun: a batch script alone has the first, too
)
ARRAY = "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT"
AUTO = "auto"
T = TypeVar("T")


class Shard(NamedTuple):
    """The k-th of n shares, counted from 1."""

    k: int = 1
    n: int = 1

    def __str__(self) -> str:
        return f"{self.k}/{self.n}"

    def has(self, at: int, name: str, ordered: bool) -> bool:
        """Return whether an image is in this share.

        at: its place in the stream, from 0.  ordered: every process sees it there; if not, its name
        decides.
        """
        if self.n == 1:
            return True
        number = at if ordered else crc32(name.encode(errors="surrogatepass"))
        return number % self.n == self.k - 1

    def tars(self, paths: list[T]) -> "tuple[list[T], Shard]":
        """Return the tar files to read, and which of their images: whole files if they suffice."""
        if self.n == 1 or len(paths) < self.n:
            return paths, self
        return paths[self.k - 1 :: self.n], Shard()


def shard_of(value: object, env: Mapping[str, str] = os.environ) -> Shard:
    """Return the Shard that a setting names: null, K/N, or auto, which asks the environment.

    auto: of SLURM's job array, of a launcher's rank (torchrun, mpirun, srun), of both.
    """
    if value is None:
        return Shard()
    if value == AUTO:
        return shard_here(env)
    match = re.fullmatch(r"(\d{1,9})/(\d{1,9})", str(value))
    k, n = (int(part) for part in match.groups()) if match else (0, 0)
    if not 1 <= k <= n:
        raise NetkitError(
            f"shard={value}: give K/N, the K-th of N shares from 1/N to N/N, or auto under SLURM, "
            "torchrun or mpirun"
        )
    return Shard(k, n)


def shard_here(env: Mapping[str, str]) -> Shard:
    """Return the Shard that the environment names; raise NetkitError if it names none."""
    array, rank = array_of(env), rank_of(env)
    if array is None and rank is None:
        said = ", ".join((ARRAY[0], *(pair[0] for pair in RANKS)))
        raise NetkitError(
            f"shard={AUTO}: nothing says which share this is ({said} are not set): give shard=K/N"
        )
    outer, inner = array or (0, 1), rank or (0, 1)
    return Shard(outer[0] * inner[1] + inner[0] + 1, outer[1] * inner[1])


def array_of(env: Mapping[str, str]) -> tuple[int, int] | None:
    """Return (place, number) of this task in SLURM's job array; None outside of one."""
    pair = numbers(env, *ARRAY)
    if pair is None:
        return None
    first = int(env.get("SLURM_ARRAY_TASK_MIN", "0") or 0)
    step = int(env.get("SLURM_ARRAY_TASK_STEP", "1") or 1)
    return checked((pair[0] - first) // max(1, step), pair[1], ARRAY[0])


def rank_of(env: Mapping[str, str]) -> tuple[int, int] | None:
    """Return (rank, number of processes) as a launcher says them; None without one."""
    for names in RANKS:
        pair = numbers(env, *names)
        if pair is not None:
            return checked(*pair, names[0])
    return None


def numbers(env: Mapping[str, str], rank: str, size: str) -> tuple[int, int] | None:
    """Return two variables as numbers; None if they are not set."""
    try:
        return int(env[rank]), int(env[size])
    except (KeyError, ValueError):
        return None


def checked(rank: int, size: int, name: str) -> tuple[int, int]:
    """Return a rank that fits its size."""
    if not 0 <= rank < size:
        raise NetkitError(f"shard={AUTO}: {name} says {rank} of {size}: give shard=K/N")
    return rank, size
