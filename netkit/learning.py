"""Learning: a batch's gradient in one call of kernels, where they run a net and its energy."""

from typing import TYPE_CHECKING

import numpy as np

from netkit.backends.kernel_step import KernelStep, Task
from netkit.blocks import AT_ONCE, block_of
from netkit.chain import fused
from netkit.kernel_steps import only_step
from netkit.net import Net
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.energy import Energy
    from netkit.passes import Shards
    from netkit.worker import Key, Worker


def learn(
    shards: "Shards",
    images: Array,
    labels: Array,
    energy: "Energy",
    *,
    scale: float,
    key: "Key",
    first: int,
    parts: list[slice],
) -> tuple[np.ndarray, np.ndarray] | None:
    """Do what Shards.gradient does, in one call for all threads; None where that cannot be.

    Whether it can depends on the net, the energy and the parts alone, and never on the number of
    threads, which then gives the same bits: all parts are alike, and so are the blocks of a part,
    and there is no more work than a call may have.  first: the place of the first image in the
    batch.
    """
    size = parts[0].stop - parts[0].start
    alike = all(part.stop - part.start == size for part in parts)
    most = None if shards.net.learned_states else shards.block  # statistics are of a whole part
    block = block_of(size, most) if alike and len(labels) * shards.cost <= AT_ONCE else 0
    primitive, plain = energy.primitive(), getattr(labels, "dtype", None) == np.int64
    if not (block and primitive and plain and labels.ndim == 1):
        return None
    shares = shards.shares(len(parts), least=1, unit=1)
    workers = shards.workers[: len(shares)]
    steps = [step for step in map(whole_net, workers) if step is not None]
    if len(steps) < len(workers):
        return None
    energies, answers = np.empty(len(labels), np.float32), np.empty(len(labels), np.int64)
    states = np.empty((len(parts), shards.net.state.size), np.float32)
    grads = [shards.net.grads] * len(parts)
    lessons = []
    for worker in workers:
        worker.free_threads = len(shards.workers) - 1 if len(workers) == 1 else 0
    try:
        for worker, step, share in zip(workers, steps, shares, strict=True):
            here = slice(parts[share.start].start, parts[share.stop - 1].stop)
            begin(worker, images[here], key=key, first=first + here.start)
            rooms = [shards.room(k) for k in range(share.start, share.stop - 1)]
            grads[share] = [*rooms, worker.grads]
            task = Task(
                *(images[here], np.ascontiguousarray(labels[here]), size, block),
                energy=primitive,
                scale=scale,
                fresh=worker.fresh and not worker.cleared,
                energies=energies[here],
                answers=answers[here],
                states=states[share],
                rooms=rooms,
            )
            lessons.append(step.lesson(task))
    finally:
        for worker in workers:
            worker.fresh = False
    if None in lessons:
        return None
    steps[0].learn(lessons)
    shards.sum_up(grads)
    for at in shards.net.learned_states:
        shards.net.state[at] = sum(states[:, at]) / len(parts)
    return energies, answers


def whole_net(worker: "Worker") -> KernelStep | None:
    """Return the step that is a worker's whole net, if kernels run it so and nobody watches.

    A net with a `forward` of its own, as one of eight bits, is not its layers in a row.
    """
    if worker.watched or type(worker.net).forward is not Net.forward:
        return None
    fused(worker.net.layers, worker.contexts)
    return only_step(worker.contexts)


def begin(worker: "Worker", images: Array, *, key: "Key", first: int) -> None:
    """Begin a pass of training over some images of a batch."""
    worker.training, worker.scale = True, 0.0
    worker.batch_key, worker.first = key, first
    worker.begin_gradient()
    worker.begin_pass(images)
