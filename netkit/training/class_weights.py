"""Class weights: how much the samples of each class count in the energy."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.checks import Amount, taken
from netkit.energy import Energy
from netkit.errors import NetkitError, shown
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.net import Net


class Weighted(Energy):
    """Another energy, times a number for the class of each sample, in training and in tests.

    weights: one number a class, (K,).  classes: their names.
    """

    def __init__(self, energy: Energy, weights: Array, classes: Sequence[str]) -> None:
        self.energy = energy
        self.ops = energy.ops
        self.penalties = energy.penalties
        self.weights = weights
        self.classes = classes

    def forward(self, y: Array, labels: Array) -> tuple[Array, Callable[[Any], Array]]:
        energies, back = self.energy.forward(y, labels)
        weights = self.of(labels, y.dtype)
        return energies * weights, lambda scale: back(weights * scale)

    def of(self, labels: Array, dtype: Any) -> Array:
        """Return the weights of samples with these labels (N,)."""
        return self.ops.asarray(self.weights, dtype)[labels]

    def outputs(self, classes: int) -> int:
        return self.energy.outputs(classes)

    def answer(self, y: Array) -> tuple[Array, Array]:
        return self.energy.answer(y)

    def confidences(self, y: Array) -> Array:
        return self.energy.confidences(y)

    def noise(self, y: Array, labels: Array, uniform: Array) -> Array:
        return self.energy.noise(y, labels, uniform) * self.of(labels, y.dtype) ** 0.5

    def warnings(self, net: "Net") -> Iterator[str]:
        return self.energy.warnings(net)

    def notes(self) -> Iterator[str]:
        each = zip(self.classes, self.weights, strict=True)
        yield "weighted " + ", ".join(f"{name}={weight:.3g}" for name, weight in each)


def weighted(energy: Energy, given: Any, classes: Sequence[str], labels: Array) -> Energy:
    """Return an energy with the class weights that a user gave; as it is for null.

    given: "balanced", n / (K n_k), as if there were as many of each class (the mean over the
    training samples is 1); a list of one number a class; or {name: number}, the others are 1.
    labels: of the training samples, (n,).
    """
    if given is None:
        return energy
    return Weighted(energy, class_weights(given, classes, labels), classes)


def class_weights(given: Any, classes: Sequence[str], labels: Array) -> Array:
    """Return a number for each class, (K,); see `weighted`."""
    if given == "balanced":
        counts = np.bincount(labels, minlength=len(classes))
        there = np.maximum(counts, 1)  # a class without samples has weight 1
        return np.where(counts, len(labels) / (np.count_nonzero(counts) * there), 1.0)
    give = f"give balanced, a list of {len(classes)} numbers, one a class, or {{NAME: number}}"
    if isinstance(given, Mapping):
        named = {str(name): weight for name, weight in given.items()}
        for name in named:
            if name not in classes:
                raise NetkitError(
                    f"class_weight={shown(given)}: there is no class {name}: "
                    f"there are {', '.join(classes)}"
                )
        given = [named.get(name, 1.0) for name in classes]
    if not isinstance(given, (list, tuple)) or len(given) != len(classes):
        raise NetkitError(f"class_weight={shown(given)}: {give}")
    weights = np.array([taken("class_weight", weight, Amount) for weight in given])
    if not weights.any():
        raise NetkitError(f"class_weight={shown(given)}: nothing would be learnt: {give}")
    return weights
