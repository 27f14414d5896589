"""Samples in files: arrays of .npy, .npz, idx and EBLearn's .mat, and a set that `netkit data
compile` wrote.
"""

import json
import zipfile
from pathlib import Path

import numpy as np

from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.files.idx import read_matrix, read_names

NAMES = {  # what arrays are called in .npz files, ours first
    "train": ("images", "train_images", "x_train", "X_train", "x", "X", "data", "arr_0"),
    "train_labels": ("labels", "train_labels", "y_train", "Y_train", "y", "Y", "targets", "arr_1"),
    "val": (
        "images",
        "val_images",
        "test_images",
        "x_test",
        "X_test",
        "x_val",
        "x",
        "X",
        "data",
        "arr_0",
    ),
    "val_labels": (
        "labels",
        "val_labels",
        "test_labels",
        "y_test",
        "Y_test",
        "y_val",
        "y",
        "Y",
        "targets",
        "arr_1",
    ),
}


def read_array(path, what):
    """Return the array in a file; `what` (train, train_labels, ...) says which of a .npz, and
    stands in errors.

    .npy files are memory-mapped. Raises NetkitError.
    """
    path = Path(path)
    if not path.is_file() and path.with_name(path.name + ".gz").is_file():
        path = path.with_name(path.name + ".gz")
    if not path.is_file():
        raise NetkitError(f"{what}={path}: there is no such file")
    try:
        if path.suffix == ".npy":
            return np.load(path, mmap_mode="r", allow_pickle=False)
        if path.suffix == ".npz":
            return from_npz(path, what)
    except (ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise NetkitError(
            f"{what}={path}: cannot be read as {path.suffix} ({error}): save plain numbers"
        ) from None
    return read_matrix(path)


def from_npz(path, what):
    with np.load(path, allow_pickle=False) as file:
        for name in NAMES[what]:
            if name in file.files:
                return file[name]
        raise NetkitError(
            f"{what}={path}: holds {', '.join(file.files)}: name the array {' or '.join(NAMES[what][:3])}"
        )


def read_images(path, what):
    """Return images (N, C, H, W); (N, H, W) have one channel, and (N, F), rows of features, are F
    maps of 1x1.
    """
    a = read_array(path, what)
    if a.ndim == 4 and a.shape[1] not in (1, 3) and a.shape[3] in (1, 3):
        a = a.transpose(0, 3, 1, 2)  # (N, H, W, C), as most others have it
    if a.ndim not in (2, 3, 4) or a.dtype.kind not in "uifb" or not a.size:
        raise NetkitError(
            f"{what}={path}: {a.dtype} {a.shape} are no images: give numbers (N, H, W), (N, C, H, W) or (N, features)"
        )
    return a[:, None] if a.ndim == 3 else a[:, :, None, None] if a.ndim == 2 else a


def read_labels(path, what):
    """Return labels (N,), whole numbers that count classes from 0."""
    a = read_array(path, what)
    a = a.reshape(len(a)) if a.size == len(a) else a
    if a.ndim != 1 or a.dtype.kind not in "uifb" or (np.asarray(a) % 1).any():
        raise NetkitError(
            f"{what}={path}: {a.dtype} {a.shape} are no classes: give one whole number a sample, from 0"
        )
    return np.asarray(a).astype(np.int64)


def read_classes(source):
    """Return class names: a list as it is, of a text file a line each, of EBLearn's matrix of
    bytes.
    """
    if isinstance(source, (list, tuple)):
        return [str(name) for name in source]
    path = Path(source)
    if not path.is_file():
        raise NetkitError(
            f"train_classes={path}: there is no such file: give one, or a list of names"
        )
    if path.suffix in (".txt", ".names"):
        return path.read_text(encoding="utf-8").split("\n")[
            : -1 if path.read_text().endswith("\n") else None
        ]
    return read_names(path)


# ---- a compiled set: a folder with four arrays and set.json ----


def read_set(folder):
    """Return (images, labels) to train on and to test on, memory-mapped, and the class names of a
    compiled set.
    """
    folder = Path(folder)
    try:
        about = json.loads((folder / "set.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NetkitError(
            f"root={folder}: no set.json there: name a folder that netkit data compile wrote"
        ) from None
    except json.JSONDecodeError as error:
        raise NetkitError(f"{folder}/set.json: damaged ({error}): compile the set anew") from None
    pairs = [
        tuple(read_array(folder / f"{part}_{kind}.npy", part) for kind in ("images", "labels"))
        for part in ("train", "val")
    ]
    return *pairs, about["classes"]


def write_set(folder, train, val, classes):
    """Write (images, labels) to train on and to test on, and the class names, as a compiled set."""
    folder = Path(folder)
    for part, (images, labels) in (("train", train), ("val", val)):
        save_array(folder / f"{part}_images.npy", images)
        save_array(folder / f"{part}_labels.npy", np.asarray(labels, np.int64))
    write_beside(folder / "set.json", json.dumps({"classes": list(classes)}, indent=1).encode())


def save_array(path, array):
    """Save an array, in parts, so that one that is larger than the memory can be copied."""
    out = np.lib.format.open_memmap(path, "w+", array.dtype, array.shape)
    for at in range(0, len(array), 1024):
        out[at : at + 1024] = array[at : at + 1024]
    out.flush()
