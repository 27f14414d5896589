"""Scenes: images with several digits at several sizes among clutter, and the boxes of the
digits.
"""

from typing import NamedTuple

import numpy as np

from netkit.detection.boxes import iou
from netkit.errors import NetkitError
from netkit.plugins.datasets.mnist import Mnist


class Scene(NamedTuple):
    """An image (1, H, W) of uint8, the boxes (n, 4) of what is in it, in pixels, and their classes
    (n,).
    """

    name: str
    image: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray


class DigitScenes:
    """Scenes of handwritten digits, each composed from (seed, its number) alone.

    size: (height, width).  digits: from how many to how many.  scale: from and to which size, in 28
    pixels; its logarithm is drawn evenly.  overlap: the most intersection over union of two digits'
    boxes.  contrast: from and to which share of white.  clutter: up to so many lines, frames and
    arcs, all longer than a digit and clear of digits' boxes.  texture, noise: up to which share of
    white.  distort: how much digits are turned, slanted and stretched, 0 for as they are.  A
    digit's box is the square that its 28x28 image becomes. Testing uses the validation digits only
    (split: val).
    """

    def __init__(
        self,
        root=None,
        split="val",
        count=200,
        size=(240, 320),
        digits=(0, 12),
        scale=(0.7, 3.0),
        overlap=0.1,
        contrast=(0.5, 1.0),
        clutter=6,
        texture=0.2,
        noise=0.06,
        distort=0.0,
        seed=0,
        samples=None,
    ):
        data = None if samples else Mnist(root, train_size=None, val_size=None)
        if split not in ("train", "val"):
            raise NetkitError(f"split={split}: there are train, val")
        for name, value in (
            ("digits", digits),
            ("scale", scale),
            ("contrast", contrast),
            ("size", size),
        ):
            if (
                len(value) != 2
                or not 0 <= value[0] <= max(value)
                or (name != "size" and value[0] > value[1])
            ):
                raise NetkitError(f"{name}={list(value)}: give two numbers, the smaller first")
        if min(size) < 28 * scale[0] or scale[0] <= 0:
            raise NetkitError(
                f"size={list(size)} scale={list(scale)}: no digit of 28 pixels times {scale[0]} fits"
            )
        self.samples, self.classes = samples or getattr(data, split), [str(k) for k in range(10)]
        self.count, self.size, self.digits, self.scale, self.overlap = (
            count,
            tuple(size),
            digits,
            scale,
            overlap,
        )
        self.contrast, self.clutter, self.texture, self.noise = contrast, clutter, texture, noise
        self.distort, self.seed = distort, seed

    def __len__(self):
        return self.count

    def __iter__(self):
        return (self.scene(k) for k in range(self.count))

    def scene(self, number):
        """Return one Scene; the same for the same seed and number."""
        rng = np.random.default_rng([self.seed, number])
        boxes, labels, ink = self.place(rng)
        canvas = self.ground(rng)
        clutter = self.draw_clutter(rng, boxes)
        canvas = np.maximum(np.maximum(canvas, clutter), ink)
        canvas += rng.normal(0, 1, self.size) * (255 * self.noise * rng.uniform())
        return Scene(
            f"scene{number:05d}", np.clip(canvas, 0, 255).astype(np.uint8)[None], boxes, labels
        )

    def place(self, rng):
        """Return boxes and classes of digits drawn onto black, and the picture of them."""
        (height, width), boxes, labels = self.size, np.zeros((0, 4)), []
        ink = np.zeros(self.size, np.float32)
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
            digit = draw_digit(self.samples.images[k, 0], side, self.distort, rng) * rng.uniform(
                *self.contrast
            )
            part = ink[y : y + side, x : x + side]
            np.maximum(part, digit, out=part)
            boxes, labels = np.concatenate([boxes, box]), [*labels, int(self.samples.labels[k])]
        return boxes, np.array(labels, np.int64), ink

    def ground(self, rng):
        """Return a smooth random texture (H, W)."""
        from PIL import Image

        height, width = self.size
        grain = int(rng.integers(4, 16))
        coarse = rng.uniform(
            0, 255 * self.texture * rng.uniform(), (2 + height // grain, 2 + width // grain)
        )
        return np.array(
            Image.fromarray(coarse.astype(np.float32)).resize(
                (width, height), Image.Resampling.BICUBIC
            )
        )

    def draw_clutter(self, rng, boxes):
        """Return lines, frames and arcs on black (H, W): each clear of digits' boxes and, as it
        shows, long.

        Cut off at a box or by the edge of the image, a line would leave pieces that are ones to
        anybody.
        """
        from PIL import Image, ImageDraw, ImageFilter

        height, width = self.size
        least = min(28 * self.scale[1], min(height, width) / 2)
        whole = Image.new("L", (width, height))
        for _ in range(int(rng.integers(0, self.clutter + 1))):
            for _ in range(4):  # places to try
                picture = Image.new("L", (width, height))
                draw_shape(ImageDraw.Draw(picture), self.size, rng)
                pixels, shown = np.asarray(picture), picture.getbbox() or (0, 0, 0, 0)
                long = np.hypot(shown[2] - shown[0], shown[3] - shown[1]) >= least
                if long and not any(
                    pixels[y0:y1, x0:x1].any() for x0, y0, x1, y1 in boxes.astype(int)
                ):
                    whole.paste(picture, mask=picture.point(lambda v: 255 if v else 0))
                    break
        return np.array(whole.filter(ImageFilter.GaussianBlur(0.6)), np.float32)


def draw_shape(draw, size, rng):
    """Draw a line, a frame or an arc somewhere on a picture of (height, width)."""
    x, y, r, angle = (
        rng.uniform(0, size[1]),
        rng.uniform(0, size[0]),
        rng.uniform(45, 100),
        rng.uniform(0, 360),
    )
    ink, thick, kind = int(rng.uniform(60, 255)), int(rng.integers(1, 6)), rng.integers(3)
    if kind == 0:
        turn = np.deg2rad(angle)
        draw.line((x, y, x + 2 * r * np.cos(turn), y + 2 * r * np.sin(turn)), fill=ink, width=thick)
    elif kind == 1:
        tall = r * rng.uniform(0.3, 1)
        draw.rectangle((x - r, y - tall, x + r, y + tall), outline=ink, width=thick)
    else:
        draw.arc(
            (x - r, y - r, x + r, y + r), angle, angle + rng.uniform(90, 200), fill=ink, width=thick
        )


def draw_digit(image, side, distort, rng):
    """Return a digit (28, 28) as (side, side) floats, changed at random as much as `distort`
    says.
    """
    from PIL import Image

    picture = Image.fromarray(np.ascontiguousarray(image))
    if distort:
        angle, slant, *stretch = distort * rng.uniform(-0.2, 0.2, 4)
        cos, sin, zoom = np.cos(angle), np.sin(angle), np.exp(0.6 * np.array(stretch))
        turn = np.array([[cos * zoom[0], sin + slant], [-sin, cos * zoom[1]]])
        shift = 13.5 - turn @ [13.5, 13.5] + distort * rng.uniform(-0.7, 0.7, 2)
        matrix = (*turn[0], shift[0], *turn[1], shift[1])
        picture = picture.transform(
            (28, 28), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
        )
    return np.asarray(picture.resize((side, side), Image.Resampling.BICUBIC), np.float32)
