"""Steps of all kinds with any settings that a file may have: compiled code gives numpy's integers.

scripts/sanitize.py runs these under sanitizers, so that an index too far is seen as well.
"""

import numpy as np
import pytest

from netkit.errors import NetkitError
from netkit.quantization.calls import size_after
from netkit.quantization.checking import check_step
from netkit.quantization.native import MODES, Native, library
from netkit.quantization.program import scores
from netkit.quantization.steps import STEPS, Step

CASES = 40  # of each kind
NUMPY = {**STEPS, "scores": scores}


class Draw:
    """Random settings and arrays of steps, from one number."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def number(self, least, most):
        return int(self.rng.integers(least, most + 1))

    def pair(self, least, most):
        return [self.number(least, most) for _ in range(2)]

    def code(self):
        return self.number(-128, 127)

    def clips(self):
        low, high = sorted(self.pair(-128, 127))
        return {"to": self.code(), "low": low, "high": high}

    def size(self):
        return self.number(1, 9), self.number(1, 9), self.number(1, 36)

    def image(self, size):
        return self.rng.integers(-128, 128, (self.number(1, 3), *size)).astype(np.int8)

    def sums(self, size):
        """Settings and arrays of the sums of a convolution over an input of a size."""
        maps = size[2]
        groups = int(self.rng.choice([g for g in range(1, maps + 1) if maps % g == 0]))
        out = maps if groups == maps else groups * self.number(1, 40 // groups or 1)
        kernels = self.rng.integers(-128, 128, (out, *self.pair(1, 4), maps // groups))
        settings = {"zero": self.code(), "pads": [self.number(0, 3) for _ in range(4)]}
        settings |= {"stride": self.pair(1, 3), "dilation": self.pair(1, 2), "groups": groups}
        b = self.rng.integers(-(2**20), 2**20, out).astype(np.int32)
        return settings, {"W": kernels.astype(np.int8), "b": b}

    def conv(self):
        size = self.size()
        settings, arrays = self.sums(size)
        out = len(arrays["b"])
        arrays["m"] = self.rng.integers(0, 2**31, out).astype(np.int32)
        least = int(self.rng.choice([1, 31, 40]))  # below 31: factors over 1, which tiles refuse
        arrays["shift"] = self.rng.integers(least, 63, out).astype(np.int32)
        return settings | self.clips(), arrays, [size]

    def scores(self):
        size = self.size()
        settings, arrays = self.sums(size)
        arrays["scale"] = self.rng.random(len(arrays["b"])).astype(np.float32)
        return settings, arrays, [size]

    def table(self):
        size = self.size()
        rows = (size[2], 256) if self.rng.random() < 0.5 else (256,)
        return {}, {"T": self.rng.integers(-128, 128, rows).astype(np.int8)}, [size]

    def two(self):
        """Two sizes that numpy spreads over each other."""
        size = self.size()
        other = (*((1, 1) if self.rng.random() < 0.3 else size[:2]), self.rng.choice([1, size[2]]))
        return [size, tuple(map(int, other))][:: self.rng.choice([1, -1])]

    def add(self):
        settings = {"zeros": self.pair(-128, 127), "by": self.pair(-(2**21), 2**21)}
        return settings | {"shift": self.number(1, 30)} | self.clips(), {}, self.two()

    def multiply(self):
        settings = {"zeros": self.pair(-128, 127), "m": self.number(0, 2**31 - 1)}
        return settings | {"shift": self.number(1, 62)} | self.clips(), {}, self.two()

    def maxpool(self):
        return {"kernel": self.pair(1, 5), "stride": self.pair(1, 4)}, {}, [self.size()]

    def meanpool(self):
        settings, arrays, sizes = self.maxpool()
        settings |= {"zero": self.code(), "m": self.number(0, 2**31 - 1)}
        return settings | {"shift": self.number(1, 62)} | self.clips(), arrays, sizes

    def concat(self):
        first = self.size()
        if self.rng.random() < 0.5:
            return {"flat": 1}, {}, [first, self.size(), self.size()]
        return {"flat": 0}, {}, [(*first[:2], self.number(1, 20)) for _ in range(3)]

    def pad(self):
        sides, mode = (
            [self.number(0, 4) for _ in range(4)],
            self.rng.choice(["constant", "reflect"]),
        )
        return {"sides": sides, "zero": self.code(), "mode": str(mode)}, {}, [self.size()]

    def cut(self):
        size = self.size()
        return {"places": [[self.number(0, 3), self.number(1, 3), 0] for _ in size]}, {}, [size]

    def contrast(self):
        size = self.size()
        settings = {"zero": self.code(), "maps": size[2], "bits": self.number(0, 6)}
        settings |= {"window_bits": self.number(7, 20), "epsilon": self.number(0, 2**30)}
        settings |= {"threshold": self.number(0, 1), "floor": self.number(0, 2**16 - 1)}
        settings |= {"gain": self.number(1, 2**15 - 1), "gain_shift": self.number(0, 15)}
        arrays = {
            name: self.rng.integers(0, 2**11, self.pair(1, 5)).astype(np.int32)
            for name in ("mean", "deviation")
        }
        return settings | self.clips(), arrays, [size]


def step_of(kind, seed):
    """Return a step that a file may have and what it is given; None if its input is too small."""
    draw = Draw([seed, list(NUMPY).index(kind)])
    settings, arrays, sizes = getattr(draw, kind)()
    images = [draw.image(size) for size in sizes]
    step = Step(kind, [f"x{k}" for k in range(len(sizes))], "y", settings, arrays)
    check_step(step)
    try:
        size_after(step, sizes)
    except ValueError:
        return None
    return step, [x[: min(map(len, images))] for x in images]


@pytest.mark.skipif(library() is None, reason="the C code was not compiled")
@pytest.mark.parametrize("kind", NUMPY)
def test_compiled_code_gives_the_integers_of_numpy(kind):
    ran = 0
    for seed in range(CASES):
        step, given = step_of(kind, seed) or (None, ())
        if step is None:
            continue
        ran += 1
        right = NUMPY[kind](step, *given)
        for mode in MODES if kind == "conv" else ("plain",):
            try:
                made = Native(mode).run(step, *given)
            except NetkitError:  # an instruction that this machine has not
                continue
            assert made.dtype == right.dtype
            np.testing.assert_array_equal(made, right, err_msg=f"{mode}, seed {seed}: {step}")
    assert ran >= CASES / 4
