"""EBLearn's .mat of weights: one vector of numbers, layer after layer, and nothing else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from netkit.build.undescribed import places_of
from netkit.errors import NetkitError
from netkit.files.idx import read_matrix, write_matrix
from netkit.registry import Registry
from netkit.types import Array
from netkit.weights import ALL, WeightsFile, is_nameless


class Mat(WeightsFile):
    """All that a net keeps in one vector: weights, then running statistics, in the net's order."""

    def read(self, path: Path) -> tuple[dict[str, Array], dict[str, Any]]:
        """Return the vector under the name ALL, and no description."""
        vector = read_matrix(path)
        if vector.ndim != 1 or vector.dtype.kind != "f":
            raise NetkitError(
                f"weights {path}: {vector.dtype} {vector.shape} are no weights: "
                "EBLearn keeps them in one vector of floats"
            )
        return {ALL: np.array(vector)}, {}

    def write(self, path: Path, tensors: Mapping[str, Array], meta: dict[str, Any]) -> None:
        """Write the numbers alone: the description and an optimizer's vectors are left out."""
        write_matrix(path, tensors[ALL] if is_nameless(tensors) else joined(tensors, meta), "mat")


def joined(tensors: Mapping[str, Array], meta: dict[str, Any]) -> Array:
    """Return named arrays as one vector, in the order of the net that `meta` describes."""
    places = places_of(Registry(), meta["config"], meta["shape"], len(meta["classes"]))
    return np.concatenate([np.asarray(tensors[name]).reshape(-1) for name in places])
