"""Fitting: an image of any size made one that a net takes, as the images it was trained on were."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np

from netkit.arguments import signature_of
from netkit.checks import Bound, Checked
from netkit.detection.preparation import MIDDLE, ink
from netkit.errors import NetkitError
from netkit.files.folders import FolderSettings
from netkit.files.reading import fitted
from netkit.types import Array, Shape


class Fitting(Checked):
    """How pictures are brought to the (channels, height, width) of a net.

    fit: pad keeps an image whole and fills up with `fill`; crop fills the size and cuts off what is
    over; stretch does neither.  invert: true: ink on paper becomes light on black; auto: where the
    ground is light; false: never.  pixels: what the net was trained on: bytes run from 0 to 255,
    unit from 0 to 1, numbers from anywhere to anywhere.
    """

    def __init__(
        self,
        shape: Shape,
        *,
        fit: Literal["pad", "crop", "stretch"] = "pad",
        fill: Annotated[int, Bound(least=0, most=255, whole=True)] = 0,
        invert: Literal[True, False, "auto"] = False,
        pixels: Literal["bytes", "unit", "numbers"] = "bytes",
    ) -> None:
        self.shape = tuple(shape)
        self.fit: Literal["pad", "crop", "stretch"] = fit
        self.fill = fill
        self.invert = invert
        self.pixels = pixels

    @classmethod
    def of(
        cls, meta: Mapping[str, Any], shape: Shape, given: Mapping[str, Any] | None = None
    ) -> "Fitting":
        """Return the fitting that a weights file describes.

        meta: as in `Checkpoint`; what it says of `images`, or of the folder that it was trained on.
        given: what replaces it; values of None do not.
        """
        data = meta.get("config", {}).get("data") or {}
        folder = data if isinstance(data, dict) and data.get("type") == "folder" else {}
        given = {name: value for name, value in (given or {}).items() if value is not None}
        said = {**meta.get("images", folder), **given}
        names = [name for name in signature_of(cls).parameters if name != "shape"]
        return cls(shape, **{name: said[name] for name in names if name in said})

    def __call__(self, image: Array) -> Array:
        """Return an image (C, h, w), of the net's channels, as the net takes it: (C, H, W).

        Numbers of the net's own size stay as they are where it was trained on others than bytes.
        """
        if self.shape[0] not in (1, 3):
            raise NetkitError(
                f"this net takes {self.shape[0]} channels: pictures have 1 or 3: "
                f"give arrays of shape {self.shape} from Python"
            )
        if self.invert is True or (self.invert == "auto" and np.median(image) > MIDDLE):
            image = ink(image)
        numbers = image.dtype != np.uint8
        if numbers and self.pixels != "bytes" and image.shape == self.shape:
            return image
        if self.pixels != "unit":
            return fitted(image, self.settings)
        if numbers and image.max() <= 1:
            image = 255 * image
        return fitted(image, self.settings).astype(np.float32) / 255

    @property
    def settings(self) -> FolderSettings:
        """The same as a folder of training images has it."""
        channels, height, width = self.shape
        colours: Literal[1, 3] = 3 if channels == 3 else 1
        size = height, width
        return FolderSettings(size=size, channels=colours, fit=self.fit, fill=self.fill)
