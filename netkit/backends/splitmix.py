"""SplitMix64: random numbers from a key, never from a state, the same on every backend."""

from collections.abc import Iterable
from typing import Any

from netkit.types import Array, Shape

MASK = (1 << 64) - 1
GAMMA = 0x9E3779B97F4A7C15  # the step of the counter: 2**64 over the golden ratio
FIRST, SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB  # the multipliers of the finalizer


def uniform(xp: Any, shape: Shape, *key: int) -> Array:
    """Return numbers in [0, 1) of float64 that depend on `key` (whole numbers) alone.

    Steele, Lea & Flood 2014: the finalizer of `numbers`, of a counter that starts where the key
    says. Nothing has to be stored, so a resumed run repeats exactly.
    """
    size = 1
    for n in shape:
        size *= n
    return numbers(xp, xp.arange(1, size + 1, dtype=xp.uint64), *key).reshape(shape)


def uniform_by_image(xp: Any, count: int, images: int, first: int, *key: int) -> Array:
    """Return numbers in [0, 1) of float64, (count, images).

    Those of an image depend on `key` and on its number alone, `first` for the first of them: they
    are the same whatever images it is drawn with.
    """
    image = xp.arange(first, first + images, dtype=xp.uint64)
    number = xp.arange(1, count + 1, dtype=xp.uint64)
    return numbers(xp, image * xp.uint64(count) + number[:, None], *key)


def numbers(xp: Any, counter: Array, *key: int) -> Array:
    """Return the numbers in [0, 1) at places of the sequence that `key` chooses, uint64."""
    z = counter * xp.uint64(GAMMA) + xp.uint64(start_of(key))
    z = (z ^ (z >> xp.uint64(30))) * xp.uint64(FIRST)
    z = (z ^ (z >> xp.uint64(27))) * xp.uint64(SECOND)
    z = z ^ (z >> xp.uint64(31))
    return (z >> xp.uint64(11)).astype(xp.float64) * 2.0**-53


def start_of(key: Iterable[int]) -> int:
    """Return where the sequence of a key starts, a number of 64 bits."""
    start = 0
    for part in key:
        start = finalize(start ^ (int(part) & MASK))
    return start


def finalize(z: int) -> int:
    """Mix the bits of one Python integer, as `uniform` does those of an array."""
    z = (z + GAMMA) & MASK
    z = ((z ^ (z >> 30)) * FIRST) & MASK
    z = ((z ^ (z >> 27)) * SECOND) & MASK
    return z ^ (z >> 31)
