"""A net's outputs in one call of the kernels: those of its layers one by one."""

import numpy as np
import pytest

from netkit import answering
from netkit.answering import answer
from netkit.backends.native.library import compiled
from netkit.backends.native.native import NativeBackend
from netkit.errors import NetkitError
from netkit.net import Net
from netkit.passes import Shards
from netkit.worker import Worker

pytestmark = pytest.mark.skipif(not compiled(), reason="no kernels")
SHAPE = 2, 14, 15
LAYERS = [
    {"type": "jitter", "shift": 3},
    {"type": "conv", "out": 6, "kernel": 3},
    {"type": "batchnorm"},
    {"type": "relu"},
    {"type": "dropout"},
    {"type": "maxpool", "kernel": 2},
    {"type": "conv", "out": "noutputs", "kernel": 6},
]


def shards_of(registry, threads, *more):
    layers = {f"l{k}": dict(layer) for k, layer in enumerate([*LAYERS, *more])}
    net = Net(registry.layers(layers, 5), SHAPE, NativeBackend(threads))
    net.values[...] = np.random.default_rng(1).normal(0, 0.3, net.values.size)
    net.state[...] = np.random.default_rng(2).uniform(0.5, 2, net.state.size)
    shards = Shards(net)
    shards.min_images = 1
    return shards


def images(n, height=14, width=15, dtype=np.uint8):
    draw = np.random.default_rng(n)
    return draw.integers(0, 256, (n, 2, height, width), dtype=np.uint8).astype(dtype)


def one_by_one(net, given):
    seen = {}
    worker = Worker(net, first=False)
    worker.outputs(given, see=lambda name, layer, x, y: seen.update({name: y.copy()}))
    return list(seen.values())[-1]


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("n", [1, 2, 31, 32, 33, 64, 65, 150])
def test_outputs(registry, n, dtype):
    found = []
    for threads in 1, 2, 3, 8:
        shards = shards_of(registry, threads)
        given = images(n, dtype=dtype)
        y = answer(shards, given)
        assert y.shape == (5, 1, 1, n)
        found.append(y.tobytes())
        assert shards.outputs(given).tobytes() == y.tobytes()
    assert len(set(found)) == 1
    parts = [one_by_one(shards.net, given[at : at + 32]) for at in range(0, n, 32)]
    np.testing.assert_allclose(y, np.concatenate(parts, axis=3), rtol=1e-4, atol=1e-4)


def test_a_call_is_short(registry, monkeypatch):
    """Many images are several calls, for the user's Ctrl-C to be heard between them."""
    shards = shards_of(registry, 2)
    whole = shards.outputs(images(150))
    calls, once = [], answering.answer_at_once
    monkeypatch.setattr(
        answering, "answer_at_once", lambda s, x: calls.append(len(x)) or once(s, x)
    )
    monkeypatch.setattr(answering, "AT_ONCE", 64 * shards.net.cost)
    np.testing.assert_array_equal(shards.outputs(images(150)), whole)
    assert calls == [64, 64, 22]
    monkeypatch.setattr(answering, "AT_ONCE", 1)
    np.testing.assert_array_equal(shards.outputs(images(150)), whole)
    assert calls[3:] == [32, 32, 32, 32, 22]


@pytest.mark.parametrize("n", [1, 3, 40])
def test_larger_images_have_more_places(registry, n):
    shards = shards_of(registry, 2)
    given = images(n, 21, 19)
    y = answer(shards, given)
    assert y.shape == (5, 4, 3, n)
    parts = [one_by_one(shards.net, given[at : at + 32]) for at in range(0, n, 32)]
    np.testing.assert_allclose(y, np.concatenate(parts, axis=3), rtol=1e-4, atol=1e-4)


def test_what_the_kernels_do_not_read_is_answered_layer_by_layer(registry):
    shards = shards_of(registry, 2)
    given = images(70)
    assert answer(shards, given.astype(float)) is None
    assert answer(shards, given[::-1]) is None
    y = shards.outputs(given.astype(float))
    np.testing.assert_allclose(y, shards.outputs(given), rtol=1e-4, atol=1e-4)
    other = shards_of(registry, 2, {"type": "softmax"})
    assert answer(other, given) is None
    assert other.outputs(given).shape == (5, 1, 1, 70)


def test_a_net_with_a_forward_of_its_own_is_asked_itself(registry):
    """As one of eight bits, whose layers only say what it is."""

    class Own(Net):
        def forward(self, x, contexts, *, see=None, on_gradient=None):
            return x[:1, :1, :1] * 0 + 7, lambda dy: None

    layers = {f"l{k}": dict(layer) for k, layer in enumerate(LAYERS)}
    shards = Shards(Own(registry.layers(layers, 5), SHAPE, NativeBackend(2)))
    energy = registry.make("energy", {"type": "l2"}).bind(shards.ops, shards.net, 5)
    for n in 1, 70:
        assert (shards.outputs(images(n)) == 7).all()
        assert (shards.gradient(images(n), np.zeros(n, np.int64), energy)[0] > 17).all()


def test_a_test_has_the_energies_and_classes_of_the_outputs(registry):
    shards = shards_of(registry, 2)
    energy = registry.make("energy", {"type": "cross_entropy"}).bind(shards.ops, shards.net, 5)
    given, labels = images(70), np.arange(70) % 5
    energies, classes = shards.test(given, labels, energy)
    y = shards.outputs(given)
    np.testing.assert_array_equal(classes, y[:, 0, 0].argmax(0))
    np.testing.assert_array_equal(energies, energy.forward(y, labels)[0])


def test_a_net_that_diverged_is_tested_without_warnings(registry):
    shards = shards_of(registry, 2)
    shards.net.values[...] = np.inf
    energy = registry.make("energy", {"type": "cross_entropy"}).bind(shards.ops, shards.net, 5)
    assert np.isnan(shards.test(images(70), np.zeros(70, np.int64), energy)[0]).all()


def test_images_of_another_shape_are_refused(registry):
    shards = shards_of(registry, 2)
    for wrong in images(3, 13, 15), images(3)[:, :1], images(0), images(70, 14, 14):
        with pytest.raises(NetkitError, match=r"this net takes one or more of"):
            shards.outputs(wrong)


def test_training_between_two_answers(registry):
    """What one leaves in memory that the other uses, too."""
    shards = shards_of(registry, 2)
    energy = registry.make("energy", {"type": "cross_entropy"}).bind(shards.ops, shards.net, 5)
    given, labels = images(70), np.arange(70) % 5
    before = shards.outputs(given)
    shards.gradient(given[:64], labels[:64], energy)
    shards.net.state[...] = np.random.default_rng(2).uniform(0.5, 2, shards.net.state.size)
    np.testing.assert_array_equal(shards.outputs(given), before)
