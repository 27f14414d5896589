"""Passes: a batch divided over threads, a Worker each."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from netkit.answering import answer
from netkit.blocks import most_images
from netkit.learning import learn
from netkit.types import Array
from netkit.worker import Key, Worker, answered

if TYPE_CHECKING:
    from netkit.energy import Energy
    from netkit.net import Net

PART = 64  # images: larger batches are divided into more parts than two
MOST_PARTS = 16
# A net that diverges is found by its energy, not by numpy's warnings on the way.
IGNORED: dict[str, Any] = {"over": "ignore", "invalid": "ignore", "divide": "ignore"}
no_float_warnings = np.errstate(**IGNORED)  # a decorator


class Piece(NamedTuple):
    """What some images are of a larger batch, whose other images other processes have.

    whole: how many images it has.  first: the place in it of the first of these.  parts: the parts
    of the batch that these are, as slices of them.  number: of the first of those parts.
    """

    whole: int
    first: int
    parts: list[slice]
    number: int


class Shards:
    """A net that several threads run at once, each over some parts of a batch.

    A batch is trained on in parts that follow from its size and the net alone, and what they add to
    the gradient is summed in their order. So a run gives the same weights, bit by bit, whatever the
    number of threads; two threads and a part each make the division of most batches.

    Images come as (N, C, H, W) of any type, from `ops.samples`; outputs leave as (K, h, w, N).
    """

    def __init__(self, net: "Net") -> None:
        self.net = net
        self.ops = net.ops
        self.workers = [Worker(net, first=not k) for k in range(net.ops.shards)]
        # So many images make work enough for a thread: the division rounds up.
        self.cost = max(1, net.cost)  # multiply-adds of an image
        self.min_images = max(1, -(-net.ops.min_work // self.cost))
        self.block = most_images(net)
        more = len(self.workers) - 1
        self.pool = ThreadPoolExecutor(more) if more else None
        self.rooms: dict[int, Array] = {}  # for gradients of parts, until they are summed up

    def gradient(
        self,
        images: Array,
        labels: Array,
        energy: "Energy",
        key: Key = (0,),
        *,
        piece: Piece | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Fill net.grads with the gradient of the mean energy of a batch.

        key: whole numbers that the random layers depend on.  piece: what these images are of a
        batch that they are only some of; the gradient is their share of it.  Returns host arrays:
        the energy of each sample and the class answered for each, both (N,).
        """
        n = len(labels)
        whole, start, parts, number = piece or Piece(n, 0, self.parts(n), 0)
        scale = 1.0 / whole
        found = learn(self, images, labels, energy, scale=scale, key=key, first=start, parts=parts)
        if found is not None:
            return found
        grads: list[Array] = [self.net.grads] * len(parts)
        states: list[list[Array]] = [[]] * len(parts)

        def work(worker: Worker, mine: slice) -> list[tuple[Array, Array]]:
            results = []
            for k in range(mine.start, mine.stop):
                part = parts[k]
                found = worker.gradient(
                    *(images[part], labels[part], energy),
                    scale=scale,
                    key=key,
                    shard=number + k,
                    first=start + part.start,
                )
                states[k] = [worker.state[at].copy() for at in self.net.learned_states]
                grads[k] = worker.grads
                if k + 1 < mine.stop:  # the next part writes over them
                    grads[k] = self.room(k)
                    grads[k][...] = worker.grads
                    found = found[0].copy(), found[1].copy()
                results.append(found)
            return results

        shares = self.divide(len(parts), work, least=1, unit=1)
        self.sum_up(grads)
        for k, at in enumerate(self.net.learned_states):
            self.net.state[at] = sum(one[k] for one in states) / len(states)
        return self.join([result for share in shares for result in share])

    def parts(self, n: int) -> list[slice]:
        """Return the slices in which a batch of n images is trained on, the same for any threads.

        Each is work enough for a thread. Layers with running statistics average over a part: two
        parts of a small batch, or more of 32 images, make good averages.
        """
        if not self.ops.divides:
            return [slice(0, n)]
        least = 32 if self.net.learned_states else PART
        count = max(1, min(n // self.min_images, max(2, n // least), MOST_PARTS))
        ends = [n * k // count for k in range(count + 1)]
        return [slice(*ends[k : k + 2]) for k in range(count)]

    def room(self, k: int) -> Array:
        """Return memory for the gradient of part k."""
        if k not in self.rooms:
            self.rooms[k] = self.ops.xp.empty_like(self.net.grads)
        return self.rooms[k]

    def sum_up(self, grads: list[Array]) -> None:
        """Put the sum of the parts' gradients, from the first to the last, into net.grads."""
        total = grads[0]
        for one in grads[1:]:
            if one is self.net.grads:
                one += total  # a sum of two is the same in either order
                total = one
            else:
                total += one
        if total is not self.net.grads:
            self.net.grads[...] = total

    def test(self, images: Array, labels: Array, energy: "Energy") -> tuple[np.ndarray, np.ndarray]:
        """Return host arrays: the energy of each sample and the class answered, both (N,)."""

        @no_float_warnings
        def read(y: Array, labels: Array) -> tuple[Array, Array]:
            return energy.forward(y, labels)[0], answered(energy, y)

        def work(worker: Worker, part: slice) -> tuple[Array, Array]:
            return read(worker.outputs(images[part]), labels[part])

        y = answer(self, images)
        return self.join(self.divide(len(labels), work) if y is None else [read(y, labels)])

    def outputs(self, images: Array) -> np.ndarray:
        """Return the net's outputs (K, h, w, N), on the host."""

        def work(worker: Worker, part: slice) -> np.ndarray:
            # Copied while its thread still owns the memory that the next pass uses again.
            return self.ops.to_host(worker.outputs(images[part])).copy()

        y = answer(self, images)
        return np.concatenate(self.divide(len(images), work), axis=3) if y is None else y

    def fits_one(self, n: int) -> bool:
        """Return whether so many images are one block of one thread."""
        return n < 2 * self.min_images and n <= (self.ops.block_size or n)

    def join(self, results: list[tuple[Array, Array]]) -> tuple[np.ndarray, np.ndarray]:
        """Join the pairs of arrays that the shards returned, on the host."""
        first, second = zip(*results, strict=True)
        if len(first) == 1:
            return self.ops.to_host(first[0]), self.ops.to_host(second[0])
        return (
            np.concatenate([self.ops.to_host(a) for a in first]),
            np.concatenate([self.ops.to_host(a) for a in second]),
        )

    def shares(self, n: int, *, least: int | None, unit: int | None) -> list[slice]:
        """Return the slices of n things that threads work on, as of `divide`."""
        unit = unit or self.ops.block_size or 1
        units = -(-n // unit)
        count = max(1, min(len(self.workers), units, n // (least or self.min_images)))
        ends = [min(n, unit * (units * k // count)) for k in range(count + 1)]
        return [slice(*ends[k : k + 2]) for k in range(count)]

    def divide(
        self,
        n: int,
        work: "Callable[[Worker, slice], Any]",
        least: int | None = None,
        unit: int | None = None,
    ) -> list[Any]:
        """Call work(worker, slice) for each thread's share of n things; return all results.

        least: things that are work enough for a thread; images that are, if not given.  unit:
        shares end at multiples of it; as it stands those of a Worker's blocks, so that the blocks
        are the same for any number of threads.
        """

        def run(worker: Worker, share: slice) -> Any:
            with np.errstate(**IGNORED):
                return work(worker, share)

        shares = self.shares(n, least=least, unit=unit)
        count = len(shares)
        for worker in self.workers:
            worker.free_threads = len(self.workers) - 1 if count == 1 else 0
        if self.pool is None or count == 1:
            return [run(self.workers[0], shares[0])]
        later = [self.pool.submit(run, self.workers[k], shares[k]) for k in range(1, count)]
        try:
            first = run(self.workers[0], shares[0])
        finally:  # no thread may still write when this returns, not even after an error
            rest = [future.exception() or future.result() for future in later]
        for result in rest:
            if isinstance(result, BaseException):
                raise result
        return [first, *rest]
