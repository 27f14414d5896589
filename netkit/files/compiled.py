"""Compiled sets: a folder's images brought to one size, in arrays that are memory-mapped."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.files.arrays import Pair, write_set
from netkit.files.folders import FolderSettings, Pairs, listed
from netkit.files.reader import Reader

FORMAT = 3  # of compiled sets in the cache: another number makes them anew


def compiled(root: str | Path, settings: FolderSettings, cache: str | Path) -> Path:
    """Return the folder of the compiled set of a folder of images, made in `cache` if not there.

    It is made anew when a file of `root` has another name, size or date, and for other settings.
    """
    root = Path(root).resolve()
    classes, train, val = listed(root, settings)
    start = len(str(root)) + 1
    files = [(str(p)[start:], *stamp(p)) for p, _ in (*train, *val)]
    text = json.dumps([FORMAT, str(root), settings.values(), files])
    folder = Path(cache) / f"{root.name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    if not (folder / "set.json").is_file():
        write(folder, root, classes, train=train, val=val, settings=settings)
    return folder


def stamp(path: Path) -> tuple[int, int]:
    """Return the size of a file, and when it was changed last, in nanoseconds; 0 if it is gone."""
    try:
        about = path.stat()
    except OSError:  # it vanished since it was listed: reading it will say so
        return 0, 0
    return about.st_size, about.st_mtime_ns


def compile_folder(
    root: str | Path, out: str | Path, settings: FolderSettings
) -> tuple[int, int, int]:
    """Compile the images in `root` to the folder `out`.

    Returns how many images there are to train on, how many to test on, and how many classes.
    """
    if Path(out).exists():
        raise NetkitError(f"{out}: is there already: name a new folder")
    root = Path(root).resolve()
    classes, train, val = listed(root, settings)
    counts = write(Path(out), root, classes, train=train, val=val, settings=settings)
    return *counts, len(classes)


def write(
    folder: Path,
    root: Path,
    classes: list[str],
    *,
    train: Pairs,
    val: Pairs,
    settings: FolderSettings,
) -> tuple[int, int]:
    """Write a compiled set, whole or not at all.

    root: where the images are.  Returns how many there are to train on and to test on.
    """
    with whole_folder(folder) as part:
        reader = Reader(root, settings)
        pairs = [reader.read(some, part / f"{k}.raw") for k, some in enumerate((train, val))]
        check_classes(root, classes, pairs[0])
        if settings.channels == "auto" and not reader.coloured:
            pairs = [(images[:, :1], labels) for images, labels in pairs]
        sizes = len(pairs[0][1]), len(pairs[1][1])
        names = json.dumps(dict(zip(("train", "val"), reader.files, strict=True)))
        write_beside(part / "files.json", names.encode(errors="surrogatepass"))
        fitting = {"fit": settings.fit, "fill": settings.fill}
        about = {"found": reader.found()._asdict(), "fitting": fitting}
        write_set(part, pairs[0], pairs[1], classes=classes, about=about)
        del pairs  # their files are still mapped
        for raw in part.glob("*.raw"):
            raw.unlink()
    return sizes


def check_classes(root: Path, classes: list[str], train: Pair) -> None:
    """Raise NetkitError if a class has no image left to train on."""
    for label, number in enumerate(np.bincount(train[1], minlength=len(classes))):
        if not number:
            raise NetkitError(
                f"class {classes[label]} in {root}: none of its images to train on could be read: "
                "see the log for why, and repair or remove them"
            )


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Yield a new folder to write into; it becomes `folder` at the end, or is removed.

    Where another process has made `folder` meanwhile, its work stands.
    """
    part = folder.with_name(f".{folder.name}.part{os.getpid()}")
    try:
        part.mkdir(parents=True)
        yield part
        try:
            os.replace(part, folder)
        except OSError:
            if not (folder / "set.json").is_file():
                raise
    except OSError as error:
        raise NetkitError(
            f"{folder}: cannot be written ({error.strerror}): choose another folder"
        ) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
