"""Update rules in one pass of the kernels, against the same rules in float64 without them."""

import numpy as np
import pytest

from netkit.backends.native.library import Library
from netkit.backends.native.native import NativeBackend
from netkit.backends.rules import Rules
from netkit.errors import NetkitError
from netkit.plugins.optimizers.adam import Adam
from netkit.plugins.optimizers.rmsprop import RmsProp
from netkit.plugins.optimizers.sdlm import Sdlm
from netkit.plugins.optimizers.sgd import Sgd

RULES = {
    "sgd": (Sgd, {"eta": 0.1}),
    "momentum": (Sgd, {"eta": 0.1, "inertia": 0.9, "reg_l2": 0.01}),
    "nesterov": (Sgd, {"eta": 0.1, "inertia": 0.8, "nesterov": True}),
    "l1 and l2": (Sgd, {"eta": 0.1, "reg_l2": 0.1, "reg_l1": 0.01}),
    "sdlm": (Sdlm, {"eta": 0.1}),
    "sdlm, momentum": (Sdlm, {"eta": 0.1, "mu": 0.3, "inertia": 0.7, "reg_l1": 0.01}),
    "rmsprop": (RmsProp, {"eta": 0.01, "epsilon": 1e-4}),
    "rmsprop, momentum": (RmsProp, {"eta": 0.01, "beta": 0.8, "inertia": 0.9, "reg_l2": 0.1}),
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
    if "h" in slots:  # of sdlm, which is never below zero
        slots["h"] += rng.random(size).astype(dtype)
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


@pytest.mark.parametrize("name", RULES)
def test_the_same_bits_for_any_threads(name):
    """Units are taken by whoever comes; the last one is shorter than the others."""
    found = []
    for threads in 1, 2, 5:
        try:
            ops = NativeBackend(threads)
        except NetkitError as error:
            pytest.skip(str(error))
        after = weights_after(*RULES[name], ops, "float32", True, 70_001)
        assert (ops.helpers.crew is not None) == (threads > 1)
        found.append([vector.tobytes() for vector in after])
    assert found[0] == found[1] == found[2]


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
    assert not ops.sgd(x, x, x, h=x[:4], mu=0.1, **given)
    assert not ops.rmsprop(x, x, x, v=x[:4], rate=0.1, share=0.1, epsilon=1e-8, inertia=0.0)
    assert not ops.decay(x, x[::2], None, l2=0.1, l1=0.1)


def test_every_packaged_rule_has_a_kernel(registry, monkeypatch):
    """So has the part of muon's that is Adam's; BLAS multiplies its matrices."""
    try:
        ops = NativeBackend(1)
    except NetkitError as error:
        pytest.skip(str(error))
    x, done = np.ones(8, np.float32), []
    for rule in Rules.__dict__.keys() & {"sgd", "adam", "rmsprop"}:
        kernel = getattr(ops, rule)
        monkeypatch.setattr(
            ops, rule, lambda *a, _k=kernel, **b: done.append(_k(*a, **b)) or done[-1]
        )
    for name in registry.found["optimizer"]:
        rule = registry.make("optimizer", {"type": name, "eta": 0.1})
        rule.ops = ops
        done.clear()
        rule.step(x, x.copy(), rule.init(x), 1, 0.0)
        assert done == [True], name
