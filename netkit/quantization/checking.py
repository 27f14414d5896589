"""What the steps of a weights file may be: their settings and arrays, before any code runs them.

A file is a stranger's, and the C code that runs steps asks no questions.
"""

from collections.abc import Callable
from math import isfinite
from typing import Any

import numpy as np

from netkit.quantization.arithmetic import FURTHEST, LEAST, MOST, Format
from netkit.quantization.steps import Step

Fits = Callable[[Any], bool]
LARGE = 1 << 20  # of a side, a stride: more is damage


def whole(least: int, most: int) -> Fits:
    """Return what says whether a value is a whole number within bounds."""
    return lambda v: type(v) in (int, bool) and least <= v <= most


def several(count: int, fits: Fits) -> Fits:
    """Return what says whether a value is a list of so many that fit."""
    return lambda v: isinstance(v, (list, tuple)) and len(v) == count and all(map(fits, v))


CODE, SIDE, SHIFT = whole(LEAST, MOST), whole(1, LARGE), whole(1, FURTHEST)
NUMBER = whole(-(2**31), 2**31 - 1)
PAIR, PADS, CODES = several(2, SIDE), several(4, whole(0, LARGE)), several(2, CODE)
CLIPS: dict[str, Fits] = {"to": CODE, "low": CODE, "high": CODE}
SUMS: dict[str, Fits] = {
    "zero": CODE,
    "pads": PADS,
    "stride": PAIR,
    "dilation": PAIR,
    "groups": SIDE,
}
POOL: dict[str, Fits] = {"kernel": PAIR, "stride": PAIR}
SETTINGS: dict[str, dict[str, Fits]] = {
    "conv": SUMS | CLIPS,
    "scores": SUMS,
    "floats": {"zero": CODE},
    "table": {},
    "add": CLIPS
    | {"zeros": CODES, "by": several(2, whole(-(2**21), 2**21)), "shift": whole(1, 30)},
    "multiply": CLIPS | {"zeros": CODES, "m": whole(0, 2**31 - 1), "shift": SHIFT},
    "maxpool": POOL,
    "meanpool": POOL | CLIPS | {"zero": CODE, "m": whole(0, 2**31 - 1), "shift": SHIFT},
    "concat": {"flat": whole(0, 1)},
    "pad": {"sides": PADS, "zero": CODE, "mode": lambda v: v in ("constant", "reflect")},
    "cut": {"places": several(3, several(3, whole(0, LARGE)))},
    "contrast": CLIPS
    | {
        "zero": CODE,
        "maps": SIDE,
        "bits": whole(0, 6),
        "window_bits": whole(1, 24),
        "epsilon": whole(0, 2**30),
        "threshold": whole(0, 1),
        "floor": whole(0, 2**16 - 1),
        "gain": whole(1, 2**15 - 1),
        "gain_shift": whole(0, 15),
    },
}
KERNELS = {"W": (np.int8, 4), "b": (np.int32, 1)}
ARRAYS: dict[str, dict[str, tuple[Any, int]]] = {
    "conv": KERNELS | {"m": (np.int32, 1), "shift": (np.int32, 1)},
    "scores": KERNELS | {"scale": (np.float32, 1)},
    "floats": {"scale": (np.float32, 1)},
    "table": {"T": (np.int8, 0)},
    "contrast": {"mean": (np.int32, 2), "deviation": (np.int32, 2)},
}


def check_step(step: Step) -> None:
    """Raise ValueError, naming the step, unless its settings and arrays are what its kind takes."""
    settings, arrays = SETTINGS[step.kind], ARRAYS.get(step.kind, {})
    if step.settings.keys() != settings.keys() or step.arrays.keys() != arrays.keys():
        raise ValueError(f"what {step.output} has")
    for name, fits in settings.items():
        if not fits(step.settings[name]):
            raise ValueError(f"{step.output}.{name}={step.settings[name]}")
    for name, (dtype, axes) in arrays.items():
        array = step.arrays[name]
        if array.dtype != dtype or (axes and array.ndim != axes) or not array.size:
            raise ValueError(f"{step.output}.{name}")
    check_arrays(step)
    if len(step.inputs) != (2 if step.kind in ("add", "multiply") else max(1, len(step.inputs))):
        raise ValueError(f"what {step.output} takes")
    if step.kind not in ("add", "multiply", "concat") and len(step.inputs) != 1:
        raise ValueError(f"what {step.output} takes")


def check_arrays(step: Step) -> None:
    """Raise ValueError unless the arrays of a step fit each other."""
    arrays, kernels = step.arrays, step.arrays.get("W")
    if kernels is not None:
        maps = len(kernels)
        if any(len(a) != maps for a in arrays.values()) or maps % step.settings["groups"]:
            raise ValueError(f"the maps of {step.output}")
        most = np.abs(kernels.astype(np.int64)).reshape(maps, -1).sum(1) * 255
        if (most + np.abs(arrays["b"].astype(np.int64))).max() >= 2**31:
            raise ValueError(f"the sums of {step.output}")
    if "m" in arrays and arrays["m"].min() < 0:
        raise ValueError(f"{step.output}.m")
    if "shift" in arrays and not 1 <= arrays["shift"].min() <= arrays["shift"].max() <= FURTHEST:
        raise ValueError(f"{step.output}.shift")
    table = arrays.get("T")
    if table is not None and (table.ndim not in (1, 2) or table.shape[-1] != 256):
        raise ValueError(f"{step.output}.T")


def checked_format(said: Any) -> Format:
    """Return a format from [scale, zero]; raise ValueError if it is none."""
    scale, zero = said
    if not isfinite(scale) or scale <= 0 or not CODE(zero):
        raise ValueError(f"a format of {scale}, {zero}")
    return Format(float(scale), zero)
