"""What a weights file says of the images that its net was trained on.

Apart from `Fitting`, which reads it: a run that begins needs nothing that opens pictures.
"""

from typing import Any

import numpy as np

from netkit.dataset import Dataset
from netkit.types import Array

LOOKED_AT = 256  # training images whose pixels say in which range they are


def described(data: Dataset) -> dict[str, Any]:
    """Return what a weights file says of the images of a data set: how `Fitting` makes more."""
    return {"pixels": range_of(data.train.images[:LOOKED_AT]), **data.fitting}


def range_of(images: Array) -> str:
    """Return in which range the pixels of images are: bytes, unit or numbers."""
    low, high = (float(images.min()), float(images.max())) if images.size else (0.0, 0.0)
    if low < 0 or high > 255 or not np.isfinite(high - low):
        return "numbers"
    return "unit" if 0 < high <= 1 else "bytes"
