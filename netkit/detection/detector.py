"""Detector: a trained net run whole over an image at each scale, and boxes from the places where it
answers.
"""

import queue
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from netkit.detection.boxes import clip, resized
from netkit.detection.tiles import TILE, outputs
from netkit.errors import NetkitError
from netkit.files.images import resize
from netkit.passes import Worker, quiet

BACKGROUND = "background"  # the name of the class that is no object
MOST = 1 << 28  # pixels of an image: more is a mistake, or wants cutting up first


class Detection(NamedTuple):
    """A class found in an image: its number and name, the confidence, the box in pixels (x1, y1
    exclusive).
    """

    label: int
    name: str
    confidence: float
    box: tuple  # x0, y0, x1, y1
    track: int | None = None


class Detector:
    """Find the classes of a net in images.

    energy: what reads answers from outputs.  classes: their names; the one called `background` is
    never reported. pyramid: the sizes to look at.  suppression: what chooses among boxes.
    threshold: the least confidence of an answer, before suppression, a number or one a class;
    post_threshold: after it. hzpad, wzpad: zeros around each scaled image, as shares of the net's
    input.  gain: times every pixel. pre_fact, post_fact: (height, width) factors on boxes before
    and after suppression.  smoothing: see smooth.py.
    """

    def __init__(
        self,
        net,
        energy,
        classes,
        pyramid,
        suppression,
        threshold=0.0,
        post_threshold=0.0,
        hzpad=0.0,
        wzpad=0.0,
        gain=1.0,
        pre_fact=(1, 1),
        post_fact=(1, 1),
        inside_only=False,
        smoothing=None,
        background=BACKGROUND,
        mask=(),
        nthreads=None,
    ):
        self.net, self.energy, self.classes = net, energy, list(classes)
        self.pyramid, self.suppression, self.gain = pyramid, suppression, gain
        self.threshold = np.broadcast_to(np.asarray(threshold, np.float64), len(self.classes))
        self.post_threshold, self.pre_fact, self.post_fact = post_threshold, pre_fact, post_fact
        self.border = round(hzpad * net.shape[1]), round(wzpad * net.shape[2])
        self.inside_only, self.smoothing = inside_only, smoothing
        self.silent = [
            k for k, name in enumerate(self.classes) if name == background or name in mask
        ]
        self.background = self.classes.index(background) if background in self.classes else None
        self.nthreads = nthreads or net.ops.shards
        self.pool = ThreadPoolExecutor(self.nthreads)
        self.workers = queue.SimpleQueue()
        for _ in range(self.nthreads):
            self.workers.put(Worker(net, first=False))

    def __call__(self, image):
        """Return the Detections in an image (C, H, W), the most confident first.

        Tiles of its large scales run side by side, then its small scales do.
        """
        with self.net.ops.limits():
            sizes = self.levels(image)
            found = [self.level(image, size, self.pool.map) for size in sizes if max(size) > TILE]
            small = [size for size in sizes if max(size) <= TILE]
            return self.choose(
                image, [*found, *self.pool.map(lambda size: self.level(image, size), small)]
            )

    def each(self, images):
        """Yield the Detections of each of several images in order, with as many of them in flight
        as threads.
        """
        with self.net.ops.limits():
            flying = queue.Queue()
            for image in images:
                flying.put(self.pool.submit(self.alone, image))
                if (
                    flying.qsize() > self.nthreads
                ):  # one more than the threads have, so that none waits
                    yield flying.get().result()
            while not flying.empty():
                yield flying.get().result()

    def alone(self, image):
        """Return the Detections of one image, its scales one after the other."""
        return self.choose(image, [self.level(image, size) for size in self.levels(image)])

    def levels(self, image):
        height, width = image.shape[1:]
        if height * width > MOST:
            raise NetkitError(
                f"an image of {height}x{width} pixels: cut it up; the most is {MOST:,} pixels"
            )
        return self.pyramid.sizes(height, width)

    @quiet
    def answer(self, image):
        """Return the net's outputs over one image, in memory of their own."""
        worker = self.workers.get()
        try:
            return worker.outputs(self.net.ops.asarray(image)[None]).copy()
        finally:
            self.workers.put(worker)

    @quiet
    def level(self, image, size, spread=map):
        """Return boxes in pixels of the image, confidences and labels of the answers at one
        scale.
        """
        scaled, (top, left) = pad(resize(image, *size), self.net.shape[1:], self.border)
        if self.gain != 1:
            scaled = scaled * np.float32(self.gain)
        y = outputs(self.net, self.answer, scaled, spread=spread)
        if self.smoothing is not None:
            y = self.smoothing(y, self.background)
        labels, confidences = (self.net.ops.to_host(a)[..., 0] for a in self.energy.answer(y))
        some = confidences >= self.threshold[labels]
        for k in self.silent:
            some &= labels != k
        rows, columns = np.nonzero(some)
        boxes = cells(self.net, rows, columns) - (left, top, left, top)
        ratio = image.shape[1] / size[0], image.shape[2] / size[1]
        return boxes * (*ratio[::-1], *ratio[::-1]), confidences[some], labels[some]

    def choose(self, image, found):
        """Return the Detections that suppression leaves of all scales' boxes, clipped to the
        image.
        """
        if not found:
            return []
        boxes, confidences, labels = (np.concatenate(parts) for parts in zip(*found, strict=True))
        size = image.shape[1:]
        if self.inside_only:
            inside = (boxes == clip(boxes, size)).all(1)
            boxes, confidences, labels = boxes[inside], confidences[inside], labels[inside]
        boxes = clip(resized(boxes, *self.pre_fact), size)
        some = (boxes[:, 0] < boxes[:, 2]) & (boxes[:, 1] < boxes[:, 3])
        least = float(self.threshold.min())
        boxes, confidences, labels = self.suppression(
            boxes[some], confidences[some], labels[some], least
        )
        boxes = clip(resized(boxes, *self.post_fact), size)
        return [
            Detection(int(k), self.classes[k], float(c), tuple(round(float(v), 2) for v in box))
            for box, c, k in zip(boxes, confidences, labels, strict=True)
            if c >= self.post_threshold
        ]


def cells(net, rows, columns):
    """Return the box of input pixels that each output cell sees, (n, 4) as x0, y0, x1, y1,
    unclipped.
    """
    (top, left), (height, width), (down, across) = net.grid()
    y, x = top + rows * down, left + columns * across
    return np.stack([x, y, x + width, y + height], 1).astype(np.float64)


def pad(image, least, border):
    """Return the image (C, H, W) with zeros around it, and how many stand before it.

    Zeros up to the size `least`, or `border` on each side, whichever is more.
    """
    short = [max(0, need - have) for need, have in zip(least, image.shape[1:], strict=True)]
    before = [max(s // 2, b) for s, b in zip(short, border, strict=True)]
    after = [max(s - s // 2, b) for s, b in zip(short, border, strict=True)]
    return np.pad(image, [(0, 0), *zip(before, after, strict=True)]) if any(
        before + after
    ) else image, before
