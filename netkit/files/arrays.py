"""Samples in files: arrays of .npy, .npz, idx and EBLearn's .mat, and compiled sets."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.files.documents import parse_json
from netkit.files.idx import read_matrix, read_names
from netkit.files.npy import map_npy, read_npz
from netkit.files.text import printable
from netkit.types import Array

IMAGES = "x", "X", "data", "arr_0"
LABELS = "y", "Y", "targets", "arr_1"
NAMES = {  # what arrays are called in .npz files, ours first
    "train": ("images", "train_images", "x_train", "X_train", *IMAGES),
    "train_labels": ("labels", "train_labels", "y_train", "Y_train", *LABELS),
    "val": ("images", "val_images", "test_images", "x_test", "X_test", "x_val", *IMAGES),
    "val_labels": ("labels", "val_labels", "test_labels", "y_test", "Y_test", "y_val", *LABELS),
}
BLOCK = 1 << 24  # bytes that are looked through at a time
Pair: TypeAlias = tuple[Array, Array]  # images, labels


def read_array(path: str | Path, what: str) -> Array:
    """Return the array in a file; .npy files are memory-mapped.

    what: train, train_labels, val or val_labels: which array of a .npz file, and the name in
    errors.  Raises NetkitError.
    """
    path = Path(path)
    if not path.is_file() and path.with_name(path.name + ".gz").is_file():
        path = path.with_name(path.name + ".gz")
    if not path.is_file():
        raise NetkitError(f"{what}={path}: there is no such file")
    try:
        if path.suffix == ".npy":
            return map_npy(path)
        if path.suffix == ".npz":
            return from_npz(path, what)
    except NetkitError as error:
        raise NetkitError(f"{what}={error}") from None
    return read_matrix(path)


def from_npz(path: Path, what: str) -> Array:
    """Return the array of a .npz file that is called as one of NAMES[what]."""
    (array,) = read_npz(path, NAMES[what]).values()
    return array


def read_images(path: str | Path, what: str) -> Array:
    """Return the images (N, C, H, W) in a file; see read_array for `what`.

    (N, H, W) have one channel; (N, F), rows of features, are F maps of 1x1.
    """
    a = read_array(path, what)
    if a.ndim == 4 and a.shape[1] not in (1, 3) and a.shape[3] in (1, 3):
        a = a.transpose(0, 3, 1, 2)  # (N, H, W, C), as most others have it
    if a.ndim not in (2, 3, 4) or a.dtype.kind not in "uifb" or not a.size:
        raise NetkitError(
            f"{what}={path}: {a.dtype} {a.shape} are no images: "
            "give numbers (N, H, W), (N, C, H, W) or (N, features)"
        )
    check_finite(a, f"{what}={path}")
    if a.ndim == 2:
        return a[:, :, None, None]
    return a[:, None] if a.ndim == 3 else a


def check_finite(images: Array, where: str) -> None:
    """Raise NetkitError for the first of images (N, ...) with a pixel that is no number.

    A part of them is read at a time: they may be larger than the memory.
    """
    if images.dtype.kind != "f":
        return
    step = max(1, BLOCK // max(1, images[:1].nbytes))
    for at in range(0, len(images), step):
        part = np.asarray(images[at : at + step])
        if np.isfinite(part).all():
            continue
        number, *pixel = np.argwhere(~np.isfinite(part))[0].tolist()
        value = part[(number, *pixel)]
        raise NetkitError(
            f"{where}: image {at + number} has {value} at {pixel}: repair it, or leave it out"
        )


def read_labels(path: str | Path, what: str) -> Array:
    """Return the labels (N,) in a file, int64, that count classes from 0."""
    a = read_array(path, what)
    a = a.reshape(len(a)) if a.size == len(a) else a
    if a.ndim != 1 or a.dtype.kind not in "uifb" or (np.asarray(a) % 1).any():
        raise NetkitError(
            f"{what}={path}: {a.dtype} {a.shape} are no classes: "
            "give one whole number a sample, from 0"
        )
    return np.asarray(a).astype(np.int64)


def read_classes(source: str | Path | Sequence[str], what: str = "train_classes") -> list[str]:
    """Return class names: a list as it is, a text file's lines, or EBLearn's matrix of bytes.

    what: the variable that names them, for errors.
    """
    names = class_names(source, what)
    twice = next((name for k, name in enumerate(names) if name in names[:k]), None)
    if twice is not None:
        raise NetkitError(
            f"{what}: {printable(twice)!r} stands there twice, as number "
            f"{names.index(twice)} and {names.index(twice, names.index(twice) + 1)}: give every "
            "class a name of its own"
        )
    return names


def class_names(source: str | Path | Sequence[str], what: str) -> list[str]:
    """Return names as `read_classes` does, whatever they are."""
    if not isinstance(source, (str, Path)):
        return [str(name) for name in source]
    path = Path(source)
    if not path.is_file():
        raise NetkitError(f"{what}={path}: there is no such file: give one, or a list of names")
    if path.suffix in (".txt", ".names"):
        try:
            return [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
        except UnicodeDecodeError as error:
            raise NetkitError(f"{what}={path}: no UTF-8 ({error}): save it as that") from None
    return read_names(path)


# ---- a compiled set: a folder with four arrays and set.json ----


def read_set(folder: str | Path) -> tuple[Pair, Pair, list[str]]:
    """Return a compiled set: (images, labels) to train on and to test on, and the class names.

    The arrays are memory-mapped.  Raises NetkitError.
    """
    folder = Path(folder)
    classes = read_about(folder)["classes"]
    train, val = (
        (
            read_array(folder / f"{part}_images.npy", part),
            read_array(folder / f"{part}_labels.npy", part),
        )
        for part in ("train", "val")
    )
    return train, val, list(classes)


def read_about(folder: Path) -> dict[str, Any]:
    """Return what set.json says of a compiled set: its classes at least."""
    try:
        about = json.loads((folder / "set.json").read_text(encoding="utf-8"))
        if not isinstance(about, dict) or not isinstance(about.get("classes"), list):
            raise ValueError("it names no classes")
    except FileNotFoundError:
        raise NetkitError(
            f"root={folder}: no set.json there: name a folder that netkit data compile wrote"
        ) from None
    except ValueError as error:  # JSON's and UTF-8's too
        raise NetkitError(f"{folder}/set.json: damaged ({error}): compile the set anew") from None
    return about


def read_names_of_files(folder: Path, part: str) -> list[str]:
    """Return the files that the samples of "train" or "val" of a compiled set were made of.

    An empty list where nobody says it, as in sets that an older netkit compiled.
    """
    path = folder / "files.json"
    if not path.is_file():
        return []
    said = parse_json(path.read_bytes(), str(path))
    files = said.get(part) if isinstance(said, dict) else None
    if not isinstance(files, list) or not all(isinstance(name, str) for name in files):
        raise NetkitError(f"{path}: names no files of {part}: compile the set anew")
    return files


def write_set(
    folder: str | Path,
    train: Pair,
    val: Pair,
    *,
    classes: Sequence[str],
    about: Mapping[str, Any] | None = None,
) -> None:
    """Write (images, labels) to train on and to test on, and the class names, as a compiled set.

    about: what set.json says beside the classes.
    """
    folder = Path(folder)
    for part, (images, labels) in (("train", train), ("val", val)):
        save_array(folder / f"{part}_images.npy", images)
        save_array(folder / f"{part}_labels.npy", np.asarray(labels, np.int64))
    said = {"classes": list(classes), **(about or {})}
    write_beside(folder / "set.json", json.dumps(said, indent=1).encode())


def save_array(path: Path, array: Array) -> None:
    """Save an array as .npy, in parts, so that one larger than the memory can be copied."""
    about = np.lib.format.header_data_from_array_1_0(array[:0])
    about["shape"], about["fortran_order"] = array.shape, False
    with open(path, "wb") as file:
        np.lib.format.write_array_header_1_0(file, about)
        for at in range(0, len(array), 1024):
            file.write(np.ascontiguousarray(array[at : at + 1024]).data)
