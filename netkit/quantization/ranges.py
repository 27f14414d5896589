"""How far the integers of a value reach, chosen from what it was over the calibration images."""

from collections.abc import Callable
from typing import Annotated

import numpy as np

from netkit.checks import Bound, Checked, Count
from netkit.quantization.arithmetic import LEAST, MOST, Format
from netkit.types import Array

Function = Callable[[Array], Array]
SAMPLES = 1 << 15  # of a value that are looked at, if not said
SHARES = np.geomspace(1, 0.04, 34)  # of the whole range that are tried

Percent = Annotated[float, Bound(least=50, most=100)]


class Ranges(Checked):
    """Choose formats: by the least mean squared error, or by a percentile.

    percentile: the share of a value's numbers, in percent, that lie within its range; None: the
    range with the least error of rounding and clipping together.  samples: how many numbers of a
    value are looked at.
    """

    def __init__(self, percentile: Percent | None = None, samples: Count = SAMPLES) -> None:
        self.percentile = percentile
        self.samples = samples

    def format(self, x: Array, function: Function | None = None) -> Format:
        """Return a format for numbers of any shape.

        function: what is made of them, and of nothing else: then its error counts, so that a value
        that goes into a tanh needs not reach where that is flat.
        """
        some = sample(x, self.samples)
        if self.percentile is not None and function is None:
            tail = (100 - self.percentile) / 2
            return Format.over(*np.percentile(x, [tail, 100 - tail]))
        low, high = min(0.0, float(some[0])), max(0.0, float(some[-1]))
        make = function or (lambda a: a)
        right = make(some)

        def error(low: float, high: float) -> float:
            format = Format.over(low, high)
            q = np.clip(np.rint(some / format.scale) + format.zero, LEAST, MOST)
            made = make(((q - format.zero) * format.scale).astype(some.dtype))
            return float(np.square(made - right).mean())

        share = min(SHARES, key=lambda s: error(low * s, high * s))
        low, high = low * share, high * share
        low *= min(SHARES, key=lambda s: error(low * s, high)) if low else 1
        high *= min(SHARES, key=lambda s: error(low, high * s)) if high else 1
        return Format.over(low, high)


def sample(x: Array, most: int) -> Array:
    """Return so many of the numbers in x in order, evenly taken, with the smallest and largest."""
    flat = x.reshape(-1)
    if flat.size > most:
        step = flat.size / most
        evenly = flat[(np.arange(most) * step).astype(np.int64)]
        flat = np.concatenate([evenly, [flat.min(), flat.max()]])
    return np.sort(flat)
