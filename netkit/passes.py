"""Shards: a batch divided over threads, each with its own gradients and its own memory."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from netkit.net import contexts_of

quiet = np.errstate(
    over="ignore", invalid="ignore", divide="ignore"
)  # the trainer looks for NaN itself


class Shards:
    """A net that several threads run at once, each over its part of a batch.

    Images come as (N, C, H, W) of any type, from `ops.samples`; outputs leave as (K, h, w, N).
    """

    def __init__(self, net):
        self.net, self.ops = net, net.ops
        self.workers = [Worker(net, first=not k) for k in range(net.ops.shards)]
        self.least = max(1, -(-net.ops.worth // max(1, net.cost)))  # images that are worth a thread
        self.pool = ThreadPoolExecutor(len(self.workers) - 1) if len(self.workers) > 1 else None

    def gradient(self, images, labels, energy, key=(0,)):
        """Fill net.grads with the gradient of the mean energy of a batch.

        key: whole numbers that the random layers depend on.  Returns host arrays: the energy of
        each sample and the class answered for each, both (N,).
        """
        n = len(labels)

        def work(worker, part, number):
            return worker.gradient(images[part], labels[part], energy, 1.0 / n, (*key, number))

        results = self.divide(n, work)
        for worker in self.workers[1 : len(results)]:
            self.net.grads += worker.grads
        if self.net.state.size:
            self.net.state[...] = sum(w.state for w in self.workers[: len(results)]) / len(results)
        return self.join(results)

    def test(self, images, labels, energy):
        """Return host arrays: the energy of each sample and the class answered for each, both
        (N,).
        """

        def work(worker, part, _):
            y = worker.outputs(images[part])
            return energy.forward(y, labels[part])[0], energy.answer(y)[0][0, 0]

        return self.join(self.divide(len(labels), work))

    def outputs(self, images):
        """Return the net's outputs (K, h, w, N), on the host."""
        # Copied while its thread still owns the memory that the next pass uses again.
        parts = self.divide(
            len(images),
            lambda worker, part, _: self.ops.to_host(worker.outputs(images[part])).copy(),
        )
        return np.concatenate(parts, axis=3)

    def join(self, results):
        """Join the pairs of arrays that the shards returned, on the host."""
        return tuple(np.concatenate([self.ops.to_host(r[k]) for r in results]) for k in (0, 1))

    def divide(self, n, work):
        """Call work(worker, slice, number) for each shard of n samples, and return the results in
        order.
        """
        work = quiet(work)
        shards = max(1, min(len(self.workers), n // self.least))
        ends = [n * k // shards for k in range(shards + 1)]
        parts = [slice(*ends[k : k + 2]) for k in range(shards)]
        later = [self.pool.submit(work, self.workers[k], parts[k], k) for k in range(1, shards)]
        try:
            first = work(self.workers[0], parts[0], 0)
        finally:
            rest = [
                f.exception() or f.result() for f in later
            ]  # no thread may still write when this returns
        for result in rest:
            if isinstance(result, BaseException):
                raise result
        return [first, *rest]


class Worker:
    """One thread's gradients, statistics and memory. The first one's gradients are the net's
    own.
    """

    def __init__(self, net, first, fuses=True):
        self.net, self.arena, self.training, self.key = net, Arena(net.ops.xp), False, (0,)
        self.grads = net.grads if first else net.ops.xp.zeros_like(net.values)
        self.state, self.fuses = net.state.copy(), fuses
        self.penalties, self.scale = [], 0.0
        self.drew, self.recorded = (
            False,
            {},
        )  # whether a layer has drawn random numbers; passes that `replay` keeps
        self.contexts = contexts_of(net, net.layers, self)

    def gradient(self, images, labels, energy, scale, key):
        self.training, self.scale = True, scale if energy.penalties else 0.0
        self.grads.fill(0)
        self.state[...] = self.net.state

        def work(images, labels):
            self.penalties = []
            y, backward = self.net.forward(self.begin(images), self.contexts)
            energies, back = energy.forward(y, labels)
            answers = energy.answer(y)[0][0, 0]  # one cell: (N,)
            backward(back(scale))
            return sum(self.penalties, energies), answers

        results = []
        for number, part in enumerate(self.blocks(len(images))):
            self.key = (*key, number) if number else key
            inputs = images[part], labels[part]
            results.append(self.net.ops.replay(self, work, inputs, ("gradient", id(energy), scale)))
        self.scale = 0.0  # penalties are for this pass alone
        return (
            results[0]
            if len(results) == 1
            else tuple(map(np.concatenate, zip(*results, strict=True)))
        )

    def outputs(self, images):
        self.training, self.key = False, (0,)
        self.state[...] = self.net.state
        blocks = self.blocks(len(images))
        if len(blocks) == 1:
            return self.net.forward(self.begin(images), self.contexts)[0]
        # Copied: a pass uses the memory of the one before.
        parts = [
            self.net.forward(self.begin(images[part]), self.contexts)[0].copy() for part in blocks
        ]
        return np.concatenate(parts, axis=3)

    def blocks(self, n):
        """Return the slices in which this backend works on n images; one, where layers keep
        statistics of a batch.
        """
        size = self.net.ops.block
        if not size or n <= size or self.net.state.size:
            return [slice(0, n)]
        return [slice(at, min(n, at + size)) for at in range(0, n, size)]

    def begin(self, images):
        """Return the images (N, C, H, W) as the first layer's input (C, H, W, N)."""
        self.arena.used = 0
        n, *shape = images.shape
        return self.net.ops.begin(
            images, self.net.bias, self.net.coeff, self.arena.empty((*shape, n), self.net.dtype)
        )


class Arena:
    """Memory for the results of a pass: the k-th array of a pass takes the place of the k-th of the
    one before.
    """

    def __init__(self, xp):
        self.xp, self.used, self.arrays, self.blocks = xp, 0, [], []

    def empty(self, shape, dtype):
        k, self.used = self.used, self.used + 1
        if k == len(self.arrays):
            self.arrays.append(None)
            self.blocks.append(self.xp.empty(0, "uint8"))
        array = self.arrays[k]
        if array is None or array.shape != shape or array.dtype != dtype:
            self.arrays[k] = array = self.fit(k, shape, np.dtype(dtype))
        return array

    def fit(self, k, shape, dtype):
        """Return block k as an array of another shape: a last, smaller batch fits where the larger
        ones were.
        """
        size = int(np.prod(shape)) * dtype.itemsize
        if size > self.blocks[k].size:
            self.blocks[k] = self.xp.empty(size, "uint8")
        return self.blocks[k][:size].view(dtype).reshape(shape)
