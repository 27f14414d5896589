"""Images that are nearly the same: pairs whose pixels go up and down together."""

from typing import NamedTuple

import numpy as np

from netkit.types import Array

BLOCK = 1 << 24  # products that are in memory at a time
SMALL = 16  # pixels a side of what is compared first
SLACK = 0.02  # by how much the first look may be below the likeness asked for


class Pair(NamedTuple):
    """Two images, by number, the first the lower, and how alike they are, 0..1."""

    first: int
    second: int
    likeness: float


def twins(images: Array, least: float = 0.98, most: int = 1000) -> list[Pair]:
    """Return the pairs of images (N, C, H, W) that are alike, the most alike first.

    Likeness is the correlation of their pixels: 1 where one is the other made lighter or given more
    contrast. Images of one value are like nothing.  least: of a pair.  most: pairs.  All pairs are
    compared at 16x16 pixels first, a matrix product, and at their own size where that is near.
    """
    small = centred(shrunk(images)).astype(np.float32)
    found: list[tuple[int, int]] = []
    size = max(1, BLOCK // max(1, len(images)))
    for at in range(0, len(images), size):
        alike = small[at : at + size] @ small[at:].T
        rows, columns = np.nonzero(alike >= least - SLACK)
        some = columns > rows
        found += zip((rows[some] + at).tolist(), (columns[some] + at).tolist(), strict=True)
    pairs = [pair for pair in compared(images, found) if pair.likeness >= least]
    return sorted(pairs, key=lambda pair: (-pair.likeness, pair.first, pair.second))[:most]


def compared(images: Array, pairs: list[tuple[int, int]]) -> list[Pair]:
    """Return pairs with their likeness at full size."""
    made = []
    for at in range(0, len(pairs), 1024):
        ends = np.array(pairs[at : at + 1024])
        a, b = (centred(np.asarray(images[ends[:, k]])) for k in (0, 1))
        alike = (a * b).sum(1).tolist()
        made += [Pair(one, other, c) for (one, other), c in zip(ends.tolist(), alike, strict=True)]
    return made


def centred(images: Array) -> Array:
    """Return images as rows (N, D) of mean 0 and length 1; zeros where all pixels are the same."""
    rows = images.reshape(len(images), -1).astype(np.float64)
    rows = rows - rows.mean(1, keepdims=True)
    length = np.sqrt((rows**2).sum(1, keepdims=True))
    return np.divide(rows, length, out=np.zeros_like(rows), where=length > 1e-9)


def shrunk(images: Array) -> Array:
    """Return images (N, C, H, W) with at most 16x16 pixels, each the mean of a block."""
    rows, columns = (edges(n) for n in images.shape[2:])
    made = []
    for at in range(0, len(images), 4096):
        part = np.asarray(images[at : at + 4096]).astype(np.float32)
        part = np.add.reduceat(np.add.reduceat(part, rows, axis=2), columns, axis=3)
        high, wide = (
            np.diff([*e, n]) for e, n in zip((rows, columns), images.shape[2:], strict=True)
        )
        made.append(part / (high[:, None] * wide))
    return np.concatenate(made)


def edges(length: int) -> Array:
    """Return where the blocks along an axis begin."""
    return np.arange(min(SMALL, length)) * length // min(SMALL, length)
