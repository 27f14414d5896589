"""SplitMix64: random numbers from a key, never from a state, the same on every backend."""

from typing import Any

from netkit.types import Array, Shape

MASK = (1 << 64) - 1
GAMMA = 0x9E3779B97F4A7C15  # the step of the counter: 2**64 over the golden ratio
FIRST, SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB  # the multipliers of the finalizer


def uniform(xp: Any, shape: Shape, *key: int) -> Array:
    """Return numbers in [0, 1) of float64 that depend on `key` (whole numbers) alone.

    Steele, Lea & Flood 2014: the finalizer below, of a counter that starts where the key says.
    Nothing has to be stored, so a resumed run repeats exactly.
    """
    start = 0
    for part in key:
        start = finalize(start ^ (int(part) & MASK))
    size = 1
    for n in shape:
        size *= n
    z = xp.arange(1, size + 1, dtype=xp.uint64) * xp.uint64(GAMMA) + xp.uint64(start)
    z = (z ^ (z >> xp.uint64(30))) * xp.uint64(FIRST)
    z = (z ^ (z >> xp.uint64(27))) * xp.uint64(SECOND)
    z = z ^ (z >> xp.uint64(31))
    return ((z >> xp.uint64(11)).astype(xp.float64) * 2.0**-53).reshape(shape)


def finalize(z: int) -> int:
    """Mix the bits of one Python integer, as `uniform` does those of an array."""
    z = (z + GAMMA) & MASK
    z = ((z ^ (z >> 30)) * FIRST) & MASK
    z = ((z ^ (z >> 27)) * SECOND) & MASK
    return z ^ (z >> 31)
