"""Published data sets: read once in the form of their authors, memory-mapped from then on."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from netkit.dataset import Dataset, Samples
from netkit.errors import NetkitError
from netkit.files.arrays import Pair, read_set, write_set
from netkit.files.compiled import stamp, whole_folder
from netkit.plugins.datasets.downloads import cached, folder_of
from netkit.plugins.datasets.mnist import first

Reader: TypeAlias = Callable[[Path], tuple[Pair, Pair, list[str]]]


def published(
    name: str,
    root: str | Path | None,
    read: Reader,
    *,
    train_size: int | None,
    val_size: int | None,
    choice: str = "",
) -> tuple[Samples, Samples, list[str]]:
    """Return the first samples to train on and to test on, memory-mapped, and the class names.

    root: a folder with the files as they are published, or a compiled set; null: what `netkit data
    NAME` downloaded.  read: what reads those files in a folder.  train_size, val_size: how many;
    all where that is null.  choice: which part of the files.
    """
    train, val, classes = whole_set(name, root, read, choice)
    source, remedy = root or name, f"take all {name} has, null"
    return (
        first(Samples(*train), train_size, "train_size", source=source, remedy=remedy),
        first(Samples(*val), val_size, "val_size", source=source, remedy=remedy),
        classes,
    )


def whole_set(
    name: str, root: str | Path | None, read: Reader, choice: str
) -> tuple[Pair, Pair, list[str]]:
    """Return (images, labels) to train on and to test on, and the class names: see `published`."""
    if root and (Path(root) / "set.json").is_file():
        return read_set(root)
    source = Path(root) if root else cached(name)
    if source is None:
        raise NetkitError(
            f"data={name} is not here: netkit data {name}, or root=DIR with its files"
        )
    if not source.is_dir():
        raise NetkitError(f"root={source}: there is no such folder: name the one of {name}'s files")
    arrays = arrays_of(name, source, choice) if root else source / f"arrays{choice}"
    if not (arrays / "set.json").is_file():
        train, val, classes = read(source)
        Dataset(train, val, classes)  # says what does not fit, before anything is kept
        with whole_folder(arrays) as part:
            write_set(part, train, val, classes=classes)
    return read_set(arrays)


def arrays_of(name: str, source: Path, choice: str) -> Path:
    """Return where the arrays of a user's own folder are kept: other files, another place."""
    files = [(p.name, *stamp(p)) for p in sorted(source.iterdir())]
    text = json.dumps([str(source.resolve()), choice, files])
    return folder_of("published") / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
