"""Passes: a batch divided over threads, each with its own gradients and its own memory."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.arena import Arena
from netkit.context import See, make_contexts
from netkit.errors import NetkitError
from netkit.types import Array, Shape

if TYPE_CHECKING:
    from netkit.energy import Energy
    from netkit.net import Net

# A decorator: a net that diverges is found by its energy, not by numpy's warnings on the way.
no_float_warnings = np.errstate(over="ignore", invalid="ignore", divide="ignore")
Key = tuple[int, ...]  # whole numbers that the random layers' numbers depend on


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
                images[part], labels[part], energy, scale=1.0 / n, key=(*key, number)
            )

        results = self.divide(n, work)
        for worker in self.workers[1 : len(results)]:
            self.net.grads += worker.grads
        if self.net.state.size:
            self.net.state[...] = sum(w.state for w in self.workers[: len(results)]) / len(results)
        return self.join(results)

    def test(self, images: Array, labels: Array, energy: "Energy") -> tuple[np.ndarray, np.ndarray]:
        """Return host arrays: the energy of each sample and the class answered, both (N,)."""

        def work(worker: Worker, part: slice, _: int) -> tuple[Array, Array]:
            y = worker.outputs(images[part])
            return energy.forward(y, labels[part])[0], energy.answer(y)[0][0, 0]

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


class Worker:
    """What one thread needs to run a net: gradients, statistics, memory, a context a layer.

    first: its gradients are the net's own; others' are added to those.
    """

    def __init__(self, net: "Net", first: bool) -> None:
        self.net = net
        self.arena = Arena(net.ops.xp)
        self.grads = net.grads if first else net.ops.xp.zeros_like(net.values)
        self.state = net.state.copy()
        self.training = False
        self.key: Key = (0,)
        self.penalties: list[Array] = []  # energies that layers of this pass have added
        self.scale: Any = 0.0  # of the gradients of those
        self.see: See | None = None  # who watches this pass: Net.forward
        self.uses_random = False  # whether a layer has ever drawn random numbers
        self.recordings: dict[tuple, Any] = {}  # passes that the backend has recorded: run_pass
        self.contexts = make_contexts(net, net.layers, self)

    def gradient(
        self, images: Array, labels: Array, energy: "Energy", *, scale: float, key: Key
    ) -> tuple[Array, Array]:
        """Fill `grads` with the gradient of `scale` times the sum of the samples' energies.

        Returns arrays of the device: the energy and the answered class of each sample (N,).
        """
        self.training = True
        self.scale = scale if energy.penalties else 0.0
        self.grads.fill(0)
        self.state[...] = self.net.state

        def work(images: Array, labels: Array) -> tuple[Array, Array]:
            self.penalties = []
            y, backward = self.net.forward(self.to_input(images), self.contexts)
            energies, back = energy.forward(y, labels)
            answers = energy.answer(y)[0][0, 0]  # one cell: (N,)
            backward(back(scale))
            return sum(self.penalties, energies), answers

        results = []
        for number, part in enumerate(self.blocks(len(images))):
            self.key = (*key, number) if number else key
            inputs = images[part], labels[part]
            same = "gradient", id(energy), scale
            results.append(self.net.ops.run_pass(self, work, inputs, same))
        self.scale = 0.0  # penalties are for this pass alone
        if len(results) == 1:
            return results[0]
        energies, answers = zip(*results, strict=True)
        return np.concatenate(energies), np.concatenate(answers)

    def outputs(self, images: Array, see: See | None = None) -> Array:
        """Return the net's outputs (K, h, w, N), in memory that the next pass uses again.

        see: called for each layer, as in Net.forward.
        """
        self.training = False
        self.key = (0,)
        self.state[...] = self.net.state

        def work(part: slice) -> Array:
            return self.net.forward(self.to_input(images[part]), self.contexts, see=see)[0]

        blocks = self.blocks(len(images))
        if len(blocks) == 1:
            return work(blocks[0])
        # Copied: each block's outputs lie where those of the one before did.
        return np.concatenate([work(part).copy() for part in blocks], axis=3)

    def blocks(self, n: int) -> list[slice]:
        """Return the slices in which n images are worked on, one pass for each.

        Small blocks keep all maps of a pass in the processor's cache: 256 images of LeNet-5 at once
        would write each layer's maps to main memory and read them back for the next layer. What a
        block adds to the gradient is the same in any division, so a backend asks for the size that
        is quickest (`block_size`). Only layers with running statistics must see a whole batch,
        because they average over it.
        """
        size = self.net.ops.block_size
        if not size or n <= size or self.net.state.size:
            return [slice(0, n)]
        return [slice(at, min(n, at + size)) for at in range(0, n, size)]

    def to_input(self, images: Array) -> Array:
        """Begin a pass: return images (N, C, H, W) as the first layer's input (C, H, W, N).

        Every batch comes by here, so that no kernel is ever handed one that its net does not take.
        """
        check_images(images, self.net.shape)
        self.arena.used = 0
        n, *shape = images.shape
        out = self.arena.empty((*shape, n), self.net.dtype)
        return self.net.ops.to_input(images, self.net.bias, self.net.coeff, out)


def check_images(images: Array, shape: Shape) -> None:
    """Raise NetkitError if images are no batch (N, C, H, W) of numbers for a net of `shape`.

    They may be larger than the net was built for, and not smaller, and have its channels.
    """
    kind = getattr(images, "dtype", None)
    if kind is None or kind.kind not in "buif" or images.ndim != 4:
        what = f"{kind} of shape {tuple(images.shape)}" if kind is not None else type(images)
        raise NetkitError(
            f"images are {what}: give numbers of shape (images, channels, height, width)"
        )
    channels, height, width = shape
    have = tuple(images.shape)
    if not have[0] or have[1] != channels or have[2] < height or have[3] < width:
        raise NetkitError(
            f"images are {have}: this net takes one or more of (channels, height, width) = "
            f"({channels}, {height}, {width}), or larger ones of {channels} channels"
        )
