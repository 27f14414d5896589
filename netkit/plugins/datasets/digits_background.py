"""Digits and background: windows of scenes, with a class for all that is no digit."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.checks import Amount, Count, Number, Whole
from netkit.dataset import Dataset, Samples
from netkit.detection.boxes import iou
from netkit.detection.detector import Detector
from netkit.detection.look import BACKGROUND, Look
from netkit.detection.pyramid import Pyramid
from netkit.detection.suppression import Suppression
from netkit.plugins.datasets.digit_windows import SCENE, SIDE, cut, padded, square, window
from netkit.plugins.datasets.mnist import Mnist
from netkit.plugins.scenes.digit_scenes import DigitScenes
from netkit.scenes import Scene
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer

log = logging.getLogger("netkit")
NONE = np.zeros((0, 1, SIDE, SIDE), np.uint8), np.zeros(0, np.int64)


class DigitsBackground(Dataset):
    """Windows 28x28 of scenes of digits, in eleven classes: the digits, and background.

    A digit's window is moved by up to `shift` of its size and scaled by up to exp(`scale`) either
    way. Background is made on the fly: digits off the centre or at the wrong scale, which shows
    parts of them and halves of neighbours, and windows anywhere, most of them on clutter: lines and
    their ends, texture, noise, nothing; none of them has more than 0.55 intersection over union
    with a digit. Each iteration trains on train_size new windows, from (seed, iteration) alone.
    distort: how much the digits are turned, slanted and stretched.  bootstrap: after a third and
    two thirds of the iterations, what the net gets wrong in scenes of the training digits takes the
    place of some of the windows (EBLearn's bootstrapping).
    """

    def __init__(
        self,
        root: str | Path | None = None,
        train_size: Count = 20000,
        val_size: Count = 2000,
        *,
        shift: Amount = 0.075,
        scale: Amount = 0.12,
        distort: Amount = 1.0,
        bootstrap: bool = False,
        seed: Whole = 0,
        bias: Number = 0.0,
        coeff: Number = 0.01,
    ) -> None:
        self.digits = Mnist(root, train_size=None, val_size=None)
        self.size = train_size
        self.shift = shift
        self.scale = scale
        self.distort = distort
        self.bootstrap = bootstrap
        self.seed = seed
        self.hard = Samples(*NONE)  # what a net got wrong so far: at most half of an iteration
        val = self.windows(self.digits.val, val_size, (seed, 0, 0), distort=0.0)
        super().__init__(self.draw(0), val, [*self.digits.classes, BACKGROUND], bias, coeff)

    def epoch(self, iteration: int, seed: int) -> Samples:
        return self.draw(iteration)

    def before(self, trainer: "Trainer") -> None:
        third = trainer.iterations / 3
        if self.bootstrap and trainer.iteration in (max(1, round(third)), max(1, round(2 * third))):
            detector = Detector(
                trainer.net,
                trainer.energy,
                self.classes,
                pyramid=Pyramid(trainer.net.shape[1:]),
                suppression=Suppression(max_overlap=0.3, nms_per_class=False),
                look=Look(threshold=0.2, hzpad=0.25, wzpad=0.25),
            )
            log.info("bootstrapping: %d hard windows", self.mine(detector, trainer.iteration))

    def saved(self) -> dict[str, Array]:
        return {"hard_images": self.hard.images, "hard_labels": self.hard.labels}

    def restore(self, arrays: dict[str, Array]) -> None:
        self.hard = Samples(arrays["hard_images"], arrays["hard_labels"])

    def draw(self, iteration: int) -> Samples:
        """Return an iteration's windows, the hard ones found so far among them."""
        fresh = self.windows(
            self.digits.train,
            self.size - len(self.hard),
            (self.seed, 1, iteration),
            distort=self.distort,
        )
        return Samples(*(np.concatenate(pair) for pair in zip(fresh, self.hard, strict=True)))

    def windows(
        self, samples: Samples, size: int, key: Sequence[int], *, distort: float
    ) -> Samples:
        """Return `size` windows of scenes made of some digits, drawn from `key` alone."""
        rng = np.random.default_rng(key)
        images: list[Array] = []
        labels: list[int] = []
        seed, number = int(rng.integers(1 << 30)), 0
        scenes = DigitScenes(samples=samples, size=SCENE, distort=distort, seed=seed)
        while len(labels) < size:
            more = cut(scenes.scene(number), self.shift, self.scale, rng=rng)
            images += more[0]
            labels += more[1]
            number += 1
        return Samples(np.stack(images[:size])[:, None], np.array(labels[:size], np.int64))

    def mine(self, detector: Any, iteration: int, scenes: int = 80) -> int:
        """Add what a detector gets wrong in new scenes of the training digits to the windows.

        A false alarm is a box with less than 0.4 intersection over union with every digit; a digit
        taken for another one, at more than 0.55, is added as what it is. Returns how many windows
        were added.
        """
        images, labels = [], []
        made = DigitScenes(
            samples=self.digits.train,
            count=scenes,
            size=(240, 320),
            distort=self.distort,
            seed=self.seed + 7919 * (iteration + 1),
        )
        background = self.classes.index(BACKGROUND)
        for scene, found in detector.each((scene, scene.image) for scene in made):
            wrong = [(box, background) for box in false_alarms(scene, found)]
            picture = padded(scene)
            for box, label in wrong + mistaken(scene, found):
                images.append(window(picture, square(box)))
                labels.append(label)
        if images:
            new = np.stack(images)[:, None], np.array(labels, np.int64)
            most = self.size // 2  # the newest stay
            pairs = zip(self.hard, new, strict=True)
            self.hard = Samples(*(np.concatenate(pair)[-most:] for pair in pairs))
        return len(images)


def false_alarms(scene: Scene, found: list[Any]) -> list[Array]:
    """Return the boxes of detections where no digit is."""
    boxes = np.array([d.box for d in found]).reshape(-1, 4)
    alarm = ~(iou(boxes, scene.boxes) > 0.4).any(1)
    return list(boxes[alarm])


def mistaken(scene: Scene, found: list[Any]) -> list[tuple[Array, int]]:
    """Return (box, right class) of the digits that were found and taken for others."""
    pairs = []
    for d in found:
        overlap = iou(np.array([d.box]), scene.boxes)[0]
        if overlap.size and overlap.max() > 0.55 and scene.labels[overlap.argmax()] != d.label:
            pairs.append((np.array(d.box), int(scene.labels[overlap.argmax()])))
    return pairs
