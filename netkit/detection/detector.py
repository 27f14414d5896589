"""Detector: a trained net run whole over an image at each scale, and boxes from its answers."""

import queue
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

import numpy as np

from netkit.detection.boxes import clip, resized
from netkit.detection.cells import cells
from netkit.detection.front import divided, pad, prepared
from netkit.detection.look import Look, background_of
from netkit.detection.pyramid import FIT, Pyramid, Size
from netkit.detection.smooth import Smooth
from netkit.detection.suppression import Suppression
from netkit.detection.tiles import TILE, outputs
from netkit.errors import NetkitError
from netkit.files.images import resize
from netkit.passes import no_float_warnings
from netkit.types import Array
from netkit.worker import Worker

if TYPE_CHECKING:
    from netkit.energy import Energy
    from netkit.net import Net

VOTER = 0.01  # the least confidence of a cell that votes
MOST = 1 << 28  # pixels of an image: more is a mistake, or wants cutting up first
Key = TypeVar("Key")
Found: TypeAlias = tuple[Array, Array, Array]  # boxes (n, 4), confidences (n,), labels (n,)


class Detection(NamedTuple):
    """A class found in an image: its number and name, the confidence, and the box.

    box: x0, y0, x1, y1 in pixels, x1 and y1 exclusive.  track: see tracks.py.
    """

    label: int
    name: str
    confidence: float
    box: tuple[float, ...]
    track: int | None = None


class Detector:
    """Find the classes of a net in images.

    energy: what reads answers from outputs.  classes: their names; the one called `background` is
    never reported.  pyramid: the sizes to look at.  suppression: what chooses among boxes; overlap
    if not given.  look: all other settings.  looking: what the net's weights say of it, as
    `Dataset.looking`; only the shapes of objects in windows are taken here.
    """

    def __init__(
        self,
        net: "Net",
        energy: "Energy",
        classes: Iterable[str],
        *,
        pyramid: Pyramid | None = None,
        suppression: Suppression | None = None,
        look: Look | None = None,
        looking: Mapping[str, Any] | None = None,
    ) -> None:
        self.net = net
        self.energy = energy
        self.classes = list(classes)
        self.pyramid = pyramid or Pyramid(net.shape[1:])
        self.suppression = suppression or Suppression()
        self.look = look = look or Look()
        self.looking = dict(looking or {})
        shapes = self.looking.get("shapes", {})
        self.shapes = np.array([shapes.get(name, (1, 1)) for name in self.classes], float)
        self.thresholds = look.thresholds(self.classes)
        self.least = self.thresholds  # before suppression
        self.after = np.full(len(self.classes), look.post_threshold)
        if energy.targets == "boxes":  # whose cells vote: a threshold is of what comes of that
            self.least = np.minimum(self.thresholds, VOTER)
            self.after = np.maximum(self.after, self.thresholds)
        self.silent = look.silent(self.classes)
        self.background = background_of(self.classes, look.background_name)
        self.border = round(look.hzpad * net.shape[1]), round(look.wzpad * net.shape[2])
        self.smooth = Smooth(look.smoothing, look.smoothing_kernel) if look.smoothing else None
        self.nthreads = look.nthreads or net.ops.shards
        self.pool = ThreadPoolExecutor(self.nthreads)
        self.front, self.rest = divided(net)
        self.workers: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        self.fronts: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        for _ in range(self.nthreads):
            self.workers.put(Worker(self.rest, first=False))
            if self.front:
                self.fronts.put(Worker(self.front, first=False))

    def __call__(self, image: Array) -> list[Detection]:
        """Return the Detections in an image (C, H, W), the most confident first.

        Tiles of its large scales run side by side, then its small scales do.
        """
        with self.net.ops.limits():
            sizes = self.sizes(image)
            if len(sizes) == 1 and max(sizes[0]) <= TILE:  # nothing to do side by side
                return self.choose(image, [self.level(image, sizes[0])])
            found = [self.level(image, size, self.pool.map) for size in sizes if max(size) > TILE]
            small = [size for size in sizes if max(size) <= TILE]
            return self.choose(
                image, [*found, *self.pool.map(lambda size: self.level(image, size), small)]
            )

    def each(self, items: Iterable[tuple[Key, Array]]) -> Iterator[tuple[Key, list[Detection]]]:
        """Yield (key, Detections) for each (key, image), in order, several images in flight.

        key: anything by which the caller knows the image again.
        """
        with self.net.ops.limits():
            flying: queue.Queue[tuple[Key, Future[list[Detection]]]] = queue.Queue()
            for key, image in items:
                flying.put((key, self.pool.submit(self.alone, image)))
                if flying.qsize() > self.nthreads:  # one more than threads, so that none waits
                    first, found = flying.get()
                    yield first, found.result()
            while not flying.empty():
                first, found = flying.get()
                yield first, found.result()

    def alone(self, image: Array) -> list[Detection]:
        """Return the Detections of one image, its scales one after the other."""
        return self.choose(image, [self.level(image, size) for size in self.sizes(image)])

    def sizes(self, image: Array) -> list[Size]:
        """Return the sizes at which to look at an image (C, H, W)."""
        height, width = image.shape[1:]
        if height * width > MOST:
            raise NetkitError(
                f"an image of {height}x{width} pixels: cut it up; the most is {MOST:,} pixels"
            )
        return self.pyramid.sizes(height, width)

    def scaled(self, image: Array, size: Size) -> tuple[Array, tuple[int, int]]:
        """Return an image at one size, with zeros around, and how many are (above, left of) it.

        What the front of the net prepares comes before the zeros.
        """
        pixels = resize(image, *size, quick=self.pyramid.scaling_type == FIT)
        if self.look.input_gain != 1:
            pixels = pixels * np.float32(self.look.input_gain)
        above = left = 0
        if self.front:
            pixels, (above, left) = pad(pixels, self.net.shape[1:])
            worker = self.fronts.get()
            try:
                pixels = prepared(worker, pixels)
            finally:
                self.fronts.put(worker)
        pixels, (top, side) = pad(pixels, self.rest.shape[1:], self.border)
        return pixels, (above + top, left + side)

    @no_float_warnings
    def answer(self, image: Array) -> Array:
        """Return the rest of the net's outputs (K, h, w, 1) over what its front has prepared."""
        worker = self.workers.get()
        worker.free_threads = self.workers.qsize()  # idle, if no other image or tile is looked at
        try:
            return worker.outputs(self.net.ops.asarray(image)[None]).copy()
        finally:
            self.workers.put(worker)

    @no_float_warnings
    def level(
        self, image: Array, size: Size, spread: Callable[..., Iterable[Array]] = map
    ) -> Found:
        """Return what is found at one scale, boxes in pixels of the image.

        spread: calls the net for several tiles, as `map` or a pool's.
        """
        scaled, (top, left) = self.scaled(image, size)
        y = outputs(self.rest, self.answer, scaled, spread=spread)
        seen = y if self.smooth is None else self.smooth(y, self.background)  # not boxes
        labels, confidences = (self.net.ops.to_host(a)[..., 0] for a in self.energy.answer(seen))
        some = confidences >= self.least[labels]
        for k in self.silent:
            some &= labels != k
        rows, columns = np.nonzero(some)
        sides = self.energy.boxes(y, self.net.grid())
        if sides is None:
            windows = cells(self.net, rows, columns)
            boxes = resized(windows, *self.shapes[labels[some]].T)
        else:
            boxes = self.net.ops.to_host(sides)[:, rows, columns, 0].T.astype(np.float64)
        ratio = image.shape[2] / size[1], image.shape[1] / size[0]
        return (boxes - (left, top, left, top)) * (*ratio, *ratio), confidences[some], labels[some]

    def choose(self, image: Array, found: list[Found]) -> list[Detection]:
        """Return the Detections that suppression leaves of all scales, clipped to the image."""
        if not found:
            return []
        boxes, confidences, labels = (np.concatenate(parts) for parts in zip(*found, strict=True))
        size = image.shape[1:]
        if self.look.bbox_ignore_outsiders:
            inside = (boxes == clip(boxes, size)).all(1)
            boxes, confidences, labels = boxes[inside], confidences[inside], labels[inside]
        boxes = clip(resized(boxes, *self.look.pre_factors), size)
        some = (boxes[:, 0] < boxes[:, 2]) & (boxes[:, 1] < boxes[:, 3])
        boxes, confidences, labels = self.suppression(
            boxes[some], confidences[some], labels[some], threshold=float(self.least.min())
        )
        boxes = clip(resized(boxes, *self.look.post_factors), size)
        return [
            Detection(int(k), self.classes[k], float(c), tuple(round(float(v), 2) for v in box))
            for box, c, k in zip(boxes, confidences, labels, strict=True)
            if c >= self.after[k]
        ]
