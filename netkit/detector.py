"""Detector: a trained net over a whole image, and boxes from the places where it answers."""

from typing import NamedTuple

import numpy as np

from netkit.boxes import clip, greedy
from netkit.net import Net
from netkit.shards import Shards


class Detection(NamedTuple):
    """A class found in an image: its number and name, the confidence in 0..1, the box in pixels (x1, y1 exclusive)."""

    label: int
    name: str
    confidence: float
    box: tuple  # x0, y0, x1, y1


class Detector:
    """Find the classes of a net in images.

    energy: what reads answers from outputs.  threshold: least confidence.  overlap: of two boxes of one class
    with a larger intersection over union than this, the less confident is dropped.
    """

    def __init__(self, net: Net, energy, classes, threshold=0.0, overlap=0.5):
        self.net, self.energy, self.classes = net, energy, list(classes)
        self.threshold, self.overlap, self.shards = threshold, overlap, Shards(net)

    def __call__(self, image):
        """Return the Detections in an image (C, H, W), the most confident first."""
        padded, (top, left) = pad_to(image, self.net.shape[1:])
        with self.net.ops.limits():
            y = self.shards.outputs(self.net.ops.asarray(padded)[None])
        labels, confidences = (self.net.ops.to_host(a)[..., 0] for a in self.energy.answer(self.net.ops.asarray(y)))
        boxes = clip(self.cells(labels.shape) - (left, top, left, top), image.shape[1:])
        labels, confidences = labels.reshape(-1), confidences.reshape(-1)
        some = (confidences >= self.threshold) & (boxes[:, 0] < boxes[:, 2]) & (boxes[:, 1] < boxes[:, 3])
        labels, confidences, boxes = labels[some], confidences[some], boxes[some]
        return [
            Detection(int(labels[k]), self.classes[labels[k]], float(confidences[k]), tuple(boxes[k].tolist()))
            for k in greedy(boxes, confidences, labels, self.overlap)
        ]

    def cells(self, grid):
        """Return the box of image pixels that each output cell sees, (h·w, 4) as x0, y0, x1, y1, unclipped."""
        (y0, x0), (y1, x1) = self.net.box((0, 0), (1, 1))
        (down, right), _ = self.net.box((1, 1), (2, 2))
        rows, columns = np.indices(grid).reshape(2, -1)
        dy, dx = rows * (down - y0), columns * (right - x0)
        return np.stack([x0 + dx, y0 + dy, x1 + dx, y1 + dy], 1)


def pad_to(image, least):
    """Return the image (C, H, W) with zeros around it up to the size `least`, and how many stand before it."""
    short = [max(0, need - have) for need, have in zip(least, image.shape[1:], strict=True)]
    before = [n // 2 for n in short]
    around = [(b, n - b) for b, n in zip(before, short, strict=True)]
    return (np.pad(image, [(0, 0), *around]) if any(short) else image), before
