"""The energy of samples that are answered wrong, for ignore_correct."""

from collections.abc import Callable
from typing import Any

from netkit.energy import Energy
from netkit.types import Array


class OnlyWrong(Energy):
    """Another energy without the gradient of the samples that are answered right."""

    def __init__(self, energy: Energy) -> None:
        self.energy = energy
        self.ops = energy.ops

    def forward(self, y: Array, labels: Array) -> tuple[Array, Callable[[Any], Array]]:
        energies, back = self.energy.forward(y, labels)
        wrong = self.energy.answer(y)[0][0, 0] != labels
        return energies, lambda scale: back((wrong * scale).astype(y.dtype))

    def noise(self, y: Array, labels: Array, uniform: Array) -> Array:
        return self.energy.noise(y, labels, uniform)

    def answer(self, y: Array) -> tuple[Array, Array]:
        return self.energy.answer(y)
