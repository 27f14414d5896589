"""Preparation: an image cut, resized or inverted before it is looked at, and boxes put back."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from netkit.checks import Box, Checked, Whole
from netkit.detection.boxes import areas
from netkit.errors import NetkitError
from netkit.files.images import resize
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.detection.detector import Detection

MIDDLE = 127  # grey level above which the ground of an image is light


class Preparation(Checked):
    """What is done to an image before a detector sees it.

    input_crop: [y, x, height, width] of the part to look at; null: all.  input_height, input_width:
    the size to bring it to; one of them keeps the proportions.  invert: true: ink on paper becomes
    light on black; auto: where the ground is light; false: never.
    """

    def __init__(
        self,
        *,
        input_crop: Box | None = None,
        input_height: Whole | None = None,
        input_width: Whole | None = None,
        invert: Literal[True, False, "auto"] = False,
    ) -> None:
        self.crop = input_crop
        self.height = input_height
        self.width = input_width
        self.invert = invert

    def __call__(self, image: Array) -> Array:
        """Return an image (C, H, W) as the detector is to see it."""
        if self.crop:
            y, x, height, width = self.crop
            image = image[:, y : y + height, x : x + width]
            if not image.size:
                raise NetkitError(f"input_crop={list(self.crop)}: lies outside of an image")
        if self.height or self.width:
            ratio = image.shape[2] / image.shape[1]
            height = self.height or max(1, round((self.width or 0) / ratio))
            width = self.width or max(1, round((self.height or 0) * ratio))
            image = resize(image, height, width)
        if self.invert is True or (self.invert == "auto" and np.median(image) > MIDDLE):
            image = ink(image)
        return image

    def visible(self, boxes: Array, size: tuple[int, ...]) -> tuple[Array, Array]:
        """Return boxes (n, 4) cut to the part that is looked at, and the share left of each (n,).

        size: (height, width) of the whole image, in whose pixels all boxes are.
        """
        if not self.crop:
            return boxes, np.ones(len(boxes))
        y, x, height, width = self.crop
        sides = [x, y, min(x + width, size[1]), min(y + height, size[0])]
        cut = np.clip(boxes, [*sides[:2], *sides[:2]], [*sides[2:], *sides[2:]])
        return cut, areas(cut) / np.maximum(areas(boxes), 1e-12)

    def restored(self, d: "Detection", *, whole: Array, prepared: tuple[int, int]) -> "Detection":
        """Return a detection in a prepared image with its box in pixels of the whole one.

        whole: the image (C, H, W) as it came.  prepared: (height, width) of the prepared one.
        """
        if not (self.crop or self.height or self.width):
            return d
        y, x, height, width = self.crop or (0, 0, *whole.shape[1:])
        height, width = min(height, whole.shape[1] - y), min(width, whole.shape[2] - x)
        down, right = height / prepared[0], width / prepared[1]
        x0, y0, x1, y1 = d.box
        return d._replace(box=(x + x0 * right, y + y0 * down, x + x1 * right, y + y1 * down))


def ink(image: Array) -> Array:
    """Return what is darker than the ground of an image (C, H, W), its median, light on black."""
    ground = np.median(image, axis=(1, 2), keepdims=True)
    return np.clip(ground - image, 0, 255).astype(np.float32)
