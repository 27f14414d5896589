"""Scenes of digits: several of them at several sizes among clutter, and their boxes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np

from netkit.checks import Amount, AmountRange, Count, Pair, PositiveRange, Share, Whole, WholeRange
from netkit.dataset import Samples
from netkit.detection.boxes import iou
from netkit.errors import NetkitError
from netkit.plugins.datasets.mnist import Mnist
from netkit.plugins.scenes.drawing import draw_clutter, draw_digit, draw_texture
from netkit.scenes import Scene, Scenes
from netkit.types import Array


class DigitScenes(Scenes):
    """Scenes of handwritten digits, each composed from (seed, its number) alone.

    count: how many.  size: (height, width).  digits: from how many to how many in a scene.  scale:
    from and to which size, in 28 pixels; its logarithm is drawn evenly.  overlap: the most
    intersection over union of two digits' boxes.  contrast: from and to which share of white.
    clutter: up to so many lines, frames and arcs, all longer than a digit and clear of digits'
    boxes.  texture, noise: up to which share of white.  distort: how much digits are turned,
    slanted and stretched, 0 for as they are.  A digit's box is the square that its 28x28 image
    becomes.

    split: which of MNIST's digits to draw, `val` to test on what no net has learnt from; root:
    MNIST's folder, as for data=mnist.  samples: other digits to draw.
    """

    def __init__(
        self,
        root: str | Path | None = None,
        split: Literal["train", "val"] = "val",
        count: Count = 200,
        *,
        size: Pair = (240, 320),
        digits: WholeRange = (0, 12),
        scale: PositiveRange = (0.7, 3.0),
        overlap: Share = 0.1,
        contrast: AmountRange = (0.5, 1.0),
        clutter: Whole = 6,
        texture: Share = 0.2,
        noise: Share = 0.06,
        distort: Amount = 0.0,
        seed: Whole = 0,
        samples: Samples | None = None,
    ) -> None:
        if min(size) < 28 * scale[0]:
            raise NetkitError(
                f"size={list(size)} scale={list(scale)}: "
                f"no digit of 28 pixels times {scale[0]} fits"
            )
        self.classes = [str(k) for k in range(10)]
        self.samples = samples or getattr(Mnist(root, train_size=None, val_size=None), split)
        self.count = count
        self.size = size
        self.digits = digits
        self.scale = scale
        self.overlap = overlap
        self.contrast = contrast
        self.clutter = clutter
        self.texture = texture
        self.noise = noise
        self.distort = distort
        self.seed = seed

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Scene]:
        return (self.scene(k) for k in range(self.count))

    def scene(self, number: int) -> Scene:
        """Return one Scene; the same for the same seed and number."""
        rng = np.random.default_rng([self.seed, number])
        boxes, labels, ink = self.place(rng)
        canvas = draw_texture(self.size, 255 * self.texture, rng)
        clutter = draw_clutter(self.size, self.clutter, boxes, least=self.long, rng=rng)
        canvas = np.maximum(np.maximum(canvas, clutter), ink)
        canvas += rng.normal(0, 1, self.size) * (255 * self.noise * rng.uniform())
        image = np.clip(canvas, 0, 255).astype(np.uint8)[None]
        return Scene(f"scene{number:05d}", image, boxes, labels)

    @property
    def long(self) -> float:
        """The least length of clutter in pixels: that of the largest digit, if it fits."""
        return min(28 * self.scale[1], min(self.size) / 2)

    def place(self, rng: np.random.Generator) -> tuple[Array, Array, Array]:
        """Return boxes (n, 4) and classes (n,) of digits, and the picture of them on black."""
        height, width = self.size
        boxes, ink = np.zeros((0, 4)), np.zeros(self.size, np.float32)
        labels: list[int] = []
        low, high = (np.log(28 * s) for s in self.scale)
        for _ in range(int(rng.integers(self.digits[0], self.digits[1] + 1))):
            for _ in range(20):  # places to try: a full scene has fewer digits
                side = min(round(np.exp(rng.uniform(low, high))), height, width)
                x, y = rng.integers(0, width - side + 1), rng.integers(0, height - side + 1)
                box = np.array([[x, y, x + side, y + side]], float)
                if not (iou(box, boxes) > self.overlap).any():
                    break
            else:
                continue
            k = int(rng.integers(len(self.samples)))
            digit = self.drawn(k, side, rng) * rng.uniform(*self.contrast)
            part = ink[y : y + side, x : x + side]
            np.maximum(part, digit, out=part)
            boxes = np.concatenate([boxes, box])
            labels.append(int(self.samples.labels[k]))
        return boxes, np.array(labels, np.int64), ink

    def drawn(self, k: int, side: int, rng: np.random.Generator) -> Array:
        """Return digit number k as (side, side) of grey levels."""
        return draw_digit(self.samples.images[k, 0], side, self.distort, rng)
