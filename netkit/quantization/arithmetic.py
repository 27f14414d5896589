"""Numbers of eight bits: what one stands for, and how a product of them becomes one again.

A value q of -128..127 stands for the number scale * (q - zero), as in Jacob et al. (2018),
"Quantization and training of neural networks for efficient integer-arithmetic-only inference".
Sums are of 32 bits. A factor between two scales is a multiplier of 31 bits and a shift to the
right, so that no floating point takes part and every machine gets the same integers.
"""

from math import frexp, isfinite
from typing import NamedTuple

import numpy as np

from netkit.errors import NetkitError
from netkit.rounding import LEAST, MOST
from netkit.types import Array

BITS = 31  # of a multiplier
FURTHEST = 62  # the largest shift: a product has 62 bits


class Format(NamedTuple):
    """What the integers of a value stand for: scale * (q - zero)."""

    scale: float
    zero: int = 0

    @classmethod
    def over(cls, low: float, high: float) -> "Format":
        """Return the format whose integers reach from low to high; 0 is always one of its numbers.

        A scale is a float32, which every machine that dequantises an output has.
        """
        low, high = min(0.0, float(low)), max(0.0, float(high))
        scale = float(np.float32((high - low) / (MOST - LEAST))) or 1.0
        return cls(scale, int(np.clip(round(LEAST - low / scale), LEAST, MOST)))

    def quantized(self, x: Array) -> Array:
        """Return the nearest integers, int8; halves go to the even one."""
        return np.clip(np.rint(x / self.scale) + self.zero, LEAST, MOST).astype(np.int8)

    def dequantized(self, q: Array) -> Array:
        """Return what integers stand for, float32."""
        return (q.astype(np.int32) - self.zero).astype(np.float32) * np.float32(self.scale)


PIXELS = Format(1.0, LEAST)  # a pixel p is the integer p - 128


def multiplier(factor: float) -> tuple[int, int]:
    """Return (m, shift) with m / 2**shift nearest to a factor of 0 or more; m has 31 bits.

    Raises NetkitError for a factor of 2**30 or more, which no net has.
    """
    if not isfinite(factor) or factor < 0:
        raise NetkitError(f"a factor of {factor} between two scales: train the net anew")
    fraction, exponent = frexp(factor)  # fraction in 0.5..1
    m, shift = round(fraction * 2**BITS), BITS - exponent
    if m == 2**BITS:
        m, shift = m // 2, shift - 1
    if shift < 1:
        raise NetkitError(f"a factor of {factor:g} between two scales: train the net anew")
    if shift > FURTHEST:  # less than any sum can bring to 1/2
        return 0, 1
    return m, shift


def multipliers(factors: Array) -> tuple[Array, Array]:
    """Return the multipliers, int32, and the shifts, int32, of several factors."""
    pairs = [multiplier(float(f)) for f in factors]
    m, shift = zip(*pairs, strict=True)
    return np.array(m, np.int32), np.array(shift, np.int32)


def scaled(sums: Array, m: Array, shift: Array) -> Array:
    """Return sums * m / 2**shift, the nearest whole numbers, int64; halves go up.

    sums: integers of 32 bits.  m, shift: as multiplier's, and spread over the last axis of sums.
    """
    product = sums.astype(np.int64) * np.asarray(m, np.int64)
    shift = np.asarray(shift, np.int64)
    return (product + (np.int64(1) << (shift - 1))) >> shift


def clipped(q: Array, low: int = LEAST, high: int = MOST) -> Array:
    """Return integers within low..high, int8."""
    return np.clip(q, low, high).astype(np.int8)


def root(squares: Array) -> Array:
    """Return the whole part of the square roots of integers in 0..2**32 - 1, int64."""
    r = np.floor(np.sqrt(squares.astype(np.float64))).astype(np.int64)
    return r - (r * r > squares) + ((r + 1) * (r + 1) <= squares)


def quotient(a: Array, b: Array) -> Array:
    """Return a / b, the nearest whole numbers, int64; halves go away from 0. b is positive."""
    return np.sign(a) * ((2 * np.abs(a) + b) // (2 * b))
