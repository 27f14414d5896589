"""Answering: a net's outputs in one call for all threads, where kernels run the whole of it."""

from typing import TYPE_CHECKING

import numpy as np

from netkit.blocks import AT_ONCE
from netkit.learning import whole_net
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.passes import Shards
    from netkit.worker import Worker


def answer(shards: "Shards", images: Array) -> Array | None:
    """Return the outputs (K, h, w, N) for images (N, C, H, W); None if kernels cannot make them."""
    if shards.fits_one(len(images)):  # nothing to divide
        worker = shards.workers[0]
        step = whole_net(worker)
        if step is None:
            return None
        begin(worker, images, threads=len(shards.workers))
        y = step.answer(images, shards.net.bias, shards.net.coeff)
        return None if y is None else y.copy()
    unit = shards.ops.block_size or len(images)
    most = max(1, AT_ONCE // shards.cost // unit) * unit
    found = []
    for at in range(0, len(images), most):
        y = answer_at_once(shards, images[at : at + most])
        if y is None:
            return None
        found.append(y)
    return found[0] if len(found) == 1 else np.concatenate(found, axis=3)


def answer_at_once(shards: "Shards", images: Array) -> Array | None:
    """Return the same, in one call: so long nobody hears Ctrl-C."""
    shares = shards.shares(len(images), least=None, unit=None)
    asked, steps = [], []
    for worker, share in zip(shards.workers, shares, strict=False):
        step = whole_net(worker)
        if step is None:
            return None
        begin(worker, images[share], threads=len(shards.workers) if len(shares) == 1 else 1)
        questions = step.ask(images[share], shards.block)
        if questions is None:
            return None
        asked.append(questions)
        steps.append(step)
    return steps[0].answer_all(asked)


def begin(worker: "Worker", images: Array, *, threads: int) -> None:
    """Begin a pass outside training.  threads: that may share one block of its images."""
    worker.free_threads = threads - 1
    worker.training = False
    worker.take_state()
    worker.begin_pass(images)
