"""Cutting: which windows of a picture an iteration sees, and their pixels."""

from typing import NamedTuple

import numpy as np

from netkit.detection.boxes import inside, iou
from netkit.files.images import as_picture
from netkit.scenes import Scene
from netkit.types import Array
from netkit.windows.framing import Framing, around, parts

FREE = 0.55  # of an object's window and one of background: the most intersection over union
OUTSIDE = 0.25  # of a window's side: how far one of background may stick out of the picture
BLOCK = 8  # pixels a side of the blocks of a picture that are compared for what is to be seen


class Plan(NamedTuple):
    """How many windows of a picture to cut, and how.

    copies: windows of an object of each class, (classes,).  misses: windows of background around an
    object, times its copies.  anywhere: windows of background in a picture, wherever they fall.
    shift: an object's window is moved by up to so much of its size.  scale: and scaled by up to
    exp(scale) either way.  reach: the heights of windows of background, from and to, in pixels.
    """

    copies: Array
    misses: float
    anywhere: float
    shift: float
    scale: float
    reach: tuple[float, float]


def chosen(
    scene: Scene, plan: Plan, framing: Framing, *, background: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Return windows (n, 4) of a scene, in its pixels, and their classes (n,).

    Those of objects are moved and scaled by chance. Those of background show an object off the
    centre, too large or too small, or anything: most of them where there is something to see. None
    of them has more than FREE intersection over union with the window of an object. Of an object
    whose class is -1 there is no window of either kind, and none of background that lies in its
    window by more than FREE.  background: the number of that class.
    """
    truth = framing.windows(scene.boxes)
    known = np.flatnonzero(scene.labels >= 0)
    copies = plan.copies[scene.labels[known]]
    shown = known.repeat(rounded(copies, rng))
    near = known.repeat(rounded(copies * plan.misses, rng))
    count = int(rounded(np.array([plan.anywhere]), rng)[0])
    free = np.concatenate(
        [missed(truth[near], rng), anywhere(scene, truth, count, plan, framing, rng=rng)]
    )
    taken = (overlaps(free, truth, scene.labels) > FREE).any(1)
    free = free[~taken & is_inside(free, scene)]
    boxes = np.concatenate([moved(truth[shown], plan, rng), free])
    labels = np.concatenate([scene.labels[shown], np.full(len(free), background)])
    return boxes, labels.astype(np.int64)


def overlaps(windows: Array, truth: Array, labels: Array) -> Array:
    """Return how far windows (n, 4) show the objects that have the windows `truth` (m, 4): (n, m).

    It is the intersection over union; of an object whose class is -1 the share of a window in its.
    """
    found = iou(windows, truth)
    unknown = labels < 0
    found[:, unknown] = inside(windows, truth[unknown])
    return found


def rounded(numbers: Array, rng: np.random.Generator) -> Array:
    """Return whole numbers that are `numbers` on average: 2.3 is 2, and 3 in 3 of 10 cases."""
    return np.floor(numbers + rng.uniform(size=numbers.shape)).astype(np.int64)


def moved(windows: Array, plan: Plan, rng: np.random.Generator) -> Array:
    """Return windows (n, 4) moved and scaled by chance, as those of objects are."""
    centres, sizes = parts(windows)
    centres = centres + rng.uniform(-plan.shift, plan.shift, centres.shape) * sizes
    return around(centres, sizes * np.exp(rng.uniform(-plan.scale, plan.scale, (len(sizes), 1))))


def missed(windows: Array, rng: np.random.Generator) -> Array:
    """Return windows (n, 4) that show an object off the centre, too large or too small."""
    centres, sizes = parts(windows)
    n = len(sizes)
    kind = rng.integers(3, size=(n, 1))
    angle = rng.uniform(0, 2 * np.pi, n)
    far = np.stack([np.cos(angle), np.sin(angle)], 1) * rng.uniform(0.2, 0.8, (n, 1))
    off = rng.uniform(-0.35, 0.35, (n, 2))
    move = np.where(kind == 0, far, off) * sizes
    factors = np.where(
        kind == 0, np.exp(rng.uniform(-0.3, 0.3, (n, 1))), rng.uniform(0.3, 0.72, (n, 1))
    )
    factors = np.where(kind == 2, rng.uniform(1.38, 3, (n, 1)), factors)
    return around(centres + move, sizes * factors)


def anywhere(
    scene: Scene,
    truth: Array,
    count: int,
    plan: Plan,
    framing: Framing,
    *,
    rng: np.random.Generator,
) -> Array:
    """Return `count` windows (n, 4) of any size in reach, two of three where something is seen.

    truth (m, 4): the windows of objects, which do not count as something.
    """
    height, width = scene.image.shape[1:]
    low, high = plan.reach
    tall = np.exp(rng.uniform(np.log(low), np.log(max(low, min(high, height))), count))
    sizes = np.stack([tall * framing.size[1] / framing.size[0], tall], 1)
    edge = np.maximum(sizes * (0.5 - OUTSIDE), 0)
    centres = rng.uniform(edge, np.maximum([width, height] - edge, edge + 1e-6))
    busy = rng.uniform(size=count) < 2 / 3
    seen = seen_at(scene, truth, int(busy.sum()), rng)
    if len(seen):
        centres[busy] = seen + rng.uniform(-0.3, 0.3, seen.shape) * sizes[busy]
    return around(centres, sizes)


def seen_at(scene: Scene, truth: Array, count: int, rng: np.random.Generator) -> Array:
    """Return `count` places (n, 2), x and y, where a picture is not even and no object is.

    A block of pixels is drawn in proportion to its standard deviation; none if all are even.
    """
    image = scene.image
    down, across = image.shape[1] // BLOCK, image.shape[2] // BLOCK
    if not down * across * count:
        return np.zeros((0, 2))
    grey = image[len(image) // 2, : down * BLOCK, : across * BLOCK].astype(np.float32)
    grey = grey.reshape(down, BLOCK, across, BLOCK)
    spread = grey.std((1, 3))
    for x0, y0, x1, y1 in np.clip(truth / BLOCK, 0, max(down, across)).astype(int):
        spread[y0 : y1 + 1, x0 : x1 + 1] = 0
    total = spread.sum()
    if total <= 0:
        return np.zeros((0, 2))
    blocks = np.searchsorted(np.cumsum(spread.ravel() / total), rng.uniform(size=count))
    blocks = np.minimum(blocks, down * across - 1)
    places = np.stack([blocks % across, blocks // across], 1)
    return (places + rng.uniform(size=places.shape)) * BLOCK


def is_inside(windows: Array, scene: Scene) -> Array:
    """Return which windows (n, 4) stick out of a scene by no more than OUTSIDE of their size."""
    least = -OUTSIDE * parts(windows)[1]
    height, width = scene.image.shape[1:]
    low = (windows[:, :2] >= least).all(1)
    return low & (windows[:, 2:] <= [width, height] - least).all(1)


def pixels(image: Array, windows: Array, size: tuple[int, int]) -> Array:
    """Return what windows (n, 4) of an image (C, H, W) of uint8 show: (n, C, height, width).

    Each is brought to `size`, (height, width). What lies outside of the image is black, as it is
    around an image that a detector looks at.
    """
    from PIL import Image

    shown = np.empty((len(windows), len(image), *size), np.uint8)
    if not len(windows):
        return shown
    framed, (left, top) = with_border(image, windows)
    picture = as_picture(framed)
    boxes = np.clip(windows + np.array([left, top, left, top]), 0, np.tile(picture.size, 2))
    for k, box in enumerate(boxes.tolist()):
        part = picture.resize(size[::-1], Image.Resampling.BILINEAR, box=tuple(box))
        flat = np.frombuffer(part.tobytes(), np.uint8)
        shown[k] = flat.reshape(*size, len(image)).transpose(2, 0, 1)
    return shown


def with_border(image: Array, windows: Array) -> tuple[Array, tuple[int, int]]:
    """Return an image with as much black around it as windows need, and how much left and above."""
    height, width = image.shape[1:]
    left, top = np.ceil(np.maximum(-windows[:, :2].min(0), 0)).astype(int).tolist()
    over = windows[:, 2:].max(0) - (width, height)
    right, below = np.ceil(np.maximum(over, 0)).astype(int).tolist()
    if not (left or top or right or below):
        return image, (0, 0)
    framed = np.zeros((len(image), top + height + below, left + width + right), image.dtype)
    framed[:, top : top + height, left : left + width] = image
    return framed, (left, top)
