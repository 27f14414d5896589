"""The energy of images that are mixed with others of their batch: that of both, by their shares."""

import functools
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from netkit.types import Array

if TYPE_CHECKING:
    from netkit.energy import Energy


class Mix(NamedTuple):
    """What a layer has made of a batch: share * image + (1 - share) * the image at `order`.

    order: a permutation of the N images, (N,).  share: in 0..1, one each, (N,).
    """

    order: Array
    share: Array


def mixed(
    energy: "Energy", y: Array, labels: Array, mixes: Sequence[Mix]
) -> tuple[Array, Callable[[Any], Array]]:
    """Return what energy.forward does, for outputs y (K, 1, 1, N) of images that were mixed.

    It is the mean of the energies for the labels (N,) of all images that are part of one, by their
    shares (Zhang, Cisse, Dauphin & Lopez-Paz 2018), and so is the gradient. Any energy serves: its
    `backward` takes a scale for each sample.
    """
    if not mixes:
        return energy.forward(y, labels)
    parts = [(labels, mixes[0].share * 0 + 1)]
    for order, share in mixes:
        others = [(of[order], part[order] * (1 - share)) for of, part in parts]
        parts = [(of, part * share) for of, part in parts] + others
    done = [(*energy.forward(y, of), part) for of, part in parts]

    def backward(scale: Any) -> Array:
        return total(back(part * scale) for _, back, part in done)

    return total(part * energies for energies, _, part in done), backward


def total(arrays: Iterable[Array]) -> Array:
    """Return the sum of some arrays."""
    return functools.reduce(operator.add, arrays)
