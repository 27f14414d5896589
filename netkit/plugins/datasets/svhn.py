"""SVHN, house numbers: the cropped digits, in MATLAB's files as they are published."""

from pathlib import Path

import numpy as np

from netkit.checks import Count, Number
from netkit.dataset import Dataset
from netkit.errors import NetkitError
from netkit.files.arrays import Pair
from netkit.files.mat5 import read_mat5
from netkit.plugins.datasets.published import published

TRAIN, TEST = "train_32x32.mat", "test_32x32.mat"


class Svhn(Dataset):
    """Digits of house numbers 32x32 in colour (Netzer et al. 2011): 73,257 and 26,032.

    root: a folder with train_32x32.mat and test_32x32.mat. Without it, what `netkit data svhn`
    downloaded.  train_size, val_size: how many of the first samples to take; all if null.  bias,
    coeff: if not given, so that pixels have mean 0 and deviation 1 over the training set.
    """

    def __init__(
        self,
        root: str | Path | None = None,
        train_size: Count | None = None,
        val_size: Count | None = None,
        *,
        bias: Number = -115.1,
        coeff: Number = 0.0197,
    ) -> None:
        found = published("svhn", root, read_svhn, train_size=train_size, val_size=val_size)
        super().__init__(*found, bias, coeff)


def read_svhn(folder: Path) -> tuple[Pair, Pair, list[str]]:
    """Return the samples to train on and to test on in a folder, and the classes."""
    for name in (TRAIN, TEST):
        if not (folder / name).is_file():
            raise NetkitError(f"root={folder}: no {name} there: netkit data svhn")
    return read_pair(folder / TRAIN), read_pair(folder / TEST), list("0123456789")


def read_pair(path: Path) -> Pair:
    """Return the images (N, 3, H, W) and the labels (N,) of a file: X (H, W, 3, N) and y (N, 1).

    The digit 0 has the label 10 there.
    """
    found = read_mat5(path, ("X", "y"))
    images, labels = found["X"], found["y"].reshape(-1)
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[2:] != (3, len(labels)):
        raise NetkitError(
            f"{path}: X is {images.dtype} {images.shape} and y has {len(labels):,} numbers: "
            "bytes (H, W, 3, N) and N labels are SVHN's: fetch it anew"
        )
    return images.transpose(3, 2, 0, 1), np.where(labels == 10, 0, labels).astype(np.int64)
