"""Update rules in one pass of the kernels, against the same rules in float64 without them."""

import numpy as np
import pytest

from netkit.backends.native.library import Library
from netkit.backends.native.native import NativeBackend
from netkit.errors import NetkitError
from netkit.plugins.optimizers.adam import Adam
from netkit.plugins.optimizers.sgd import Sgd

RULES = {
    "sgd": (Sgd, {"eta": 0.1}),
    "momentum": (Sgd, {"eta": 0.1, "inertia": 0.9, "reg_l2": 0.01}),
    "nesterov": (Sgd, {"eta": 0.1, "inertia": 0.8, "nesterov": True}),
    "adam": (Adam, {"eta": 0.01}),
    "adamw": (Adam, {"eta": 0.01, "beta1": 0.7, "epsilon": 1e-3, "decay": 0.1}),
}


def weights_after(make, settings, ops, dtype, decayed, size, steps=5):
    """Return the weights and running vectors after some steps of a rule."""
    rng = np.random.default_rng(size)
    rule, x = make(**settings), rng.normal(size=size).astype(dtype)
    rule.ops = ops
    rule._decayed = (np.arange(size) % 3 > 0).astype(dtype) if decayed else None
    slots = rule.init(x)
    for age in range(1, steps + 1):
        rule.step(x, rng.normal(size=size).astype(dtype), slots, age, 0.0)
    return [x, *slots.values()]


@pytest.mark.parametrize("target", ["avx512", "avx2", "baseline"])
@pytest.mark.parametrize("decayed", [False, True])
@pytest.mark.parametrize("size", [1, 37, 4096])
@pytest.mark.parametrize("name", RULES)
def test_rules(name, size, decayed, target):
    try:
        ops = NativeBackend(1, target)
    except NetkitError as error:
        pytest.skip(str(error))
    exact = weights_after(*RULES[name], None, "float64", decayed, size)
    for ours, other in zip(
        weights_after(*RULES[name], ops, "float32", decayed, size), exact, strict=True
    ):
        np.testing.assert_allclose(ours, other, rtol=0, atol=1e-6 * (1 + np.abs(other).max()))


def test_other_vectors_are_left_to_numpy(monkeypatch):
    """Of float64, or with gaps: no kernel is told of them."""
    try:
        ops = NativeBackend(1)
    except NetkitError as error:
        pytest.skip(str(error))
    monkeypatch.setattr(Library, "__getattr__", lambda *_: pytest.fail("kernels"), raising=False)
    x = np.zeros(8, np.float32)
    given = {"rate": 0.1, "inertia": 0.9, "nesterov": False}
    assert not ops.sgd(x[::2], x[:4], x[4:], **given)
    assert not ops.sgd(x, x[:4], x, **given)
    assert not ops.sgd(x.astype("float64"), x, x, **given)
