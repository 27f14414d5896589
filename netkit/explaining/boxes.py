"""Why this box: the cell of a detector's outputs that found it, and what it hung on."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from netkit.detection.boxes import iou
from netkit.detection.cells import cells
from netkit.errors import NetkitError
from netkit.explaining.methods import Heat, Methods
from netkit.explaining.tracer import Target, Tracer
from netkit.files.images import resize
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.detection.detector import Detection, Detector

MOST = 1 << 22  # pixels of a size that is gone through whole


class Seen(NamedTuple):
    """What a detector looked at when its cell found a box.

    x: the input of the net behind the layers that prepare an image, (1, C, H, W), at the size at
    which the box was found.  target: the class's output of the cell.  ratio: (down, across), pixels
    of the image for one of x.  before: (top, left), the zeros that come before the image in x.
    """

    x: Array
    target: Target
    ratio: tuple[float, float]
    before: tuple[int, int]


class BoxReasons:
    """Explain what a Detector finds: heat maps of whole images, for one box each."""

    def __init__(self, detector: "Detector", methods: Methods) -> None:
        self.detector = detector
        self.methods = methods
        self.tracer = Tracer(detector.rest)

    def __call__(self, image: Array, found: "Detection") -> dict[str, Heat]:
        """Return {method: Heat} of the size of an image (C, H, W), as the detector takes it."""
        seen = self.seen(image, found)
        heats = self.methods(self.tracer, seen.x, seen.target)
        return {name: self.over(image, some[0], seen) for name, some in heats.items()}

    def seen(self, image: Array, found: "Detection") -> Seen:
        """Return what was looked at when a box was found: the cell that fits it best.

        Of all cells at all sizes that answer its class, it is the one with the largest product of
        confidence and intersection over union with the box.
        """
        best, where = 0.0, None
        for size in self.detector.sizes(image):
            if size[0] * size[1] > MOST:
                raise NetkitError(
                    f"an image looked at in {size[0]}x{size[1]} pixels: too large to go back "
                    "through: max_scale=1, or input_crop="
                )
            scaled, before = self.detector.scaled(image, size)
            x = self.tracer.inputs(scaled[None])
            y = self.tracer.outputs(x)
            boxes, confidences, labels = self.answers(y)
            ratio = image.shape[1] / size[0], image.shape[2] / size[1]
            top, left = before
            at = (boxes - (left, top, left, top)) * (ratio[1], ratio[0], ratio[1], ratio[0])
            fits = iou(at, np.array([found.box]))[:, 0] * confidences * (labels == found.label)
            k = int(fits.argmax())
            if where is None or fits[k] > best:
                best = float(fits[k])
                place = divmod(k, y.shape[2])
                target = Target.of(np.array([found.label]), len(y), place)
                where = Seen(x, target, ratio, before)
        if where is None:
            raise NetkitError("the image is smaller than any size that the detector looks at")
        return where

    def answers(self, y: Array) -> tuple[Array, Array, Array]:
        """Return the boxes (n, 4) in pixels of x, confidences and classes (n,) of all cells."""
        detector, ops = self.detector, self.detector.net.ops
        given = ops.asarray(y)
        labels, confidences = (ops.to_host(a)[..., 0] for a in detector.energy.answer(given))
        sides = detector.energy.boxes(given, detector.net.grid())
        if sides is None:
            rows, columns = (a.reshape(-1) for a in np.indices(labels.shape))
            boxes = cells(detector.net, rows, columns)
        else:
            boxes = ops.to_host(sides)[..., 0].reshape(4, -1).T.astype(np.float64)
        return boxes, confidences.reshape(-1), labels.reshape(-1)

    def over(self, image: Array, heat: Heat, seen: Seen) -> Heat:
        """Return a heat map of x as one of the image: cut to it, and brought to its size."""
        height, width = image.shape[1:]
        top, left = seen.before
        rows, columns = (round(n / r) for n, r in zip((height, width), seen.ratio, strict=True))
        part = heat.map[top : top + rows, left : left + columns]
        return Heat(resize(part[None].astype(np.float32), height, width)[0], heat.signed)
