"""Pictures in files, read when they are needed and held in memory up to a limit."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from netkit.errors import NetkitError
from netkit.files.decoding import picture_size
from netkit.files.images import ENDINGS, decode_image, read_image, resize
from netkit.scenes import Scene
from netkit.types import Array

LOOKED_AT = 200  # pictures among which one in colour makes all of them colour
HELD = 1 << 30  # bytes of pixels that are kept; what is beyond is read anew each time


class Pictures:
    """The pixels of some files, (C, H, W) of uint8 each, in `channels` channels."""

    def __init__(self, paths: Sequence[Path], channels: int, held: int = HELD) -> None:
        self.paths = paths
        self.channels = channels
        self.room = held
        self.kept: dict[int, Array] = {}

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, k: int) -> Array:
        """Return the pixels of file number k; raise NetkitError, by name, if it cannot be read."""
        if k in self.kept:
            return self.kept[k]
        image = read_image(self.paths[k], self.channels)
        if image.dtype != np.uint8:
            image = np.clip(np.rint(image), 0, 255).astype(np.uint8)
        if image.nbytes <= self.room:
            self.room -= image.nbytes
            self.kept[k] = image
        return image


class Grounds:
    """Pictures that show no object, in a folder and the folders in it, for background."""

    def __init__(self, folder: str | Path, channels: int) -> None:
        self.pictures = Pictures(pictures_below(folder), channels)

    def picture(self, rng: np.random.Generator) -> Array:
        """Return one of the pictures (C, H, W), by chance."""
        return self.pictures[int(rng.integers(len(self.pictures)))]

    def scene(self, rng: np.random.Generator) -> Scene:
        """Return one of the pictures as a scene without objects."""
        return Scene("background", self.picture(rng), np.zeros((0, 4)), np.zeros(0, np.int64))

    def ground(self, size: tuple[int, int], rng: np.random.Generator) -> Array:
        """Return a part of one of the grey pictures at some scale, as (H, W) of a size."""
        image = self.picture(rng)
        fill = max(size[0] / image.shape[1], size[1] / image.shape[2])
        scale = max(fill, np.exp(rng.uniform(np.log(0.35), np.log(1.5))))
        tall, wide = (max(n, round(m * scale)) for n, m in zip(size, image.shape[1:], strict=True))
        image = resize(image, tall, wide)
        y, x = (int(rng.integers(m - n + 1)) for m, n in zip((tall, wide), size, strict=True))
        return image[0, y : y + size[0], x : x + size[1]].astype(np.float32)


def pictures_below(folder: str | Path) -> list[Path]:
    """Return the pictures in a folder and in those below it, by name."""
    root = Path(folder)
    if not root.is_dir():
        raise NetkitError(f"background={folder}: there is no such folder of pictures")
    found = []
    for above, folders, names in os.walk(root):
        folders.sort()
        found += [Path(above, n) for n in sorted(names) if Path(n).suffix.lower() in ENDINGS]
    if not found:
        raise NetkitError(f"background={folder}: holds no picture: {' '.join(ENDINGS)}")
    return found


def channels_of(paths: Sequence[Path]) -> Literal[1, 3]:
    """Return 3 if one of the first pictures has a colour, else 1."""
    for path in paths[:LOOKED_AT]:
        if len(decode_image(path, "auto").pixels) == 3:
            return 3
    return 1


def largest_of(paths: Sequence[Path]) -> tuple[int, int]:
    """Return the largest height and the largest width of some pictures."""
    heights, widths = zip(*map(size_of, paths), strict=True)
    return max(heights), max(widths)


def size_of(path: Path) -> tuple[int, int]:
    """Return the height and width of a picture; raise NetkitError, by name, if it is none."""
    try:
        width, height = picture_size(path)
    except Exception:  # Pillow has many; no picture of Pillow's, or none at all
        return decode_image(path, "auto").pixels.shape[1:]  # which says what is wrong
    return height, width
