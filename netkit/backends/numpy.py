"""The CPU: numpy, the batch divided over threads that each call a single-threaded BLAS."""

import contextlib
import os
from typing import Any

import numpy as np

from netkit.backends.base import ONE, Backend, Size
from netkit.backends.blas import one_thread
from netkit.checks import Count
from netkit.types import Array

CHUNK = 4096  # columns of a weight-gradient product taken at once: longer ones leave the cache


class NumpyBackend(Backend):
    """Arrays in main memory.

    threads: how many to divide a batch over; all the cores that this process may use if not given.
    Results are the same, bit by bit, for any number of threads.
    """

    name = "numpy"
    xp = np
    min_work = 10_000_000  # below that, two threads that share the interpreter's lock lose to one
    divides = True

    def __init__(self, threads: Count | None = None) -> None:
        self.shards = threads or cores()
        self.gathered = np.empty(0)

    @property
    def about(self) -> str:
        return f"{self.name}, {self.shards} threads"

    def to_host(self, a: Array) -> Array:
        return np.asarray(a)

    def samples(self, images: Array, labels: Array) -> tuple[Array, Array]:
        return images, labels  # as they are: a memory-mapped set stays on the disk

    def gather(self, samples: Array, index: Array) -> Array:
        shape = len(index), *samples.shape[1:]
        if self.gathered.shape != shape or self.gathered.dtype != samples.dtype:
            self.gathered = np.empty(shape, samples.dtype)
        # mode="raise" would gather into a copy first, and "clip" of valid indices is the same.
        return np.take(samples, index, axis=0, out=self.gathered, mode="clip")

    def limits(self) -> contextlib.AbstractContextManager[Any]:
        return one_thread()

    def windows(
        self, x: Array, kernel: Size, stride: Size, out: Array, *, dilation: Size = ONE
    ) -> Array:
        span = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
        view = np.lib.stride_tricks.sliding_window_view(x, span, axis=(1, 2))
        view = view[:, :: stride[0], :: stride[1], :, :: dilation[0], :: dilation[1]]
        # view: (C, oh, ow, N, kh, kw)
        np.copyto(out, view[:, : out.shape[3], : out.shape[4]].transpose(0, 4, 5, 1, 2, 3))
        return out

    def add_outer(self, dy: Array, cols: Array, out: Array, scratch: Array) -> None:
        for at in range(0, dy.shape[1], CHUNK):
            np.matmul(dy[:, at : at + CHUNK], cols[:, at : at + CHUNK].T, out=scratch)
            out += scratch


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
