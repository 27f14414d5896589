"""An image for a compiled set: decoded, brought to one size, and how it stood in its file."""

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from netkit.errors import NetkitError
from netkit.files.folders import FolderSettings
from netkit.files.images import decode_image
from netkit.types import Array


class Read(NamedTuple):
    """An image as a compiled set has it, and how it stood in its file."""

    pixels: Array  # (C, H, W) of uint8; one channel if it is grey and channels are "auto"
    size: tuple[int, int]  # width and height in the file
    turned: bool
    deep: bool  # more than 8 bits
    brightest: int
    digest: str  # of its pixels


def read_one(path: str, settings: FolderSettings) -> Read | str:
    """Return the image in a file in the right size; if it cannot be read, the reason."""
    try:
        image = decode_image(Path(path), settings.channels)
    except NetkitError as error:
        return reason_of(error)
    pixels, (_, h, w) = fitted(image.pixels, settings), image.pixels.shape
    digest = hashlib.blake2b(pixels.tobytes(), digest_size=16).hexdigest()
    deep = image.pixels.dtype != np.uint8
    return Read(pixels, (w, h), image.turned, deep, image.brightest, digest)


def reason_of(error: NetkitError) -> str:
    """Return the reason of `decode_image`'s error, without the file and the remedy."""
    said = str(error)
    start, end = said.find(" ("), said.rfind(")")
    return said[start + 2 : end] if 0 <= start < end else said.rpartition(": ")[2]


def fitted(image: Array, settings: FolderSettings) -> Array:
    """Return an image (C, h, w) brought to the size of the set, in bytes."""
    from PIL import Image

    (height, width), (channels, h, w) = settings.size, image.shape
    pixels = image
    if image.dtype != np.uint8:
        pixels = np.clip(np.round(image), 0, 255).astype(np.uint8)
    if settings.fit == "stretch":
        h, w = height, width
    else:
        ratio = (min if settings.fit == "pad" else max)(height / h, width / w)
        h, w = max(1, round(h * ratio)), max(1, round(w * ratio))
    if (h, w) != image.shape[1:]:
        picture = Image.fromarray(pixels[0] if channels == 1 else pixels.transpose(1, 2, 0))
        picture = picture.resize((w, h), Image.Resampling.BILINEAR, reducing_gap=3.0)
        pixels = np.asarray(picture)
        pixels = pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
    top, left = (h - height) // 2, (w - width) // 2  # below 0 where there is too little
    out = np.full((channels, height, width), settings.fill, np.uint8)
    inner = pixels[:, max(0, top) : max(0, top) + height, max(0, left) : max(0, left) + width]
    y, x = max(0, -top), max(0, -left)
    out[:, y : y + inner.shape[1], x : x + inner.shape[2]] = inner
    return out
