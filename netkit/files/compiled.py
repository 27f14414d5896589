"""Compiled sets: the images of a folder brought to one size, in arrays that are memory-mapped from
then on.
"""

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
from netkit.files.folders import listed
from netkit.files.images import read_image

log = logging.getLogger("netkit")


def compiled(root, wanted, cache):
    """Return the folder of the compiled set for images in `root`, made in `cache` if it is not
    there.

    It is made anew when a file of `root` has another name, size or date, and when something else is
    wanted.
    """
    root, wanted = Path(root).resolve(), wanted.checked()
    classes, train, val = listed(root, wanted)
    files = [(str(p.relative_to(root)), *stamp(p)) for p, _ in (*train, *val)]
    key = hashlib.sha256(json.dumps([str(root), wanted, files]).encode()).hexdigest()[:16]
    folder = Path(cache) / f"{root.name}-{key}"
    if not (folder / "set.json").is_file():
        write(folder, classes, train, val, wanted)
    return folder


def stamp(path):
    about = path.stat()
    return about.st_size, about.st_mtime_ns


def compile_folder(root, out, wanted):
    """Compile the images in `root` to the folder `out`; return how many there are to train on, to
    test on, classes.
    """
    if Path(out).exists():
        raise NetkitError(f"{out}: is there already: name a new folder")
    wanted = wanted.checked()
    classes, train, val = listed(Path(root), wanted)
    return (*write(Path(out), classes, train, val, wanted), len(classes))


def write(folder, classes, train, val, wanted):
    """Write a compiled set, whole or not at all; return how many images there are to train on and
    to test on.
    """
    part = folder.with_name(f".{folder.name}.part{os.getpid()}")
    try:
        part.mkdir(parents=True)
        arrays = [
            read_all(pairs, wanted, part / f"{k}.raw") for k, pairs in enumerate((train, val))
        ]
        if not len(arrays[0][1]):
            raise NetkitError(f"{train[0][0].parent}: none of its images could be read")
        write_set(part, *arrays, classes)
        sizes = [len(labels) for _, labels in arrays]
        del arrays
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


def read_all(pairs, wanted, path):
    """Return images (N, C, H, W), uint8, mapped from the file `path`, and labels; what cannot be
    read is left out.
    """
    labels, shape = [], (wanted.channels, *wanted.size)
    with ThreadPoolExecutor() as pool, open(path, "wb") as file:
        rest = iter(pairs)
        while some := list(islice(rest, 256)):
            for (_, label), image in zip(
                some, pool.map(lambda pair: sized(pair[0], wanted), some), strict=True
            ):
                if image is not None:
                    file.write(image.tobytes())
                    labels.append(label)
    empty = np.zeros((0, *shape), np.uint8)
    return np.memmap(
        path, np.uint8, "r", shape=(len(labels), *shape)
    ) if labels else empty, np.array(labels, np.int64)


def sized(path, wanted):
    """Return an image (C, H, W) of bytes in the size that is wanted; None, with a warning, if it
    cannot be read.
    """
    try:
        return fitted(read_image(path, wanted.channels), wanted)
    except NetkitError as error:
        log.warning("left out: %s", error)
        return None


def fitted(image, wanted):
    """Return an image (C, h, w) brought to the size that is wanted, in bytes."""
    from PIL import Image

    (height, width), (_, h, w) = wanted.size, image.shape
    pixels = np.clip(np.round(image), 0, 255).astype(np.uint8)
    if wanted.fit != "stretch":
        ratio = (min if wanted.fit == "pad" else max)(height / h, width / w)
        h, w = max(1, round(h * ratio)), max(1, round(w * ratio))
    else:
        h, w = height, width
    picture = Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0))
    if picture.size != (w, h):
        picture = picture.resize((w, h), Image.Resampling.BILINEAR, reducing_gap=3.0)
    pixels = np.asarray(picture)
    pixels = pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
    top, left = (h - height) // 2, (w - width) // 2  # below 0 where there is too little
    out = np.full((wanted.channels, height, width), wanted.fill, np.uint8)
    inner = pixels[:, max(0, top) : max(0, top) + height, max(0, left) : max(0, left) + width]
    y, x = max(0, -top), max(0, -left)
    out[:, y : y + inner.shape[1], x : x + inner.shape[2]] = inner
    return out
