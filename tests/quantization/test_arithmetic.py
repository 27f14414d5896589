"""Whole numbers in place of real ones: against fractions and naive loops."""

from fractions import Fraction
from math import floor, isqrt

import numpy as np
import pytest

from netkit.errors import NetkitError
from netkit.quantization.arithmetic import Format, multiplier, quotient, root, scaled
from netkit.quantization.ranges import Ranges
from netkit.quantization.steps import Step, conv, sums


def test_scaled_is_the_nearest_whole_number():
    rng = np.random.default_rng(0)
    sums = rng.integers(-(2**31), 2**31, 400)
    for factor in (1e-9, 3.1e-5, 0.0123, 0.5, 0.99999999999, 1.0, 7.3):
        m, shift = multiplier(factor)
        assert m < 2**31
        assert abs(Fraction(m, 2**shift) / Fraction(factor) - 1) < Fraction(1, 2**30)
        made = scaled(sums[:, None], np.array([m]), np.array([shift]))[:, 0]
        right = [floor(Fraction(int(s) * m, 2**shift) + Fraction(1, 2)) for s in sums]
        assert made.tolist() == right
    assert multiplier(0.0)[0] == 0
    assert multiplier(1e-30) == (0, 1)


@pytest.mark.parametrize("factor", [2.0**30, float("inf"), float("nan"), -1.0])
def test_a_factor_that_no_net_has_is_refused(factor):
    with pytest.raises(NetkitError, match="between two scales"):
        multiplier(factor)


def test_roots_and_quotients():
    rng = np.random.default_rng(1)
    near = np.arange(1, 2**16, 97, dtype=np.int64) ** 2
    squares = np.concatenate([near - 1, near, near + 1, rng.integers(0, 2**32, 999), [2**32 - 1]])
    assert root(squares).tolist() == [isqrt(int(n)) for n in squares]
    a, b = rng.integers(-(2**30), 2**30, 999), rng.integers(1, 2**20, 999)
    right = [
        (-1 if p < 0 else 1) * floor(Fraction(abs(int(p)), int(q)) + Fraction(1, 2))
        for p, q in zip(a, b, strict=True)
    ]
    assert quotient(a, b).tolist() == right


def test_a_format_has_zero_and_both_ends():
    for low, high in ((-1, 3), (0, 6), (-2, 0), (0.5, 1), (0, 0)):
        format = Format.over(low, high)
        assert format.dequantized(np.array([format.zero], np.int8)) == 0
        x = np.linspace(min(low, 0), max(high, 0), 99)
        made = format.dequantized(format.quantized(x))
        assert abs(made - x).max() <= 1.01 * format.scale


def test_ranges_have_the_least_error_or_a_share_of_the_numbers():
    x = np.random.default_rng(2).laplace(size=20000)

    def lost(format):
        return np.square(format.dequantized(format.quantized(x)) - x).mean()

    whole = Format.over(x.min(), x.max())
    assert lost(Ranges().format(x)) <= lost(whole)
    assert lost(Ranges().format(x)) < lost(Ranges(percentile=99).format(x))
    inside = Ranges(percentile=99).format(x)
    reach = inside.dequantized(np.array([-128, 127], np.int8))
    assert abs((x < reach[0]).mean() - 0.005) < 0.001
    assert abs((x > reach[1]).mean() - 0.005) < 0.001
    assert Ranges().format(4 * x, np.tanh).scale < 0.5 * Ranges().format(4 * x).scale


@pytest.mark.parametrize("groups", [1, 2, 6])
def test_conv_is_its_sum(groups):
    rng = np.random.default_rng(groups)
    x = rng.integers(-128, 128, (2, 6, 7, 6)).astype(np.int8)
    kernels = rng.integers(-127, 128, (12, 3, 2, 6 // groups)).astype(np.int8)
    b = rng.integers(-9999, 9999, 12).astype(np.int32)
    settings = {"zero": -7, "pads": [1, 0, 2, 1], "stride": [2, 1], "dilation": [1, 2]}
    settings |= {"groups": groups, "to": 3, "low": -20, "high": 100}
    m, shift = multiplier(0.003)
    arrays = {"W": kernels, "b": b, "m": np.full(12, m), "shift": np.full(12, shift)}
    step = Step("conv", ["x"], "y", settings, arrays)
    made, clipped = sums(step, x), conv(step, x)
    near = np.zeros((2, 9, 8, 6), np.int64)
    near[:, 1:7, 0:7] = x.astype(np.int64) + 7
    assert made.shape == (2, 4, 6, 12)
    for n, i, j, o in rng.integers(0, made.shape, (200, 4)):
        g = o // (12 // groups) * (6 // groups)
        window = near[n, 2 * i : 2 * i + 3, j : j + 3 : 2, g : g + 6 // groups]
        total = int(b[o] + (window * kernels[o]).sum())
        assert made[n, i, j, o] == total
        y = floor(Fraction(total * m, 2**shift) + Fraction(1, 2)) + 3
        assert clipped[n, i, j, o] == max(-20, min(100, y))
