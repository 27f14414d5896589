"""Digits and background: windows cut from scenes of digits, with an eleventh class for all that is
no digit.
"""

import logging

import numpy as np

from netkit.dataset import Dataset, Samples
from netkit.detection.boxes import iou
from netkit.detection.detector import Detector
from netkit.detection.look import BACKGROUND, Look
from netkit.detection.pyramid import Pyramid
from netkit.detection.suppression import Suppression
from netkit.errors import NetkitError, flag
from netkit.plugins.datasets.mnist import Mnist
from netkit.plugins.scenes.digit_scenes import DigitScenes

log = logging.getLogger("netkit")
SIDE = 28
MARGIN = 60  # pixels of black around a scene, so that windows may stick out
SCENE = 200, 200
BRIGHT = 60  # grey level of clutter, above texture


class DigitsBackground(Dataset):
    """Windows 28x28 of scenes of digits, in eleven classes: the digits, and background.

    A digit's window is moved by up to `shift` of its size and scaled by up to exp(`scale`) either
    way. Background is made on the fly: digits off the centre or at the wrong scale, which shows
    parts of them and halves of neighbours, and windows anywhere, most of them on clutter: lines and
    their ends, texture, noise, nothing; none of them has more than 0.55 intersection over union
    with a digit. Each iteration trains on train_size new windows, from (seed, iteration) alone.
    bootstrap: after a third and two thirds of the iterations, what the net gets wrong in scenes of
    the training digits takes the place of some of the windows (EBLearn's bootstrapping).
    """

    def __init__(
        self,
        root=None,
        train_size=20000,
        val_size=2000,
        shift=0.075,
        scale=0.12,
        distort=1.0,
        bootstrap=False,
        seed=0,
        bias=0.0,
        coeff=0.01,
    ):
        for what, size in (("train_size", train_size), ("val_size", val_size)):
            if isinstance(size, bool) or not isinstance(size, int) or size < 1:
                raise NetkitError(f"{what}={size}: give a whole number of windows from 1")
        digits = Mnist(root, train_size=None, val_size=None)
        self.digits, self.seed, self.size, self.shift, self.scale = (
            digits,
            seed,
            train_size,
            shift,
            scale,
        )
        self.bootstrap = flag("bootstrap", bootstrap)
        self.distort, self.hard = (
            distort,
            Samples(np.zeros((0, 1, SIDE, SIDE), np.uint8), np.zeros(0, np.int64)),
        )
        val = self.windows(digits.val, 0.0, val_size, (seed, 0, 0))
        super().__init__(self.draw(0), val, [*digits.classes, BACKGROUND], bias, coeff)

    def epoch(self, iteration, seed):
        return self.draw(iteration)

    def before(self, trainer):
        third = trainer.iterations / 3
        if self.bootstrap and trainer.iteration in (max(1, round(third)), max(1, round(2 * third))):
            net, knows = trainer.net, [*self.digits.classes, BACKGROUND]
            detector = Detector(
                net,
                trainer.energy,
                knows,
                pyramid=Pyramid(net.shape[1:]),
                suppression=Suppression(max_overlap=0.3, nms_per_class=False),
                look=Look(threshold=0.2, hzpad=0.25, wzpad=0.25),
            )
            log.info("bootstrapping: %d hard windows", self.mine(detector, trainer.iteration))

    def saved(self):
        return {"hard_images": self.hard.images, "hard_labels": self.hard.labels}

    def restore(self, arrays):
        self.hard = Samples(arrays["hard_images"], arrays["hard_labels"])

    def draw(self, iteration):
        """Return an iteration's windows, the hard ones found so far among them."""
        fresh = self.windows(
            self.digits.train, self.distort, self.size - len(self.hard), (self.seed, 1, iteration)
        )
        return Samples(*(np.concatenate(pair) for pair in zip(fresh, self.hard, strict=True)))

    def windows(self, samples, distort, size, key):
        """Return `size` windows of scenes made of some digits."""
        rng, images, labels = np.random.default_rng(key), [], []
        scenes = self.scenes(samples, distort, int(rng.integers(1 << 30)))
        for number in range(1 << 30):
            if len(labels) >= size:
                break
            cut(scenes.scene(number), self.shift, self.scale, rng, images, labels)
        return Samples(np.stack(images[:size])[:, None], np.array(labels[:size], np.int64))

    def scenes(self, samples, distort, seed, size=SCENE):
        return DigitScenes(samples=samples, size=size, distort=distort, seed=seed)

    def mine(self, detector, iteration, scenes=80):
        """Add what a detector gets wrong in new scenes of the training digits to the windows
        (EBLearn's bootstrapping).

        A false alarm is a box with less than 0.4 intersection over union with every digit; a digit
        taken for another one, at more than 0.55, is added as what it is. Returns how many windows
        were added.
        """
        images, labels = [], []
        made = self.scenes(
            self.digits.train, self.distort, self.seed + 7919 * (iteration + 1), (240, 320)
        )
        pictures = (made.scene(number) for number in range(scenes))
        for scene, found in detector.each((scene, scene.image) for scene in pictures):
            wrong = [(box, self.classes.index(BACKGROUND)) for box in false_alarms(scene, found)]
            wrong += mistaken(scene, found)
            picture = padded(scene)
            for box, label in wrong:
                images.append(window(picture, square(box)))
                labels.append(label)
        if images:
            new = np.stack(images)[:, None], np.array(labels, np.int64)
            most = self.size // 2  # the newest stay
            self.hard = Samples(
                *(np.concatenate(pair)[-most:] for pair in zip(self.hard, new, strict=True))
            )
        return len(images)


def cut(scene, shift, scale, rng, images, labels):
    """Append windows of a scene and their classes: three of each digit, and rather more of
    background.
    """
    picture, background = padded(scene), 10
    for box, label in zip(scene.boxes, scene.labels, strict=True):
        side, centre = box[2] - box[0], (box[:2] + box[2:]) / 2
        for _ in range(3):
            moved = centre + rng.uniform(-shift, shift, 2) * side
            images.append(window(picture, around(moved, side * np.exp(rng.uniform(-scale, scale)))))
            labels.append(int(label))
        for _ in range(3):
            near = miss(centre, side, rng)
            if free(near, scene.boxes) and fits(near):
                images.append(window(picture, near))
                labels.append(background)
    bright = np.argwhere(outside(scene) > BRIGHT)[:, ::-1]  # clutter: x, y
    for number in range(12):
        side = SIDE * np.exp(rng.uniform(np.log(0.7), np.log(3.5)))
        centre = rng.uniform(side / 2 - 8, np.maximum(SCENE[0] - side / 2, side / 2), 2)
        if number > 3:
            if not len(bright):
                break
            centre = bright[rng.integers(len(bright))] + rng.uniform(-0.3, 0.3, 2) * side
        anywhere = around(centre, side)
        if free(anywhere, scene.boxes) and fits(anywhere):
            images.append(window(picture, anywhere))
            labels.append(background)


def outside(scene):
    """Return a scene's pixels (H, W), black in the boxes of its digits."""
    pixels = scene.image[0].copy()
    for x0, y0, x1, y1 in scene.boxes.astype(int):
        pixels[y0:y1, x0:x1] = 0
    return pixels


def miss(centre, side, rng):
    """Return a window that shows a digit off its centre, too large or too small."""
    kind = rng.integers(3)
    if kind == 0:
        angle, far = rng.uniform(0, 2 * np.pi), side * rng.uniform(0.2, 0.8)
        return around(
            centre + far * np.array([np.cos(angle), np.sin(angle)]),
            side * np.exp(rng.uniform(-0.3, 0.3)),
        )
    if kind == 1:
        return around(centre + rng.uniform(-0.3, 0.3, 2) * side, side * rng.uniform(0.3, 0.72))
    side *= rng.uniform(1.38, 3)
    return around(centre + rng.uniform(-0.4, 0.4, 2) * side, side)


def around(centre, side):
    """Return the square box of a side around a centre."""
    return np.concatenate([centre - side / 2, centre + side / 2])


def square(box):
    """Return the square around a box's centre with its longer side."""
    box = np.asarray(box, float)
    return around((box[:2] + box[2:]) / 2, max(box[2] - box[0], box[3] - box[1]))


def free(box, boxes):
    return not (iou(box[None], boxes) > 0.55).any()


def fits(box):
    """Return whether a window stays on a scene and the black around it."""
    return box[:2].min() >= -MARGIN and box[2:].max() <= SCENE[0] + MARGIN


def padded(scene):
    """Return a scene's image as a picture with black around it."""
    from PIL import Image

    return Image.fromarray(np.pad(scene.image[0], MARGIN))


def window(picture, box):
    """Return what a box of a padded scene shows, as (28, 28) of uint8."""
    from PIL import Image

    low, high = np.clip(box[:2] + MARGIN, 0, None), np.minimum(box[2:] + MARGIN, picture.size)
    return np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=(*low, *high)))


def false_alarms(scene, found):
    """Return the boxes found where no digit is."""
    boxes = np.array([d.box for d in found]).reshape(-1, 4)
    alarm = ~(iou(boxes, scene.boxes) > 0.4).any(1)
    return list(boxes[alarm])


def mistaken(scene, found):
    """Return (box, right class) of the digits that were found and taken for others."""
    pairs = []
    for d in found:
        overlap = iou(np.array([d.box]), scene.boxes)[0]
        if overlap.size and overlap.max() > 0.55 and scene.labels[overlap.argmax()] != d.label:
            pairs.append((np.array(d.box), int(scene.labels[overlap.argmax()])))
    return pairs
