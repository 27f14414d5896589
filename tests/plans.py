"""Checkpoints of nets that nobody trained, for the tests of what is written from plans."""

import numpy as np

from netkit.build.parts import make_net
from netkit.config.compose import compose
from netkit.net import Net
from netkit.training.checkpoint import Checkpoint

ARCHS = "lenet5", "lenet5_eblearn", "lenet5_modern", "linear", "mlp", "multiscale", "resnet"
ARCHS += "resnet8", "mobile", "detector", "vgg_small"


def checkpoint_of(registry, arch, shape=(1, 28, 28), *words, dtype="float64"):
    """Return a checkpoint of an untrained net with statistics other than 0 and 1, and the net."""
    ops = registry.make("backend", {"type": "numpy"})
    cfg = compose("train", [f"arch={arch}", f"dtype={dtype}", *words])
    net = make_net(registry, cfg, shape, classes=10, ops=ops, bias=-3.0, coeff=0.01)
    net.state[...] = np.random.default_rng(0).uniform(0.3, 0.9, net.state.size)
    meta = {"config": cfg, "classes": list("0123456789"), "shape": shape}
    return Checkpoint.of(net, meta | {"bias": net.bias, "coeff": net.coeff}), net


def checkpoint_of_layer(registry, kind, arguments, shape):
    """Return a checkpoint of a net of one layer, with weights between 0.3 and 0.9, and the net."""
    ops, specs = registry.make("backend", {"type": "numpy"}), {"layer": {"type": kind, **arguments}}
    net = Net(registry.layers(specs, 10), shape, ops, dtype="float64", bias=0.5, coeff=2)
    net.values[...] = np.random.default_rng(0).uniform(0.3, 0.9, net.values.size)
    net.state[...] = np.random.default_rng(0).uniform(0.3, 0.9, net.state.size)
    config = {"arch": {"layers": specs}, "energy": {"type": "l2"}}
    meta = {"config": config, "classes": list("0123456789"), "shape": shape}
    return Checkpoint.of(net, meta | {"bias": 0.5, "coeff": 2}), net
