"""Compiled sets: a folder's images brought to one size, in arrays that are memory-mapped."""

import hashlib
import json
import logging
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np

from netkit.errors import NetkitError
from netkit.files.arrays import write_set
from netkit.files.folders import FolderSettings, Pairs, listed
from netkit.files.images import read_image
from netkit.types import Array

log = logging.getLogger("netkit")


def compiled(root: str | Path, settings: FolderSettings, cache: str | Path) -> Path:
    """Return the folder of the compiled set of a folder of images, made in `cache` if not there.

    It is made anew when a file of `root` has another name, size or date, and for other settings.
    """
    root = Path(root).resolve()
    classes, train, val = listed(root, settings)
    files = [(str(p.relative_to(root)), *stamp(p)) for p, _ in (*train, *val)]
    text = json.dumps([str(root), settings.values(), files])
    folder = Path(cache) / f"{root.name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    if not (folder / "set.json").is_file():
        write(folder, classes, train, val=val, settings=settings)
    return folder


def stamp(path: Path) -> tuple[int, int]:
    """Return the size of a file, and when it was changed last, in nanoseconds."""
    about = path.stat()
    return about.st_size, about.st_mtime_ns


def compile_folder(
    root: str | Path, out: str | Path, settings: FolderSettings
) -> tuple[int, int, int]:
    """Compile the images in `root` to the folder `out`.

    Returns how many images there are to train on, how many to test on, and how many classes.
    """
    if Path(out).exists():
        raise NetkitError(f"{out}: is there already: name a new folder")
    classes, train, val = listed(Path(root), settings)
    counts = write(Path(out), classes, train, val=val, settings=settings)
    return *counts, len(classes)


def write(
    folder: Path, classes: list[str], train: Pairs, *, val: Pairs, settings: FolderSettings
) -> tuple[int, int]:
    """Write a compiled set, whole or not at all.

    Returns how many images there are to train on and to test on.
    """
    part = folder.with_name(f".{folder.name}.part{os.getpid()}")
    try:
        part.mkdir(parents=True)
        arrays = [
            read_all(pairs, settings, part / f"{k}.raw") for k, pairs in enumerate((train, val))
        ]
        sizes = len(arrays[0][1]), len(arrays[1][1])
        if not sizes[0]:
            raise NetkitError(f"{train[0][0].parent}: none of its images could be read")
        write_set(part, *arrays, classes=classes)
        del arrays  # their files are still mapped
        for raw in part.glob("*.raw"):
            raw.unlink()
        os.replace(part, folder)
    except OSError as error:
        raise NetkitError(
            f"{folder}: cannot be written ({error.strerror}): choose another folder"
        ) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return sizes


def read_all(pairs: Pairs, settings: FolderSettings, path: Path) -> tuple[Array, Array]:
    """Return images (N, C, H, W) of uint8, mapped from the file `path`, and labels (N,).

    What cannot be read is left out.
    """
    labels: list[int] = []
    shape = (settings.channels, *settings.size)
    with ThreadPoolExecutor() as pool, open(path, "wb") as file:
        rest = iter(pairs)
        while some := list(islice(rest, 256)):
            images = pool.map(lambda pair: sized(pair[0], settings), some)
            for (_, label), image in zip(some, images, strict=True):
                if image is not None:
                    file.write(image.tobytes())
                    labels.append(label)
    if not labels:
        return np.zeros((0, *shape), np.uint8), np.zeros(0, np.int64)
    images_read = np.memmap(path, np.uint8, "r", shape=(len(labels), *shape))
    return images_read, np.array(labels, np.int64)


def sized(path: Path, settings: FolderSettings) -> Array | None:
    """Return an image (C, H, W) of bytes in the right size; None, and a warning, if unreadable."""
    try:
        return fitted(read_image(path, settings.channels), settings)
    except NetkitError as error:
        log.warning("left out: %s", error)
        return None


def fitted(image: Array, settings: FolderSettings) -> Array:
    """Return an image (C, h, w) brought to the size of the set, in bytes."""
    from PIL import Image

    (height, width), (_, h, w) = settings.size, image.shape
    pixels = np.clip(np.round(image), 0, 255).astype(np.uint8)
    if settings.fit == "stretch":
        h, w = height, width
    else:
        ratio = (min if settings.fit == "pad" else max)(height / h, width / w)
        h, w = max(1, round(h * ratio)), max(1, round(w * ratio))
    picture = Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0))
    if picture.size != (w, h):
        picture = picture.resize((w, h), Image.Resampling.BILINEAR, reducing_gap=3.0)
    pixels = np.asarray(picture)
    pixels = pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
    top, left = (h - height) // 2, (w - width) // 2  # below 0 where there is too little
    out = np.full((settings.channels, height, width), settings.fill, np.uint8)
    inner = pixels[:, max(0, top) : max(0, top) + height, max(0, left) : max(0, left) + width]
    y, x = max(0, -top), max(0, -left)
    out[:, y : y + inner.shape[1], x : x + inner.shape[2]] = inner
    return out
