"""Reading many images: several at a time, brought to one size, and what was found in them."""

import hashlib
import logging
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from netkit.errors import NetkitError
from netkit.files.folders import FolderSettings, Pairs
from netkit.files.found import Found
from netkit.files.images import decode_image
from netkit.types import Array

log = logging.getLogger("netkit")
AT_ONCE = 256  # images in flight
MOST_TWINS = 1000  # pairs that are named


class Read(NamedTuple):
    """An image as a compiled set has it, and how it stood in its file."""

    pixels: Array  # (C, H, W) of uint8; one channel if it is grey and channels are "auto"
    size: tuple[int, int]  # width and height in the file
    turned: bool
    deep: bool  # more than 8 bits
    brightest: int
    digest: bytes  # of its pixels


class Reader:
    """Images of a folder, read in order; what cannot be read is left out and noted.

    coloured: whether one of them has colours.  files: the names of those read in each part.
    """

    def __init__(self, root: Path, settings: FolderSettings) -> None:
        self.root = root
        self.settings = settings
        self.coloured = False
        self.files: list[list[str]] = []
        self.unreadable: list[list[str]] = []
        self.sizes: list[tuple[int, int]] = []
        self.turned = self.deep = self.brightest = 0
        self.seen: dict[bytes, str] = {}  # the first file of the parts before with these pixels
        self.twins: list[list[str]] = []

    def read(self, pairs: Pairs, path: Path) -> tuple[Array, Array]:
        """Return images (N, C, H, W) of uint8, mapped from the file `path`, and labels (N,).

        Of channels "auto", C is 3; all three are the same where `coloured` is false.
        """
        labels: list[int] = []
        names: list[str] = []
        self.fresh: dict[bytes, str] = {}
        channels = 1 if self.settings.channels == 1 else 3
        with ThreadPoolExecutor() as pool, open(path, "wb") as file:
            rest = iter(pairs)
            while some := list(islice(rest, AT_ONCE)):
                images = pool.map(lambda pair: self.sized(pair[0]), some)
                for (source, label), image in zip(some, images, strict=True):
                    if image is None:
                        continue
                    self.note(image, self.name(source))
                    planes = image.pixels
                    file.write((planes if len(planes) == channels else planes.repeat(3, 0)).data)
                    labels.append(label)
                    names.append(self.name(source))
        self.files.append(names)
        self.seen.update(self.fresh)
        shape = (channels, *self.settings.size)
        if not labels:
            return np.zeros((0, *shape), np.uint8), np.zeros(0, np.int64)
        images_read = np.memmap(path, np.uint8, "r", shape=(len(labels), *shape))
        return images_read, np.array(labels, np.int64)

    def sized(self, path: Path) -> Read | None:
        """Return an image in the right size; None if it cannot be read."""
        try:
            image = decode_image(path, self.settings.channels)
            pixels, (_, h, w) = fitted(image.pixels, self.settings), image.pixels.shape
            deep = image.pixels.dtype != np.uint8
            digest = hashlib.blake2b(pixels.tobytes(), digest_size=16).digest()
            return Read(pixels, (w, h), image.turned, deep, image.brightest, digest)
        except NetkitError as error:
            log.info("left out: %s", error)
            self.unreadable.append([self.name(path), why(error)])
            return None

    def note(self, image: Read, name: str) -> None:
        """Count an image among what was found."""
        self.fresh.setdefault(image.digest, name)
        if image.digest in self.seen:
            self.twins.append([name, self.seen[image.digest]])
        self.coloured |= len(image.pixels) == 3
        self.sizes.append(image.size)
        self.turned += image.turned
        self.deep += image.deep
        self.brightest = max(self.brightest, image.brightest)

    def name(self, path: Path) -> str:
        """Return the name of a file in the folder."""
        return path.relative_to(self.root).as_posix()

    def found(self) -> Found:
        """Return what was found in all that was read."""
        sizes = sorted(self.sizes, key=lambda size: size[0] * size[1])
        three = [list(sizes[k]) for k in (0, len(sizes) // 2, -1)]
        bad = sorted(self.unreadable)  # threads note them in any order
        some = self.twins[:MOST_TWINS]
        return Found(three, self.turned, self.deep, self.brightest, bad, some, len(self.twins))


def why(error: NetkitError) -> str:
    """Return the reason of `decode_image`'s error, without the file and the remedy."""
    said = str(error)
    start, end = said.find("("), said.rfind(")")
    return said[start + 1 : end] if 0 <= start < end else said.partition(": ")[2]


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
    picture = Image.fromarray(pixels[0] if channels == 1 else pixels.transpose(1, 2, 0))
    if picture.size != (w, h):
        picture = picture.resize((w, h), Image.Resampling.BILINEAR, reducing_gap=3.0)
    pixels = np.asarray(picture)
    pixels = pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
    top, left = (h - height) // 2, (w - width) // 2  # below 0 where there is too little
    out = np.full((channels, height, width), settings.fill, np.uint8)
    inner = pixels[:, max(0, top) : max(0, top) + height, max(0, left) : max(0, left) + width]
    y, x = max(0, -top), max(0, -left)
    out[:, y : y + inner.shape[1], x : x + inner.shape[2]] = inner
    return out
