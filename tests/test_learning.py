"""A batch's gradient in one call of the kernels: what Python computes, and the same bits always."""

import numpy as np
import pytest

from netkit import learning
from netkit.backends.native.library import compiled
from netkit.backends.native.native import NativeBackend
from netkit.energy import Energy
from netkit.errors import NetkitError
from netkit.net import Net
from netkit.passes import Shards
from netkit.training.only_wrong import OnlyWrong

pytestmark = pytest.mark.skipif(not compiled(), reason="no kernels")
SHAPE = 1, 16, 16
CONV = [
    {"type": "jitter", "shift": 2, "rotate": 10},
    {"type": "conv", "out": 6, "kernel": 5},
    {"type": "tanh"},
    {"type": "maxpool", "kernel": 2},
    {"type": "dropout", "rate": 0.3},
    {"type": "linear", "out": "noutputs"},
]
NORM = [
    {"type": "conv", "out": 4, "kernel": 3},
    {"type": "batchnorm"},
    {"type": "relu"},
    {"type": "avgpool", "kernel": 14},
    {"type": "linear", "out": "noutputs"},
]
ENERGIES = [
    {"type": "l2"},
    {"type": "l2", "factor": 0.7},
    {"type": "l2", "binary_target": True},
    {"type": "cross_entropy"},
    {"type": "cross_entropy", "smoothing": 0.2},
    {"type": "margin", "margin": 0.3},
]


def shards_of(registry, layers, energy=None, threads=2, outputs=5):
    named = {f"l{k}": dict(layer) for k, layer in enumerate(layers)}
    shards = Shards(Net(registry.layers(named, outputs), SHAPE, NativeBackend(threads)))
    shards.min_images = 1
    draw = np.random.default_rng(1)
    shards.net.values[...] = draw.normal(0, 0.1, shards.net.values.size)
    made = registry.make("energy", energy or {"type": "cross_entropy"})
    classes = 2 if getattr(made, "binary", False) else outputs
    return shards, made.bind(shards.ops, shards.net, classes), classes


def batch(n, classes, dtype=np.uint8):
    draw = np.random.default_rng(n)
    images = draw.integers(0, 256, (n, *SHAPE), dtype=np.uint8).astype(dtype)
    return images, draw.integers(0, classes, n)


def learnt(shards, energy, images, labels):
    """Return the calls of kernels that learn, and what a gradient gives."""
    calls, learn = [], shards.ops.library.learn
    shards.ops.library.learn = lambda *args, **more: (calls.append(args[1]), learn(*args, **more))
    try:
        energies, answers = shards.gradient(images, labels, energy, (3, 4))
    finally:
        del shards.ops.library.learn
    return calls, energies, answers, shards.net.grads.copy(), shards.net.state.copy()


def in_python(energy):
    """Return the same energy, which no kernel computes."""
    energy.primitive = lambda: None
    return energy


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("energy", ENERGIES, ids=str)
def test_an_energy_is_what_python_has(registry, energy, dtype):
    outputs = 1 if energy.get("binary_target") else 5
    found = []
    for change in lambda energy: energy, in_python:
        shards, made, classes = shards_of(registry, CONV, energy, outputs=outputs)
        found.append(learnt(shards, change(made), *batch(32, classes, dtype)))
    (calls, *kernels), (none, *python) = found
    assert (calls, none) == ([2], [])
    assert np.abs(python[2]).max() > 1e-3
    np.testing.assert_allclose(kernels[0], python[0], rtol=2e-5, atol=1e-6)
    np.testing.assert_array_equal(kernels[1], python[1])
    np.testing.assert_allclose(kernels[2], python[2], rtol=0, atol=2e-6)


@pytest.mark.parametrize("layers", [CONV, NORM], ids=["images", "statistics"])
@pytest.mark.parametrize("n", [1, 2, 6, 48, 64, 128, 192, 256])
def test_the_same_bits_for_any_threads(registry, layers, n):
    """One lesson or many, parts one after another, blocks of a part: sums are in one order."""
    found = []
    for threads in 1, 2, 3, 8:
        shards, energy, classes = shards_of(registry, layers, threads=threads)
        calls, *rest = learnt(shards, energy, *batch(n, classes))
        parts = len(shards.parts(n))
        assert calls == [min(threads, parts)]
        _, *again = learnt(
            shards, energy, *batch(n, classes)
        )  # gradients are now written, not added
        for one, other in zip(rest[:3], again[:3], strict=True):
            np.testing.assert_array_equal(one, other)
        found.append([a.tobytes() for a in rest])
    assert all(one == found[0] for one in found)


@pytest.mark.parametrize("n", [64, 192, 256])
def test_statistics_are_those_of_python(registry, n):
    found = []
    for change in lambda energy: energy, in_python:
        shards, energy, classes = shards_of(registry, NORM)
        found.append(learnt(shards, change(energy), *batch(n, classes)))
    (calls, *kernels), (none, *python) = found
    assert (calls, none) == ([2], [])
    assert python[3].any()
    for one, other in zip(kernels, python, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_parts_that_differ_are_python_s(registry):
    """For any threads alike, or the bits would depend on them."""
    for threads in 1, 3:
        shards, energy, classes = shards_of(registry, CONV, threads=threads)
        assert learnt(shards, energy, *batch(33, classes))[0] == []
        assert learnt(shards, energy, *batch(200, classes))[0] == []
        assert learnt(shards, energy, *batch(150, classes))[0] == [min(threads, 2)]


def test_a_call_is_short(registry, monkeypatch):
    """What takes long is several calls, for the user's Ctrl-C to be heard between them."""
    shards, energy, classes = shards_of(registry, CONV)
    monkeypatch.setattr(learning, "AT_ONCE", 64 * shards.net.cost)
    assert learnt(shards, energy, *batch(64, classes))[0] == [2]
    assert learnt(shards, energy, *batch(128, classes))[0] == []


def test_who_looks_between_layers_gets_them_one_by_one(registry):
    shards, energy, classes = shards_of(registry, CONV)
    seen = []
    shards.workers[0].see = lambda name, layer, x, y: seen.append(name)
    assert learnt(shards, energy, *batch(16, classes))[0] == []
    assert seen == list(shards.net.layers)
    shards.workers[0].see = None
    assert learnt(shards, energy, *batch(16, classes))[0] == [2]


def test_a_net_that_is_frozen_has_nothing_to_learn(registry):
    named = {f"l{k}": dict(layer) for k, layer in enumerate(CONV)}
    net = Net(registry.layers(named, 5), SHAPE, NativeBackend(2))
    net.freeze(list(net.layers))
    shards = Shards(net)
    energy = registry.make("energy", {"type": "cross_entropy"}).bind(net.ops, net, 5)
    calls, energies, *_ = learnt(shards, energy, *batch(16, 5))
    assert calls == []
    assert (energies > 0).all()


def test_a_label_that_no_output_is_for(registry):
    shards, energy, _ = shards_of(registry, CONV)
    images, labels = batch(16, 5)
    for wrong in 5, -1:
        labels[3] = wrong
        with pytest.raises(NetkitError, match=rf"labels .* {wrong}.*answers with 0 to 4"):
            shards.gradient(images, labels, energy)
    assert not any(worker.fresh for worker in shards.workers)


def test_an_energy_of_one_s_own_is_asked_itself(registry):
    """Of a class whose parent has a kernel, too."""
    parent = type(registry.make("energy", {"type": "l2"}))

    class Mine(parent):
        def forward(self, y, labels):
            return y[0, 0, 0] * 0 + 7, lambda scale: y * 0

    class Other(parent):
        def best(self, y):
            return y.argmin(0)

    class Named(parent):
        pass

    class Newer(parent):
        def primitive(self):
            return {"kind": "of a later release", "setting": 1.0}

    assert Mine().primitive() is Other().primitive() is None
    assert Named().primitive() == parent().primitive() is not None
    assert registry.make("energy", {"type": "focal"}).primitive() is None
    assert OnlyWrong(parent()).primitive() is Energy().primitive() is None
    shards, _, classes = shards_of(registry, CONV)
    mine = Mine().bind(shards.ops, shards.net, classes)
    assert (learnt(shards, mine, *batch(16, classes))[1] == 7).all()
    newer = Newer().bind(shards.ops, shards.net, classes)
    calls, energies, *_ = learnt(shards, newer, *batch(16, classes))
    assert calls == []
    assert (energies > 0).all()


def test_numbers_that_are_none_stay(registry):
    """A net that has diverged is found by its energy."""
    for energy in {"type": "l2"}, {"type": "cross_entropy"}, {"type": "margin"}:
        shards, made, classes = shards_of(registry, CONV, energy)
        shards.net.values[...] = np.nan
        images, labels = batch(16, classes)
        _, energies, answers, *_ = learnt(shards, made, images, labels)
        assert np.isnan(energies).all()
        assert (answers == 0).all()  # as numpy's argmax has it
