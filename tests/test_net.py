"""Net and its chain: what it says of itself, and who may look on as a batch passes."""

import numpy as np
import pytest

from netkit.errors import NetkitError
from netkit.net import Net
from netkit.passes import Shards
from netkit.worker import Worker

LAYERS = {
    "c0": {"type": "conv", "out": 4, "kernel": 3},
    "tanh0": {"type": "tanh"},
    "r": {"type": "residual", "layers": {"in": {"type": "conv", "out": 4, "kernel": 1}}},
    "b": {"type": "branch", "layers": {"x": {"type": "conv", "out": 2, "kernel": 2}}},
}
IMAGES = np.random.default_rng(0).integers(0, 256, (3, 1, 9, 8), dtype=np.uint8)


@pytest.fixture(params=["numpy", "native"])
def net(registry, request):
    try:
        ops = registry.make("backend", {"type": request.param, "threads": 1})
    except NetkitError as error:
        pytest.skip(str(error))
    return Net(registry.layers(LAYERS, 10), (1, 9, 8), ops, coeff=0.01)


def test_repr_is_a_table_of_the_layers(net):
    assert repr(net).splitlines() == [
        "Net of 4 layers, 94 weights, float32",
        "  input            (1, 9, 8)",
        "  c0     conv      (4, 7, 6)  40",
        "  tanh0  tanh      (4, 7, 6)",
        "  r      residual  (4, 7, 6)  20",
        "  b      branch    (2, 6, 5)  34",
    ]


def test_watching_sees_every_layer_and_changes_nothing(net):
    """Fused stretches are left out while somebody looks, and are back after it."""
    worker, seen = Worker(net, first=False), []
    expected = worker.outputs(IMAGES).copy()

    def see(name, layer, x, y):
        assert layer.name == name
        seen.append((name, x.shape, y.copy()))

    watched = worker.outputs(IMAGES, see=see).copy()
    np.testing.assert_allclose(watched, expected, atol=1e-5)
    assert [name for name, *_ in seen] == ["c0", "tanh0", "r.in", "r", "b.x", "b"]
    assert seen[1][1] == (4, 7, 6, 3)
    assert np.array_equal(seen[-1][2], watched)
    assert np.array_equal(worker.outputs(IMAGES), expected)
    assert len(seen) == 6


def test_an_error_ends_the_watching(net):
    worker = Worker(net, first=False)

    def see(*_):
        raise KeyError

    with pytest.raises(KeyError):
        worker.outputs(IMAGES, see=see)
    assert worker.see is None


def test_gradients_between_layers_can_be_changed(net):
    worker, gradients = Worker(net, first=True), []
    for factor in (1, 2):
        asked = []

        def change(k, dy, factor=factor, asked=asked):
            asked.append(k)
            return factor * dy

        net.grads.fill(0)
        x = worker.to_input(IMAGES)
        y, backward = net.forward(x, worker.contexts, on_gradient=change)
        backward(np.ones_like(y))
        assert asked == [1, 2, 3]
        gradients.append({name: net.view(name, net.grads).copy() for name in net.weights})
    one, two = gradients
    for name, times in (("b.x.W", 1), ("r.in.W", 2), ("c0.W", 8)):
        np.testing.assert_allclose(two[name], times * one[name], rtol=1e-4)


MOVED = {
    "jitter": {"type": "jitter", "shift": 2, "rotate": 20, "elastic": 1},
    "c": {"type": "conv", "out": 3, "kernel": 3},
    "drop": {"type": "dropout", "rate": 0.4},
    "f": {"type": "linear", "out": 4},
}


@pytest.mark.parametrize("kind", ["numpy", "native"])
def test_what_layers_draw_does_not_depend_on_threads(registry, kind):
    """Seventy images in one pass, in three, or in blocks of 32 of two threads: one gradient."""
    images = np.random.default_rng(1).integers(0, 256, (70, 1, 9, 8), dtype=np.uint8)
    labels = np.arange(70) % 4
    found = []
    for threads in (1, 2, 3):
        try:
            ops = registry.make("backend", {"type": kind, "threads": threads})
        except NetkitError as error:
            pytest.skip(str(error))
        net = Net(registry.layers(MOVED, 4), (1, 9, 8), ops, coeff=0.01, dtype="float64")
        energy = registry.make("energy", {"type": "cross_entropy"}).bind(ops, net, 4)
        shards = Shards(net)
        shards.min_images = 1
        energies, _ = shards.gradient(images, labels, energy, (3, 5))
        found.append((energies, net.grads.copy()))
    for energies, grads in found[1:]:
        np.testing.assert_allclose(energies, found[0][0], rtol=1e-12)
        np.testing.assert_allclose(grads, found[0][1], rtol=1e-9, atol=1e-12)
    again = Shards(net)
    again.min_images = 1
    assert not np.allclose(again.gradient(images, labels, energy, (3, 6))[0], found[0][0])
