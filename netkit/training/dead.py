"""A net that is dead: whatever the image, its outputs are the same, and it learns no more."""

import logging
from typing import TYPE_CHECKING

import numpy as np

from netkit.passes import no_float_warnings
from netkit.training.finding import Found
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.layer import Layer
    from netkit.training.trainer import Trainer

log = logging.getLogger("netkit")
MOST = 32  # images that are looked at, and no more than a batch has, for which there is memory
ALIKE = 1e-6  # of the largest number: outputs that differ by less do not depend on the image


def warn_if_dead(trainer: "Trainer") -> None:
    """Warn, once in a run, of a net whose outputs have become the same for all images."""
    if not trainer.dead and (line := dead_line(trainer)):
        trainer.dead = True
        log.warning(line)


@no_float_warnings
def dead_line(trainer: "Trainer") -> str:
    """Return a line of warning if a net's outputs are the same for all images; "" if they are not.

    It names the first layer whose output is the same for all of them. Nobody looks where the last
    test has different answers, so that it costs a healthy run nothing.
    """
    tested = trainer.tested
    if isinstance(tested, Found):
        if any(len(boxes.labels) for boxes in tested.boxes):
            return ""
    elif tested is not None and len(set(tested.answers.tolist())) > 1:
        return ""
    most = max(2, min(MOST, trainer.batch_size))
    images = (trainer.dataset.train if tested is None else tested.samples).images[:most]
    if len(images) < 2 or same(np.moveaxis(np.asarray(images), 0, -1)):
        return ""
    first = first_constant(trainer, images)
    if not first:
        return ""
    return (
        f"iteration {trainer.iteration}: the net is dead: from layer {first} on, nothing depends "
        f"on the image any more: train anew with a smaller eta than {trainer.optimizer.eta:g}"
    )


def first_constant(trainer: "Trainer", images: Array) -> str:
    """Return the first layer whose output is the same for all images, if the net's is; else "".

    images: (N, C, H, W).
    """
    ops, found = trainer.net.ops, []

    def see(name: str, layer: "Layer", x: Array, y: Array) -> None:
        if same(ops.to_host(y)):
            found.append(f"{name} ({layer.kind})")

    on_device, _ = ops.samples(np.ascontiguousarray(images), np.zeros(len(images), np.int64))
    worker = trainer.shards.workers[0]
    if not same(ops.to_host(worker.outputs(on_device))):
        return ""
    # Layer by layer, which takes several times as long, and rounds otherwise than layers in one.
    worker.outputs(on_device, see)
    return found[0] if found else ""


def same(maps: Array) -> bool:
    """Return whether maps (C, H, W, N) are the same for all N images."""
    return bool((np.ptp(maps, axis=-1) <= ALIKE * np.abs(maps).max(initial=0)).all())
