"""A net as one C file: what it answers is what the net answers."""

import numpy as np
import pytest
from c_files import FAST, checkpoint_of_layers, compiled, outputs, written
from cases import CASES, NAMES
from plans import checkpoint_of

from netkit.net import Net
from netkit.passes import Shards

SUMS = "conv", "linear", "subs", "wavgpool", "residual", "branch", "colour"


@pytest.mark.parametrize(("kind", "arguments", "shape"), CASES, ids=NAMES)
def test_layer(registry, tmp_path, kind, arguments, shape):
    ops, specs = registry.make("backend", {"type": "numpy"}), {"layer": {"type": kind, **arguments}}
    scale = {} if kind == "colour" else {"bias": -100, "coeff": 0.01}  # it is made for bytes
    net = Net(registry.layers(specs, 10), shape, ops, dtype="float64", **scale)
    net.values[...] = np.random.default_rng(0).uniform(0.3, 0.9, net.values.size)
    net.state[...] = np.random.default_rng(0).uniform(0.3, 0.9, net.state.size)
    source = written(registry, checkpoint_of_layers(registry, net, specs), tmp_path)
    images = np.random.default_rng(1).integers(0, 256, size=(3, *shape))
    expected = Shards(net).outputs(images).transpose(3, 0, 1, 2)
    for flags in ([], FAST)[: 2 if kind in SUMS else 1]:
        made = outputs(compiled(source, *flags), images, expected.shape[1:])
        np.testing.assert_allclose(made, expected, rtol=2e-5, atol=1e-5)


@pytest.mark.parametrize("arch", ["lenet5", "multiscale", "mobile", "resnet8"])
def test_arch(registry, tmp_path, arch):
    """A whole net, plain and with vectors, over a hundred images."""
    checkpoint, net = checkpoint_of(registry, arch, dtype="float32")
    source = written(registry, checkpoint, tmp_path)
    images = np.random.default_rng(1).integers(0, 256, (100, 1, 28, 28))
    expected = Shards(net).outputs(images).transpose(3, 0, 1, 2)
    for flags in (["-O1"], ["-O1", *FAST]):
        made = outputs(compiled(source, *flags), images, expected.shape[1:])
        np.testing.assert_allclose(made, expected, rtol=0, atol=1e-5)
