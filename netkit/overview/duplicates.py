"""Samples to test on that a net is trained on as well, pixel for pixel."""

from collections.abc import Iterator

import numpy as np

from netkit.dataset import Samples
from netkit.types import Array

MOST = 1_000_000_000  # bytes: larger sets are not looked through, which would take seconds
BLOCK = 1 << 22  # bytes hashed at a time


def duplicates(train: Samples, val: Samples) -> list[tuple[int, int]] | None:
    """Return (val, train), the numbers of samples with the same pixels: one for each of val.

    None where the set is too large to look for them.
    """
    if train.images.nbytes + val.images.nbytes > MOST:
        return None
    places: dict[int, list[int]] = {}
    for k, digest in enumerate(digests(val.images)):
        places.setdefault(digest, []).append(k)
    found: dict[int, int] = {}
    for n, digest in enumerate(digests(train.images)):
        for k in places.get(digest, ()):
            if k not in found and np.array_equal(val.images[k], train.images[n]):
                found[k] = n
    return sorted(found.items())


def digests(images: Array) -> Iterator[int]:
    """Yield a hash of the pixels of each image (N, ...), equal for equal pixels in one process."""
    size = int(np.prod(images.shape[1:])) * images.dtype.itemsize
    step = max(1, BLOCK // max(1, size))
    for at in range(0, len(images), step):
        data = np.ascontiguousarray(images[at : at + step]).tobytes()
        for k in range(0, len(data), size):
            yield hash(data[k : k + size])
