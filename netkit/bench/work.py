"""The work that is timed: two networks, each as netkit has it, and one training step of it."""

from typing import Any

import numpy as np

from netkit.build.parts import make_net
from netkit.config.compose import compose
from netkit.passes import Shards
from netkit.plugins.optimizers.sgd import Sgd
from netkit.registry import Registry
from netkit.types import Array

ETA = 1e-3
CONV64 = {
    "c0": {"type": "conv", "out": 32, "kernel": 3},
    "relu0": {"type": "relu"},
    "c1": {"type": "conv", "out": 64, "kernel": 3},
    "relu1": {"type": "relu"},
    "pool1": {"type": "maxpool", "kernel": 2},
    "f2": {"type": "linear", "out": 128},
    "relu2": {"type": "relu"},
    "f3": {"type": "linear", "out": "noutputs"},
}
LENET5 = "arch=lenet5", "arch.normalise=false", "arch.jitter=false", "arch.layers.c2.table=null"


def config(network: str) -> dict[str, Any]:
    """Return the configuration of "lenet5" (squared error) or "conv64" (cross-entropy)."""
    if network == "lenet5":
        return compose("train", LENET5)
    cfg = compose("train", ["energy=cross_entropy"])
    return cfg | {"arch": {"name": network, "layers": CONV64}}


class Netkit:
    """netkit's side of the work.

    Its images are (N, 1, 28, 28) of uint8, as a data set has them: converting them is timed.
    """

    steps = answers = 1

    def __init__(self, network: str, backend: str, threads: int | None = None) -> None:
        registry, cfg = Registry(), config(network)
        given = {"threads": threads} if threads and backend != "cupy" else {}
        self.ops = registry.make("backend", {"type": backend, **given})
        self.net = make_net(registry, cfg, (1, 28, 28), classes=10, ops=self.ops, coeff=0.01)
        self.energy = registry.make("energy", cfg["energy"]).bind(self.ops, self.net, 10)
        self.shards = Shards(self.net)
        self.sgd = Sgd(ETA)
        self.sgd.begin(self.net, 0)
        self.age = 0
        self.slots = self.sgd.init(self.net.values)

    def prepare(self, images: Array, labels: Array) -> tuple[Array, Array]:
        """Return a batch where the backend wants it."""
        return self.ops.samples(images, labels)

    def gradient(self, images: Array, labels: Array) -> Array:
        """Return the flat gradient, on the host."""
        self.shards.gradient(images, labels, self.energy)
        return self.ops.to_host(self.net.grads).copy()

    def step(self, images: Array, labels: Array) -> None:
        """Do one training step."""
        self.shards.gradient(images, labels, self.energy)
        self.age += 1
        self.sgd.step(self.net.values, self.net.grads, self.slots, self.age, 0.0)

    train = step

    def infer(self, images: Array, labels: Array | None = None) -> Array:
        """Return the outputs for a batch."""
        return self.shards.outputs(images)

    def weights(self) -> Array:
        """Return the flat weights, on the host."""
        return np.array(self.ops.to_host(self.net.values))
