"""One table over every registered layer: gradients, types, shapes, backends, boxes."""

from math import ceil, floor

import numpy as np
import pytest
from cases import CASES, NAMES

from netkit.net import Net
from netkit.passes import Shards
from netkit.plugins.energies import CrossEntropy
from netkit.testing import check_layer


def make(registry, kind, arguments):
    return registry.layers({"layer": {"type": kind, **arguments}}, 10)["layer"]


def test_table_is_complete(registry):
    """Every layer that netkit brings has a row; another plugin's are its own tests' business."""
    ours = {name for name, offers in registry.found["layer"].items() if "netkit" in offers}
    assert {case[0] for case in CASES} == ours


@pytest.mark.parametrize(("kind", "arguments", "shape"), CASES, ids=NAMES)
def test_layer(registry, kind, arguments, shape):
    check_layer(lambda: make(registry, kind, arguments), shape)


@pytest.mark.parametrize(("kind", "arguments", "shape"), CASES, ids=NAMES)
def test_backends_agree(registry, backend, kind, arguments, shape):
    """Every backend gives what the plain reference primitives give."""
    strict = registry.make("backend", {"type": "strict"})
    results = []
    images = np.random.default_rng(0).normal(size=(4, *shape))
    for ops in (strict, backend):
        net = Net(
            {
                "before": make(registry, "addc", {}),
                "layer": make(registry, kind, arguments),
                "after": make(registry, "linear", {"out": 3}),
            },
            shape,
            ops,
            "float64",
        )
        labels = np.array([0, 1, 2, 0])
        energy = CrossEntropy().bind(ops, net, 3)
        shards = Shards(net)
        shards.workers = shards.workers[
            :1
        ]  # one shard, as the reference: batch statistics are a shard's own
        shards.gradient(*ops.samples(images, labels), energy, (1,))
        results.append(
            (ops.to_host(net.grads).copy(), shards.outputs(ops.samples(images, labels)[0]))
        )
    for reference, ours in zip(*results, strict=True):
        np.testing.assert_allclose(ours, reference, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(("kind", "arguments", "shape"), CASES, ids=NAMES)
def test_box_covers_what_a_cell_sees(registry, kind, arguments, shape):
    """Pixels outside of a cell's box leave the cell as it was, and some inside change it."""
    layer = make(registry, kind, arguments)
    if not layer.local:
        pytest.skip("sees all of the map, or mirrors it")
    ops = registry.make("backend", {"type": "numpy", "threads": 1})
    net = Net({"layer": layer}, shape, ops, "float64")
    net.values[...] = np.random.default_rng(2).uniform(0.5, 1, net.values.size)
    shards, rng = Shards(net), np.random.default_rng(3)
    image = rng.uniform(1, 2, size=(1, *shape))
    y = shards.outputs(image)[..., 0]
    _, h, w = y.shape
    cell = int(rng.integers(h)), int(rng.integers(w))
    (top, left), (bottom, right) = net.box(cell, (cell[0] + 1, cell[1] + 1))
    inside = np.zeros(shape[1:], bool)
    inside[max(0, floor(top)) : ceil(bottom), max(0, floor(left)) : ceil(right)] = True
    for where, same in ((~inside, True), (inside, False)):
        changed = image.copy()
        changed[0][:, where] += rng.uniform(1, 2, size=(shape[0], where.sum()))
        z = shards.outputs(changed)[..., 0]
        touched = bool(where.any()) and bool(inside.any() or same)
        if touched:
            assert np.allclose(z[:, cell[0], cell[1]], y[:, cell[0], cell[1]], atol=1e-12) == same
