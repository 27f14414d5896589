"""Checkpoints of nets that nobody trained, for what writes them in other forms."""

import numpy as np

from netkit.build.parts import make_net
from netkit.config import compose
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
