"""Passes: a batch divided over threads, a Worker each."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.types import Array
from netkit.worker import Key, Worker, answered

if TYPE_CHECKING:
    from netkit.energy import Energy
    from netkit.net import Net

# A decorator: a net that diverges is found by its energy, not by numpy's warnings on the way.
no_float_warnings = np.errstate(over="ignore", invalid="ignore", divide="ignore")


class Shards:
    """A net that several threads run at once, each over its part of a batch.

    Images come as (N, C, H, W) of any type, from `ops.samples`; outputs leave as (K, h, w, N).
    """

    def __init__(self, net: "Net") -> None:
        self.net = net
        self.ops = net.ops
        self.workers = [Worker(net, first=not k) for k in range(net.ops.shards)]
        # So many images make work enough for a thread: the division rounds up.
        self.min_images = max(1, -(-net.ops.min_work // max(1, net.cost)))
        more = len(self.workers) - 1
        self.pool = ThreadPoolExecutor(more) if more else None

    def gradient(
        self, images: Array, labels: Array, energy: "Energy", key: Key = (0,)
    ) -> tuple[np.ndarray, np.ndarray]:
        """Fill net.grads with the gradient of the mean energy of a batch.

        key: whole numbers that the random layers depend on.  Returns host arrays: the energy of
        each sample and the class answered for each, both (N,).
        """
        n = len(labels)

        def work(worker: Worker, part: slice, number: int) -> tuple[Array, Array]:
            return worker.gradient(
                *(images[part], labels[part], energy),
                scale=1.0 / n,
                key=key,
                shard=number,
                first=part.start,
            )

        results = self.divide(n, work)
        for worker in self.workers[1 : len(results)]:
            self.net.grads += worker.grads
        for at in self.net.learned_states:
            states = [worker.state[at] for worker in self.workers[: len(results)]]
            self.net.state[at] = sum(states) / len(results)
        return self.join(results)

    def test(self, images: Array, labels: Array, energy: "Energy") -> tuple[np.ndarray, np.ndarray]:
        """Return host arrays: the energy of each sample and the class answered, both (N,)."""

        def work(worker: Worker, part: slice, _: int) -> tuple[Array, Array]:
            y = worker.outputs(images[part])
            return energy.forward(y, labels[part])[0], answered(energy, y)

        return self.join(self.divide(len(labels), work))

    def outputs(self, images: Array) -> np.ndarray:
        """Return the net's outputs (K, h, w, N), on the host."""

        def work(worker: Worker, part: slice, _: int) -> np.ndarray:
            # Copied while its thread still owns the memory that the next pass uses again.
            return self.ops.to_host(worker.outputs(images[part])).copy()

        return np.concatenate(self.divide(len(images), work), axis=3)

    def join(self, results: list[tuple[Array, Array]]) -> tuple[np.ndarray, np.ndarray]:
        """Join the pairs of arrays that the shards returned, on the host."""
        first, second = zip(*results, strict=True)
        return (
            np.concatenate([self.ops.to_host(a) for a in first]),
            np.concatenate([self.ops.to_host(a) for a in second]),
        )

    def divide(self, n: int, work: "Callable[[Worker, slice, int], Any]") -> list[Any]:
        """Call work(worker, slice, number) for each shard of n samples; return all results."""
        work = no_float_warnings(work)
        shards = max(1, min(len(self.workers), n // self.min_images))
        ends = [n * k // shards for k in range(shards + 1)]
        parts = [slice(*ends[k : k + 2]) for k in range(shards)]
        for worker in self.workers:
            worker.free_threads = len(self.workers) - 1 if shards == 1 else 0
        if self.pool is None or shards == 1:
            return [work(self.workers[0], parts[0], 0)]
        later = [self.pool.submit(work, self.workers[k], parts[k], k) for k in range(1, shards)]
        try:
            first = work(self.workers[0], parts[0], 0)
        finally:  # no thread may still write when this returns, not even after an error
            rest = [future.exception() or future.result() for future in later]
        for result in rest:
            if isinstance(result, BaseException):
                raise result
        return [first, *rest]
