"""CIFAR-10 in its binary version: records of a label and 32x32 pixels, red, green and blue."""

import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from netkit.checks import Count, Number
from netkit.dataset import Dataset
from netkit.errors import NetkitError
from netkit.files.arrays import Pair
from netkit.plugins.datasets.published import published
from netkit.types import Array

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
SHAPE = 3, 32, 32
RECORD = 1 + 3 * 32 * 32  # bytes
MOST = 10_000 * RECORD  # bytes of a published file; a longer one is another
TRAIN = [f"data_batch_{k}.bin" for k in range(1, 6)]
TEST = "test_batch.bin"
ARCHIVE = "cifar-10-binary.tar.gz"


class Cifar10(Dataset):
    """Photographs 32x32 in colour of ten kinds of things (Krizhevsky 2009): 50,000 and 10,000.

    root: a folder with cifar-10-binary.tar.gz, or with what is in it. Without it, what `netkit data
    cifar10` downloaded.  train_size, val_size: how many of the first samples to take; all if null.
    bias, coeff: if not given, so that pixels have mean 0 and deviation 1 over the training set.
    """

    def __init__(
        self,
        root: str | Path | None = None,
        train_size: Count | None = None,
        val_size: Count | None = None,
        *,
        bias: Number = -120.7,
        coeff: Number = 0.0156,
    ) -> None:
        found = published("cifar10", root, read_cifar10, train_size=train_size, val_size=val_size)
        super().__init__(*found, bias, coeff)


def read_cifar10(folder: Path) -> tuple[Pair, Pair, list[str]]:
    """Return the samples to train on and to test on in a folder, and the classes."""
    found = dict(files_of(folder))
    missing = [name for name in (*TRAIN, TEST) if name not in found]
    if missing:
        raise NetkitError(
            f"root={folder}: no {missing[0]} there, nor in {ARCHIVE}: netkit data cifar10, or "
            "unpack CIFAR-10's binary version"
        )
    train = np.concatenate([found[name] for name in TRAIN])
    return parted(train), parted(found[TEST]), list(CLASSES)


def files_of(folder: Path) -> Iterator[tuple[str, Array]]:
    """Yield (name, records (N, RECORD)) of the files of CIFAR-10 in a folder, or in its archive."""
    for place in (folder, folder / "cifar-10-batches-bin"):
        if (place / TEST).is_file():
            for name in (*TRAIN, TEST):
                if (place / name).is_file():
                    size = (place / name).stat().st_size
                    yield name, records(place / name, size, (place / name).read_bytes)
            return
    if not (folder / ARCHIVE).is_file():
        return
    try:
        with tarfile.open(folder / ARCHIVE, "r|gz") as archive:
            for member in archive:
                name = Path(member.name).name
                content = archive.extractfile(member) if name in (*TRAIN, TEST) else None
                if content:
                    yield name, records(folder / ARCHIVE / name, member.size, content.read)
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise NetkitError(f"{folder / ARCHIVE}: damaged ({error}): fetch it anew") from None


def records(path: Path, size: int, read: Callable[[], bytes]) -> Array:
    """Return what `read` returns of a file of `size` bytes, as records (N, RECORD)."""
    if not size or size % RECORD or size > MOST:
        raise NetkitError(
            f"{path}: {size:,} bytes, where CIFAR-10 has records of {RECORD:,}, 10,000 at most: "
            "fetch it anew"
        )
    data = np.frombuffer(read(), np.uint8)
    if len(data) != size:
        raise NetkitError(f"{path}: {len(data):,} of {size:,} bytes: fetch it anew")
    return data.reshape(-1, RECORD)


def parted(data: Array) -> Pair:
    """Return the images (N, 3, 32, 32) and the labels (N,) of records."""
    return data[:, 1:].reshape(-1, *SHAPE), data[:, 0].astype(np.int64)
