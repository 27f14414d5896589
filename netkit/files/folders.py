"""Folders of class folders of images, as one set of arrays of one size, compiled once and memory-mapped."""

import hashlib
import json
import logging
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from netkit.errors import NetkitError
from netkit.files.arrays import write_set
from netkit.files.images import ENDINGS, read_image

log = logging.getLogger("netkit")
FITS = "pad", "crop", "stretch"
VAL = "val", "valid", "validation", "test"


class Wanted(NamedTuple):
    """How images are brought to one size and shared out.

    size: [height, width].  channels: 1 (grey) or 3.  fit: pad keeps an image whole and fills up with `fill`; crop
    fills the size and cuts off what is over; stretch does neither.  val_share: how much of each class is to test on,
    where the folder is not divided.  per_class: most images of a class.  balance: as many of each class to train on
    as the smallest has.  seed: which images are taken.
    """

    size: tuple = (32, 32)
    channels: int = 1
    fit: str = "pad"
    fill: int = 0
    val_share: float = 0.2
    per_class: int | None = None
    balance: bool = False
    seed: int = 0

    def checked(self):
        """Return self, or say which value is wrong."""
        size = (self.size, self.size) if isinstance(self.size, int) else tuple(self.size)
        whole = all(isinstance(n, int) and not isinstance(n, bool) and 1 <= n <= 4096 for n in size)
        wrong = {
            "size": not whole or len(size) != 2,
            "channels": self.channels not in (1, 3),
            "fit": self.fit not in FITS,
            "fill": not isinstance(self.fill, int) or not 0 <= self.fill <= 255,
            "val_share": not isinstance(self.val_share, (int, float)) or not 0 <= self.val_share < 1,
            "per_class": self.per_class is not None and (not isinstance(self.per_class, int) or self.per_class < 1),
        }
        say = {
            "size": "give the height and width of all images, one number or [height, width], from 1 to 4096",
            "channels": "there are 1, grey, and 3, colour", "fit": f"there are {', '.join(FITS)}",
            "fill": "give a grey from 0 to 255", "val_share": "give a share from 0 to below 1",
            "per_class": "give a whole number from 1, or null for all",
        }  # fmt: skip
        for name in (name for name in wrong if wrong[name]):
            raise NetkitError(f"{name}={getattr(self, name)}: {say[name]}")
        return self._replace(size=size)


def compiled(root, wanted, cache):
    """Return the folder of the compiled set for images in `root`, made in `cache` if it is not there.

    It is made anew when a file of `root` has another name, size or date, and when something else is wanted.
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
    """Compile the images in `root` to the folder `out`; return how many there are to train on, to test on, classes."""
    if Path(out).exists():
        raise NetkitError(f"{out}: is there already: name a new folder")
    wanted = wanted.checked()
    classes, train, val = listed(Path(root), wanted)
    return (*write(Path(out), classes, train, val, wanted), len(classes))


def listed(root, wanted):
    """Return class names and [(path, label), ...] to train on and to test on, in an order drawn from the seed."""
    if not root.is_dir():
        raise NetkitError(f"root={root}: there is no such folder: it holds a folder of images for each class")
    test = next((root / name for name in VAL if (root / name).is_dir()), None)
    divided = (root / "train").is_dir() and test is not None
    found = by_class(root / "train" if divided else root)
    classes, rng = list(found), np.random.default_rng(wanted.seed)
    kept = [limited(found[name], wanted.per_class, rng) for name in classes]
    if divided:
        others = by_class(test)
        if set(others) - set(classes):
            raise NetkitError(f"{test}: class {min(set(others) - set(classes))} is not in {root / 'train'}: move it")
        val = [limited(others.get(name, []), wanted.per_class, rng) for name in classes]
    else:
        counts = [max(1, round(wanted.val_share * len(paths))) if wanted.val_share else 0 for paths in kept]
        val = [paths[:n] for paths, n in zip(kept, counts, strict=True)]
        kept = [paths[n:] for paths, n in zip(kept, counts, strict=True)]
    for name, paths in zip(classes, kept, strict=True):
        if not paths:
            raise NetkitError(f"class {name} in {root}: no image is left to train on: bring more, or val_share=0")
    if wanted.balance:
        kept = [paths[: min(map(len, kept))] for paths in kept]
    return classes, mixed(kept, rng), mixed(val, rng)


def by_class(root):
    """Return {class: sorted paths} of the folders in `root` that hold images."""
    found = {}
    for folder in sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")):
        paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in ENDINGS and p.is_file())
        if paths:
            found[folder.name] = paths
        else:
            log.warning("%s: no images in it: left out", folder)
    if not found:
        raise NetkitError(f"root={root}: holds no folders of images: make one folder a class")
    return found


def limited(paths, most, rng):
    """Return the paths in random order, at most so many."""
    return [paths[k] for k in rng.permutation(len(paths))[:most]]


def mixed(lists, rng):
    """Return [(path, label), ...] of all classes in random order."""
    pairs = [(path, label) for label, paths in enumerate(lists) for path in paths]
    return [pairs[k] for k in rng.permutation(len(pairs))]


def write(folder, classes, train, val, wanted):
    """Write a compiled set, whole or not at all; return how many images there are to train on and to test on."""
    part = folder.with_name(f".{folder.name}.part{os.getpid()}")
    try:
        part.mkdir(parents=True)
        arrays = [read_all(pairs, wanted, part / f"{k}.raw") for k, pairs in enumerate((train, val))]
        if not len(arrays[0][1]):
            raise NetkitError(f"{train[0][0].parent}: none of its images could be read")
        write_set(part, *arrays, classes)
        sizes = [len(labels) for _, labels in arrays]
        del arrays
        for raw in part.glob("*.raw"):
            raw.unlink()
        os.replace(part, folder)
    except OSError as error:
        raise NetkitError(f"{folder}: cannot be written ({error.strerror}): choose another folder") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return sizes


def read_all(pairs, wanted, path):
    """Return images (N, C, H, W), uint8, mapped from the file `path`, and labels; what cannot be read is left out."""
    labels, shape = [], (wanted.channels, *wanted.size)
    with ThreadPoolExecutor() as pool, open(path, "wb") as file:
        rest = iter(pairs)
        while some := list(islice(rest, 256)):
            for (_, label), image in zip(some, pool.map(lambda pair: sized(pair[0], wanted), some), strict=True):
                if image is not None:
                    file.write(image.tobytes())
                    labels.append(label)
    empty = np.zeros((0, *shape), np.uint8)
    return np.memmap(path, np.uint8, "r", shape=(len(labels), *shape)) if labels else empty, np.array(labels, np.int64)


def sized(path, wanted):
    """Return an image (C, H, W) of bytes in the size that is wanted; None, with a warning, if it cannot be read."""
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
