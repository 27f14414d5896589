"""The whole numbers of a step, from the real ones: kernels, multipliers, windows."""

from math import frexp, isinf, log2
from typing import Any

import numpy as np

from netkit.errors import NetkitError
from netkit.quantization.arithmetic import LEAST, MOST, Format, multipliers
from netkit.quantization.regions import Contrast
from netkit.types import Array

LARGEST = 2**31 - 1  # what sums must stay within
FINEST = 24  # bits of a window of contrast normalisation at most


def kernels(w: Array, b: Array, x: Format, where: str) -> tuple[dict[str, Array], Array]:
    """Return W int8 (maps, kh, kw, C), b int32, and what a sum of 1 stands for, one a map.

    w: (maps, C, kh, kw).  b: (maps,).  x: the format of the input.  Each map's kernel reaches to
    127 or -127, unless its bias would not fit 32 bits then. Raises NetkitError if sums might not.
    """
    wide = np.abs(w).reshape(len(w), -1).max(1)
    scale = np.maximum(wide / MOST, np.abs(b) / (x.scale * 2.0**29))
    scale = np.where(scale > 0, scale, 1.0)
    whole = np.clip(np.rint(w / scale[:, None, None, None]), -MOST, MOST).astype(np.int8)
    stands = scale * x.scale
    most = np.abs(whole.astype(np.int64)).reshape(len(w), -1).sum(1) * 255 + 2**29
    if most.max() > LARGEST:
        raise NetkitError(
            f"{where}: a sum over {w[0].size} products may not fit 32 bits: make the kernel smaller"
        )
    arrays = {"W": np.ascontiguousarray(whole.transpose(0, 2, 3, 1)), "b": biases(b, stands)}
    return arrays, stands


def biases(b: Array, stands: Array) -> Array:
    """Return biases as sums have them, int32."""
    return np.clip(np.rint(b / stands), -(2**29), 2**29).astype(np.int32)


def rescaling(stands: Array, y: Format) -> dict[str, Array]:
    """Return the arrays m and shift that bring sums to a format."""
    m, shift = multipliers(stands / y.scale)
    return {"m": m, "shift": shift}


def two(first: float, second: float, y: Format) -> dict[str, Any]:
    """Return `by` and `shift` that bring two scales to that of y; a minus is kept."""
    factors = first / y.scale, second / y.scale
    _, exponent = frexp(max(map(abs, factors)))
    shift = min(30, max(1, 20 - exponent))
    return {"by": [round(f * 2**shift) for f in factors], "shift": shift}


def contrast(found: Contrast, maps: int, x: Format, y: Format) -> tuple[dict, dict[str, Array]]:
    """Return the settings and arrays of the step `contrast`.

    `bits` more bits than x has are taken as far as the squares of all maps fit 31 bits together.
    """
    windows = found.mean, found.deviation
    bits = max(0, min(6, int((31 - log2(maps * 510**2)) / 2)))
    widest = max(float(np.abs(w).sum()) for w in windows) * maps * 255
    window_bits = max(bits + 1, min(FINEST, int(log2(LARGEST / max(widest, 1)))))
    unit = x.scale / 2**bits
    gain_shift = max(0, min(15, 13 + frexp(y.scale)[1]))
    gain = max(1, min(2**15 - 1, round(2**gain_shift / y.scale)))
    settings = {
        "maps": maps,
        "bits": bits,
        "window_bits": window_bits,
        "epsilon": min(2**30, round(found.epsilon / unit**2)),
        "threshold": found.threshold,
        "floor": min(2**16 - 1, round(found.floor / unit)),
        "gain": gain,
        "gain_shift": gain_shift,
    }
    names = ("mean", "deviation")
    arrays = {
        name: np.rint(w * 2**window_bits).astype(np.int32)
        for name, w in zip(names, windows, strict=True)
    }
    return settings, arrays


def clips(format: Format, limits: tuple[float, float] | None) -> dict[str, Any]:
    """Return the least and the most integers of a value that has limits."""
    low, high = limits or (-np.inf, np.inf)
    least = LEAST if isinf(low) else round(low / format.scale) + format.zero
    most = MOST if isinf(high) else round(high / format.scale) + format.zero
    return {"low": max(LEAST, min(MOST, least)), "high": max(LEAST, min(MOST, most))}
