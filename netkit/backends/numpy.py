"""The CPU: numpy, the batch divided over threads that each call a single-threaded BLAS."""

import os

import numpy as np

from netkit.backends.base import Backend
from netkit.errors import NetkitError

CHUNK = 4096  # columns of a weight-gradient product taken at once: longer ones leave the cache (DESIGN, CPU speed)


class NumpyBackend(Backend):
    """Arrays in main memory.

    threads: how many to divide a batch over; all the cores that this process may use if not given.
    Results are the same for the same number of threads, and differ by rounding between numbers of
    threads.
    """

    name = "numpy"
    xp = np
    worth = (
        10_000_000  # what the interpreter's lock leaves of two threads below that is less than one
    )

    def __init__(self, threads=None):
        if threads is not None and (not isinstance(threads, int) or threads < 1):
            raise NetkitError(
                f"threads={threads}: give a whole number from 1, or null for one per core"
            )
        self.shards, self.taken = threads or cores(), None

    @property
    def about(self):
        return f"{self.name}, {self.shards} threads"

    def to_host(self, a):
        return np.asarray(a)

    def samples(self, images, labels):
        return images, labels  # as they are: a memory-mapped set stays on the disk

    def take(self, samples, index):
        shape = len(index), *samples.shape[1:]
        if self.taken is None or self.taken.shape != shape or self.taken.dtype != samples.dtype:
            self.taken = np.empty(shape, samples.dtype)
        return np.take(
            samples, index, axis=0, out=self.taken, mode="clip"
        )  # mode=raise would copy once more

    def limits(self):
        from threadpoolctl import (
            threadpool_limits,
        )  # here: the import looks at every loaded library

        return threadpool_limits(1, user_api="blas")

    def windows(self, x, kernel, stride, out):
        view = np.lib.stride_tricks.sliding_window_view(x, kernel, axis=(1, 2))
        view = view[:, :: stride[0], :: stride[1]]  # (C, oh, ow, N, kh, kw)
        np.copyto(out, view[:, : out.shape[3], : out.shape[4]].transpose(0, 4, 5, 1, 2, 3))
        return out

    def add_outer(self, dy, cols, out, scratch):
        for at in range(0, dy.shape[1], CHUNK):
            np.matmul(dy[:, at : at + CHUNK], cols[:, at : at + CHUNK].T, out=scratch)
            out += scratch


def cores():
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
