"""netkit's side of a training step that is timed beside PyTorch's."""

from collections.abc import Callable
from typing import Any

import numpy as np

from netkit.energy import Energy
from netkit.net import Net
from netkit.passes import Shards
from netkit.plugins.optimizers.sgd import Sgd


class Steps:
    """Training steps of a net: bytes to floats, forward, energy, backward, SGD."""

    def __init__(self, net: Net, energy: Energy, eta: float) -> None:
        self.net = net
        self.energy = energy
        self.shards = Shards(net)
        self.sgd = Sgd(eta)
        self.slots = self.sgd.init(net.values)
        self.steps = 0

    def step(self, images: np.ndarray, labels: np.ndarray) -> None:
        """Do one training step."""
        self.shards.gradient(images, labels, self.energy)
        self.steps += 1
        self.sgd.step(self.net.values, self.net.grads, self.slots, self.steps, 0.0)

    def by_parts(self, gradient: Callable[[Any, Any], np.ndarray], x: Any, labels: Any) -> Any:
        """Return the other side's gradient of a batch, divided as netkit divides it.

        gradient: of a part, from its x and labels. Batch normalisation has statistics of its own in
        each.
        """
        parts = self.shards.parts(len(x))
        each = [gradient(x[part], labels[part]) for part in parts]
        return np.average(each, axis=0, weights=[part.stop - part.start for part in parts])
