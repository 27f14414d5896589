"""Files of weights, arrays and pictures, each damaged by a random number generator, and read."""

import functools
import gzip
import io
import random
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from netkit.files.arrays import read_array
from netkit.files.idx import read_matrix, write_matrix
from netkit.files.images import decode_image, read_image
from netkit.files.mat5 import read_mat5
from netkit.files.tensors import read_tensors, write_tensors

PIXELS = np.random.default_rng(0).integers(0, 256, (24, 20, 3), np.uint8)
FLOATS = np.random.default_rng(0).normal(size=(6, 5)).astype("f4")
EXTREME = b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x80\0\0\0"


def weights_file(path: Path) -> None:
    """Write named arrays and a description."""
    meta = {"config": {"arch": {"layers": []}}, "shape": [1, 6, 5], "classes": ["0", "1"]}
    write_tensors(path, {"a.kernel": FLOATS, "a.bias": FLOATS[0]}, meta)


def picture(path: Path) -> None:
    """Write a small picture."""
    Image.fromarray(PIXELS).save(path)


def packed(path: Path) -> None:
    """Write a .npz of images that is compressed."""
    file = io.BytesIO()
    np.savez_compressed(file, images=np.zeros((9, 8, 8), "u1"), labels=np.arange(9))
    path.write_bytes(file.getvalue())


def matlab(path: Path) -> None:
    """Write images and labels as MATLAB does, compressed if the ending is .packed."""
    from scipy.io import savemat

    labels = np.arange(9.0)[:, None]
    images = np.zeros((4, 4, 3, 9), np.uint8) + PIXELS[:4, :4, :, None]
    savemat(path, {"X": images, "y": labels}, do_compression=path.suffix == ".packed")


def deep(path: Path) -> None:
    """Write a small picture of 16 bits."""
    Image.fromarray(PIXELS[:, :, 0].astype(np.uint16) * 200).save(path)


def read_train(path: Path) -> object:
    """Read an array and touch all of it."""
    return np.array(read_array(path, "train")).sum()


Kind = tuple[str, Callable[[Path], Any], Callable[[Path], object]]
KINDS: dict[str, Kind] = {  # the file's ending, what writes it, what reads it
    "safetensors": (".safetensors", weights_file, read_tensors),
    "npz": (".npz", weights_file, read_tensors),
    "packed": (".npz", packed, read_train),
    "npy": (".npy", lambda path: np.save(path, FLOATS), read_train),
    "idx": (".idx", lambda path: write_matrix(path, PIXELS, "idx"), read_matrix),
    "idx.gz": (".gz", lambda path: write_matrix(path, PIXELS, "idx"), read_matrix),
    "mat": (".mat", lambda path: write_matrix(path, FLOATS, "mat"), read_matrix),
    "mat5": (".mat5", matlab, lambda path: read_mat5(path, ("X", "y"))),
    "mat5 packed": (".packed", matlab, lambda path: read_mat5(path, ("X", "y"))),
    "png": (".png", picture, read_image),
    "png deep": (".png", deep, lambda path: decode_image(path, "auto")),
    "tiff deep": (".tif", deep, lambda path: decode_image(path, "auto")),
    "jpeg": (".jpg", picture, read_image),
    "gif": (".gif", picture, read_image),
    "bmp": (".bmp", picture, read_image),
    "ppm": (".ppm", picture, read_image),
    "tiff": (".tif", picture, read_image),
    "webp": (".webp", picture, read_image),
}


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Return bytes with one to five places of damage, most of them near the beginning or end."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 5)):
        where = rng.choice((len(out), min(len(out), 80), len(out)))
        at = rng.randrange(max(1, where))
        at = at if rng.random() < 0.7 else max(0, len(out) - 1 - at)
        length = rng.choice((1, 2, 4, 8, rng.randrange(1, 64)))
        new = rng.choice(
            (
                bytes([rng.randrange(256)]),
                rng.choice(EXTREME),
                rng.randbytes(length),
                out[at : at + length] * 2,
                b"",
                b"9" * length,
            )
        )
        out[at : at + rng.choice((0, 1, len(new), length))] = new
        if rng.random() < 0.05:
            del out[at:]
    return bytes(out)


@functools.cache
def whole(kind: str) -> bytes:
    """Return a file of a kind without damage."""
    ending, write, _ = KINDS[kind]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"whole{ending}")
        write(path)
        return path.read_bytes()


def repacked(data: bytes, rng: random.Random) -> bytes:
    """Return a .npz with one of its arrays damaged, or its name, in an archive that is whole."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        bad = rng.choice(old.namelist())
        for each in old.infolist():
            inside, name = old.read(each), each.filename
            if name == bad and rng.random() < 0.9:
                inside = mutated(inside, rng)
            elif name == bad:
                text = mutated(name.encode(), rng).decode("latin-1")
                name = text.partition("\0")[0] or "x"  # zipfile cuts there, and wants one
            new.writestr(name, inside, each.compress_type)
    return made.getvalue()


def damaged(kind: str, rng: random.Random, folder: Path) -> None:
    """Read a damaged file of a kind: the file itself, or what is packed inside it."""
    ending, _, read = KINDS[kind]
    data = whole(kind)
    if ending == ".gz" and rng.random() < 0.5:
        bad = gzip.compress(mutated(gzip.decompress(data), rng))
    elif ending == ".npz" and rng.random() < 0.5:
        bad = repacked(data, rng)
    else:
        bad = mutated(data, rng)
    path = folder / f"damaged{ending}"
    path.write_bytes(bad)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, of damaged files
        read(path)


FORMATS: dict[str, Callable[[random.Random, Path], None]] = {
    kind: functools.partial(damaged, kind) for kind in KINDS
}
