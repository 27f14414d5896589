"""Mining: what a net gets wrong in whole pictures becomes windows to train on."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from netkit.detection.detector import Detector
from netkit.detection.look import Look
from netkit.detection.pyramid import Pyramid
from netkit.detection.suppression import Suppression
from netkit.scenes import Scene
from netkit.types import Array
from netkit.windows.cutting import overlaps
from netkit.windows.framing import Framing

if TYPE_CHECKING:
    from netkit.detection.detector import Detection
    from netkit.training.trainer import Trainer

ALARM = 0.5  # of a false alarm with every object's window: less intersection over union
A_SCENE = 40  # of the windows of a scene, the most confident ones at most
FOUND = 0.55  # of an object that is found, right or wrong: more


def miner(trainer: "Trainer", classes: list[str], least: float) -> Detector:
    """Return the Detector that looks for hard windows with a trainer's net.

    least: the height in pixels of the smallest windows that it is to look at.
    """
    size = trainer.net.shape[1:]
    return Detector(
        trainer.net,
        trainer.energy,
        classes,
        pyramid=Pyramid(size, max_scale=float(np.clip(size[0] / least, 0.02, 4))),
        suppression=Suppression(max_overlap=0.3, nms_per_class=False),
        look=Look(threshold=0.2, hzpad=0.25, wzpad=0.25),
    )


def mined(
    detector: Detector, scenes: Iterable[Scene], framing: Framing, *, background: int
) -> Iterator[tuple[Scene, Array, Array]]:
    """Yield (scene, windows (n, 4), classes (n,)) of what a detector gets wrong in each scene.

    Its boxes are windows here. A false alarm, with no object's window near it, is background; an
    object taken for another is what it is.  background: the number of that class.
    """
    for scene, found in detector.each((scene, scene.image) for scene in scenes):
        if found:
            windows, labels = wrong(scene, found, framing, background)
            if len(labels):
                yield scene, windows, labels


def wrong(
    scene: Scene, found: "list[Detection]", framing: Framing, background: int
) -> tuple[Array, Array]:
    """Return the windows (n, 4) of detections that are wrong, and their right classes (n,)."""
    boxes = np.array([d.box for d in found], float).reshape(-1, 4)
    answers = np.array([d.label for d in found], np.int64)
    windows = Framing(framing.size).windows(boxes)  # whole where the picture's edge cut them
    shown = overlaps(windows, framing.windows(scene.boxes), scene.labels)
    if not shown.shape[1]:
        return windows[:A_SCENE], np.full(len(windows), background)[:A_SCENE]
    best, most = shown.argmax(1), shown.max(1)
    right = scene.labels[best]
    alarm = most < ALARM
    taken = (most > FOUND) & (right != answers) & (right >= 0)
    some = np.flatnonzero(alarm | taken)[:A_SCENE]
    return windows[some], np.where(alarm, background, right)[some]
