"""What tests of layers share: one layer run over images."""

import pytest

from netkit.net import Net
from netkit.passes import Shards


@pytest.fixture(scope="module")
def ops(registry):
    return registry.make("backend", {"type": "numpy", "threads": 1})


@pytest.fixture
def run(registry, ops):
    """Run one layer over images (N, C, H, W) in float64: run("tanh", {}, x) -> (N, C, h, w)."""

    def call(kind, arguments, x, weights=None):
        layers = registry.layers({"layer": {"type": kind, **arguments}}, 10)
        net = Net(layers, x.shape[1:], ops, dtype="float64")
        for name, value in (weights or {}).items():
            net.weights[f"layer.{name}"][...] = value
        return Shards(net).outputs(x).transpose(3, 0, 1, 2)

    return call
