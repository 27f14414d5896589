"""WeightsFile: a kind of file for weights. A new one is a subclass with read() and write()."""

from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from netkit.errors import NetkitError
from netkit.types import Array, Shape

ALL = "weights"  # the one name in a file without names: all weights of a net in one vector


class WeightsFile:
    """A kind of file for weights, registered under its ending: {".mat": Mat}.

    A file that says which net it is for returns {"layer.name": array} and the description `meta`
    that `write` was given. One that does not returns an empty `meta`: the user names the arch then.
    One that holds nothing but numbers, layer after layer, returns {ALL: vector}: netkit divides it.
    """

    def read(self, path: Path) -> tuple[dict[str, Array], dict[str, Any]]:
        """Return the arrays in a file and their description; raise NetkitError if it is damaged."""
        raise NotImplementedError

    def write(self, path: Path, tensors: Mapping[str, Array], meta: dict[str, Any]) -> None:
        """Write arrays and their description: the whole file or none of it.

        A name with a stroke, "optimizer/NAME", is of a run that goes on, and may be left out.
        """
        raise NotImplementedError


def is_nameless(tensors: Mapping[str, Array]) -> bool:
    """Say whether arrays are one vector of all weights, without names."""
    return set(tensors) == {ALL}


def divided(
    vector: Array, places: Mapping[str, Shape], path: Path | None = None, *, arch: str | None = None
) -> dict[str, Array]:
    """Return the arrays that one vector of all weights stands for, {"layer.name": array}.

    places: their shapes in the order of the net.  path, arch: names for the error of a vector
    that is too long or too short.
    """
    sizes = {name: prod(shape) for name, shape in places.items()}
    need = sum(sizes.values())
    if need != vector.size:
        raise NetkitError(
            f"weights {path}: {vector.size:,} numbers, and the arch{f' {arch}' if arch else ''} "
            f"has {need:,}: {first_difference(sizes, vector.size)}: "
            "use the arch it was trained with"
        )
    parts = np.split(vector, np.cumsum(list(sizes.values()))[:-1])
    shapes = zip(places.items(), parts, strict=True)
    return {name: part.reshape(shape) for (name, shape), part in shapes}


def first_difference(sizes: Mapping[str, int], have: int) -> str:
    """Return at which layer a vector of `have` numbers ends too early, or how much is left over."""
    at = 0
    for name, size in sizes.items():
        if at + size > have:
            layer, _, array = name.rpartition(".")
            return (
                f"the first layer that differs is {layer}, whose {array} needs {size:,} "
                f"and finds {have - at:,}"
            )
        at += size
    return f"{have - at:,} are left over after the last layer, {list(sizes)[-1].rpartition('.')[0]}"
