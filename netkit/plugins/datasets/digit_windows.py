"""Windows 28x28 that are cut from scenes of digits: of the digits, and of background."""

from typing import TYPE_CHECKING

import numpy as np

from netkit.detection.boxes import iou
from netkit.scenes import Scene
from netkit.types import Array

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 28
SCENE = 200, 200  # height and width of the scenes that windows are cut from
MARGIN = 60  # pixels of black around a scene, so that windows may stick out
BRIGHT = 60  # grey level of clutter, above texture
DIGITS = 10  # classes; the one after them is background
FREE = 0.55  # of a digit's box and a window of background: the most intersection over union


def cut(
    scene: Scene, shift: float, scale: float, *, rng: np.random.Generator
) -> tuple[list[Array], list[int]]:
    """Return windows (28, 28) of a scene and their classes.

    Three of each digit, moved by up to `shift` of its size and scaled by up to exp(`scale`) either
    way, and rather more of background: beside each digit, anywhere, and on clutter.
    """
    picture, boxes, labels = padded(scene), [], []
    for box, label in zip(scene.boxes, scene.labels, strict=True):
        side, centre = box[2] - box[0], (box[:2] + box[2:]) / 2
        for _ in range(3):
            moved = centre + rng.uniform(-shift, shift, 2) * side
            boxes.append(around(moved, side * np.exp(rng.uniform(-scale, scale))))
            labels.append(int(label))
        for _ in range(3):
            near = miss(centre, side, rng)
            if is_background(near, scene):
                boxes.append(near)
                labels.append(DIGITS)
    for box in anywhere(scene, rng):
        boxes.append(box)
        labels.append(DIGITS)
    return [window(picture, box) for box in boxes], labels


def anywhere(scene: Scene, rng: np.random.Generator) -> list[Array]:
    """Return up to twelve boxes of background, most of them on clutter."""
    bright = np.argwhere(outside(scene) > BRIGHT)[:, ::-1]  # clutter: x, y
    boxes = []
    for number in range(12):
        side = SIDE * np.exp(rng.uniform(np.log(0.7), np.log(3.5)))
        centre = rng.uniform(side / 2 - 8, np.maximum(SCENE[0] - side / 2, side / 2), 2)
        if number > 3:
            if not len(bright):
                break
            centre = bright[rng.integers(len(bright))] + rng.uniform(-0.3, 0.3, 2) * side
        box = around(centre, side)
        if is_background(box, scene):
            boxes.append(box)
    return boxes


def outside(scene: Scene) -> Array:
    """Return a scene's pixels (H, W), black in the boxes of its digits."""
    pixels = scene.image[0].copy()
    for x0, y0, x1, y1 in scene.boxes.astype(int):
        pixels[y0:y1, x0:x1] = 0
    return pixels


def miss(centre: Array, side: float, rng: np.random.Generator) -> Array:
    """Return a window that shows a digit off its centre, too large or too small."""
    kind = rng.integers(3)
    if kind == 0:
        angle, far = rng.uniform(0, 2 * np.pi), side * rng.uniform(0.2, 0.8)
        off = centre + far * np.array([np.cos(angle), np.sin(angle)])
        return around(off, side * np.exp(rng.uniform(-0.3, 0.3)))
    if kind == 1:
        return around(centre + rng.uniform(-0.3, 0.3, 2) * side, side * rng.uniform(0.3, 0.72))
    side *= rng.uniform(1.38, 3)
    return around(centre + rng.uniform(-0.4, 0.4, 2) * side, side)


def around(centre: Array, side: float) -> Array:
    """Return the square box of a side around a centre."""
    return np.concatenate([centre - side / 2, centre + side / 2])


def square(box: Array) -> Array:
    """Return the square around a box's centre with its longer side."""
    box = np.asarray(box, float)
    return around((box[:2] + box[2:]) / 2, max(box[2] - box[0], box[3] - box[1]))


def is_background(box: Array, scene: Scene) -> bool:
    """Return whether a box is on a scene or the black around it, and on no digit."""
    free = not (iou(box[None], scene.boxes) > FREE).any()
    return free and box[:2].min() >= -MARGIN and box[2:].max() <= SCENE[0] + MARGIN


def padded(scene: Scene) -> "Image":
    """Return a scene's image as a picture with black around it."""
    from PIL import Image

    return Image.fromarray(np.pad(scene.image[0], MARGIN))


def window(picture: "Image", box: Array) -> Array:
    """Return what a box of a padded scene shows, as (28, 28) of uint8."""
    from PIL import Image

    low, high = np.clip(box[:2] + MARGIN, 0, None), np.minimum(box[2:] + MARGIN, picture.size)
    return np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=(*low, *high)))
