"""EMNIST: handwritten digits and letters, six ways to divide them, upright."""

import gzip
import zipfile
import zlib
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from netkit.checks import Count, Number
from netkit.dataset import Dataset
from netkit.errors import NetkitError
from netkit.files.arrays import Pair
from netkit.files.idx import read_matrix, read_packed
from netkit.plugins.datasets.published import published
from netkit.types import Array

Split: TypeAlias = Literal["balanced", "letters", "digits", "byclass", "bymerge", "mnist"]
DIGITS = "0123456789"
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MERGED = DIGITS + UPPER + "abdefghnqrt"  # the other small letters look like their large ones
CLASSES = {
    "balanced": MERGED,
    "bymerge": MERGED,
    "byclass": DIGITS + UPPER + UPPER.lower(),
    "letters": UPPER,  # large and small in one class, counted from 1
    "digits": DIGITS,
    "mnist": DIGITS,
}
ARCHIVES = "emnist-gzip.zip", "gzip.zip"


class Emnist(Dataset):
    """Handwritten digits and letters 28x28 (Cohen et al. 2017), turned upright.

    root: a folder with emnist-gzip.zip, or with what is in it. Without it, what `netkit data
    emnist` downloaded.  split: balanced (47 classes, 112,800 and 18,800), letters (26, 124,800 and
    20,800), digits (10, 240,000 and 40,000), byclass (62, 697,932 and 116,323), bymerge (47), mnist
    (10, 60,000 and 10,000).  train_size, val_size: how many of the first samples to take; all if
    null.
    """

    def __init__(
        self,
        root: str | Path | None = None,
        split: Split = "balanced",
        train_size: Count | None = None,
        *,
        val_size: Count | None = None,
        bias: Number = 0.0,
        coeff: Number = 0.01,
    ) -> None:
        def read(folder: Path) -> tuple[Pair, Pair, list[str]]:
            return read_emnist(folder, split)

        found = published(
            "emnist", root, read, train_size=train_size, val_size=val_size, choice=f"-{split}"
        )
        super().__init__(*found, bias, coeff)


def read_emnist(folder: Path, split: str) -> tuple[Pair, Pair, list[str]]:
    """Return the samples of a split to train on and to test on in a folder, and the classes."""
    first = 1 if split == "letters" else 0  # the label of the first class
    pairs = []
    for part in ("train", "test"):
        images = read_file(folder, f"emnist-{split}-{part}-images-idx3-ubyte.gz")
        labels = read_file(folder, f"emnist-{split}-{part}-labels-idx1-ubyte.gz")
        if images.ndim != 3 or labels.ndim != 1 or len(images) != len(labels):
            raise NetkitError(
                f"{folder}: images {images.shape} and labels {labels.shape} of {split} do not "
                "pair up: get them anew"
            )
        # Columns stand where rows should: MATLAB wrote them.
        pairs.append((images.swapaxes(1, 2)[:, None], labels.astype(np.int64) - first))
    return pairs[0], pairs[1], list(CLASSES[split])


def read_file(folder: Path, name: str) -> Array:
    """Return the array in a file of EMNIST's: in a folder, in its folder gzip, or in the archive.

    Files that were unpacked have no .gz.
    """
    for place in (folder, folder / "gzip"):
        for path in (place / name, place / name.removesuffix(".gz")):
            if path.is_file():
                return read_matrix(path)
    archive = next((folder / a for a in ARCHIVES if (folder / a).is_file()), None)
    if archive is None:
        raise NetkitError(
            f"root={folder}: neither {ARCHIVES[0]} nor {name} is there: netkit data emnist"
        )
    try:
        with zipfile.ZipFile(archive) as files:
            member = next((m for m in files.infolist() if Path(m.filename).name == name), None)
            if member is None:
                raise NetkitError(f"{archive}: holds no {name}: fetch it anew")
            with files.open(member) as packed, gzip.open(packed) as file:
                return read_packed(file, archive / name, member.file_size)
    except (zipfile.BadZipFile, EOFError, OSError, zlib.error, ValueError) as error:
        raise NetkitError(f"{archive}: damaged ({error}): fetch it anew") from None
