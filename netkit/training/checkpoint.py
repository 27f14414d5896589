"""Checkpoint: weights in a file with all that it takes to use them again."""

from collections.abc import Iterable, Mapping
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netkit.errors import NetkitError
from netkit.files.runs import in_last_run
from netkit.files.tensors import read_tensors, write_tensors
from netkit.training.description import check_description
from netkit.types import Array, Shape
from netkit.weights import ALL, divided, is_nameless

if TYPE_CHECKING:
    from netkit.net import Net
    from netkit.registry import Registry


class Checkpoint:
    """What a weights file holds: `tensors`, {"layer.name": array}, and `meta`.

    meta: config (as composed), classes (names), shape (C, H, W), bias, coeff, iteration (how many
    are done), age (updates done), seen (samples shown), rows (the results of each iteration),
    detection (where boxes were tested, the threshold of the best F1), int8 (a net in whole numbers:
    netkit.quantization.saved), quantize (how a run with quantize=true rounds the output of each
    layer: netkit.rounding.Formats); it is empty for a file that does not say which net it is for.
    What a resumed run needs beside the weights has a name with a stroke: "optimizer/NAME",
    "sampling/NAME", "dataset/NAME".
    """

    def __init__(
        self, tensors: dict[str, Array], meta: dict[str, Any], path: Path | None = None
    ) -> None:
        self.tensors = tensors
        self.meta = meta
        self.path = path

    @classmethod
    def of(
        cls, net: "Net", meta: dict[str, Any], resume_state: Mapping[str, Array] | None = None
    ) -> "Checkpoint":
        """Take a net's weights and statistics, and what a resumed run needs beside them."""
        arrays = {**net.weights, **net.states, **(resume_state or {})}
        return cls({name: net.ops.to_host(a) for name, a in arrays.items()}, meta)

    @classmethod
    def load(cls, path: str | Path, registry: "Registry | None" = None) -> "Checkpoint":
        """Read a file of weights, or the best one of a run's folder; or say what is wrong with it.

        A name alone, of a file that is not here, is looked for in the last run under outputs.
        registry: what plugins bring, for kinds of files; asked anew if not given.
        """
        path = Path(path) / "best.safetensors" if Path(path).is_dir() else in_last_run(Path(path))
        tensors, meta = read_tensors(path, registry)
        check_description(meta, f"weights {path}")
        return cls(tensors, meta, path)

    def save(self, path: Path) -> None:
        """Write a file of the kind that its ending names: the whole file or none of it."""
        write_tensors(path, self.tensors, self.meta)

    def named(self, places: Mapping[str, Shape], arch: str | None = None) -> dict[str, Array]:
        """Return the weights and statistics by name, without what a resumed run needs beside them.

        places: {"layer.name": shape} in the order of a net, for a file that has no names.  arch:
        the name of the arch, for the error of a file that does not fit.
        """
        if "int8" in self.meta:
            raise NetkitError(
                f"weights {self.path}: a net in eight bits, which answers and does not learn: name "
                "the run that it was made from"
            )
        if is_nameless(self.tensors):
            return divided(self.tensors[ALL], places, self.path, arch=arch)
        return {name: a for name, a in self.tensors.items() if "/" not in name}

    def fitting(self, places: Mapping[str, Shape]) -> dict[str, Array]:
        """Return the weights and statistics by name for a net that keeps arrays of these shapes.

        places: {"layer.name": shape} in the order of the net.  Raises NetkitError where the file
        has others.
        """
        theirs = self.named(places)
        for name in [*places, *theirs]:
            have, need = theirs[name].shape if name in theirs else None, places.get(name)
            if have is None or need is None or have != tuple(need):
                said = [f"{shape}" if shape is not None else "nothing" for shape in (have, need)]
                arch = self.meta.get("config", {}).get("arch", {}).get("name")
                raise NetkitError(
                    f"weights {self.path}: {name} is {said[0]} in the file and {said[1]} in the "
                    f"arch ({count(each.shape for each in theirs.values())} numbers in the file, "
                    f"{count(places.values())} in the arch): "
                    f"use the arch it was trained with ({arch})"
                )
        return theirs

    def restore(self, net: "Net") -> None:
        """Write the tensors into a net's weights and statistics; names and shapes must be its."""
        ours = {**net.weights, **net.states}
        theirs = self.fitting({name: view.shape for name, view in ours.items()})
        for name, view in ours.items():
            view[...] = net.ops.asarray(theirs[name], net.dtype)

    def resume_state(self, whose: str) -> dict[str, Array]:
        """Return what "optimizer", "sampling" or "dataset" saved for a resumed run, by name."""
        start = f"{whose}/"
        return {k.removeprefix(start): a for k, a in self.tensors.items() if k.startswith(start)}


def count(shapes: Iterable[Shape]) -> str:
    """Return how many numbers there are in arrays of these shapes, as text."""
    return f"{sum(map(prod, shapes)):,}"
