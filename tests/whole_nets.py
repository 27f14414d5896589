"""Nets in eight bits for tests, made of nets nobody trained."""

import functools

import numpy as np

from netkit.build.parts import make_net
from netkit.config.compose import compose
from netkit.export.plan import plan_of
from netkit.export.reference import run
from netkit.quantization.quantizer import Quantizer
from netkit.quantization.saved import saved
from netkit.training.checkpoint import Checkpoint

SIZE = {"resnet8": (3, 12, 12), "mobile": (3, 8, 8)}
CONV = {"type": "conv", "out": 10, "kernel": 3}
LINEAR = {"type": "linear", "out": 10}
OTHERS = {
    "maps": {"type": "batchnorm"},
    "cut": {"type": "narrow", "dim": 0, "size": 4, "offset": 3},
    "mean": {"type": "avgpool", "kernel": [2, 3]},
    "max": {"type": "maxpool", "kernel": 2, "stride": 1},
    "groups": {"type": "conv", "out": 20, "kernel": 3, "groups": 5, "stride": 2, "pad": 1},
    "dilated": {"type": "conv", "out": 33, "kernel": [3, 2], "dilation": 2, "pad": 2},
}
NETS = {
    **{name: name for name in ("lenet5", "resnet8", "mobile", "detector", "multiscale")},
    **{name: {"c0": CONV, "it": layer, "f1": LINEAR} for name, layer in OTHERS.items()},
}


def checkpoint_for(registry, arch, shape):
    """Return the checkpoint of an untrained net, by the name of its arch or of layers."""
    ops = registry.make("backend", {"type": "numpy"})
    layers = {} if isinstance(arch, str) else {"arch": {"layers": arch}}
    cfg = compose("train", [f"arch={arch}"] if isinstance(arch, str) else []) | layers
    net = make_net(registry, cfg, shape, classes=10, ops=ops, coeff=0.01)
    net.values += np.random.default_rng(1).normal(0, 0.05, net.values.size)  # none is 0
    net.state[...] = np.random.default_rng(0).uniform(0.3, 0.9, net.state.size)
    meta = {"config": cfg, "classes": list("0123456789"), "shape": list(shape)}
    return Checkpoint.of(net, meta | {"bias": 0.0, "coeff": 0.01})


def plan_for(registry, arch, shape):
    """Return the folded plan of an untrained net."""
    return plan_of(registry, checkpoint_for(registry, arch, shape))


def quantized(plan, count=6):
    """Return a program, the images it was made by and what the plan makes of them."""
    rng = np.random.default_rng(3)
    shape = plan.shapes[plan.input]
    images = np.kron(rng.integers(0, 256, (count, shape[0], 7, 7)), np.ones((1, 1, 5, 5)))
    images = np.ascontiguousarray(images[:, :, : shape[1], : shape[2]]).astype(np.float32)
    return Quantizer(plan, images).program(), images, run(plan, images)


def checkpoint_of(program, plan):
    """Return the checkpoint of a program."""
    arrays, said = saved(program)
    return Checkpoint(arrays, {**plan.meta, "int8": said})


@functools.cache
def program_of(registry, name):
    """Return the program of a net of NETS, its plan, and images with all kinds of numbers."""
    shape = SIZE.get(name, (1, 28, 28)) if isinstance(NETS[name], str) else (3, 14, 15)
    plan = plan_for(registry, NETS[name], shape)
    program, images, _ = quantized(plan, count=4)
    return program, plan, images
