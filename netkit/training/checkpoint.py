"""Checkpoint: weights in a file with all that it takes to use them again."""

from pathlib import Path

import numpy as np

from netkit.errors import NetkitError
from netkit.files.tensors import NAMELESS, read_tensors, write_tensors


class Checkpoint:
    """What a weights file holds: `tensors`, {"layer.name": array}, and `meta`.

    meta: config (as composed), classes (names), shape (C, H, W), bias, coeff, iteration, age,
    results (rows); it is empty for an EBLearn .mat, which holds one vector of numbers, layer after
    layer, and nothing else. What a resumed run needs beside the weights has a name with a stroke:
    "optimizer/NAME", "sampling/NAME".
    """

    def __init__(self, tensors, meta, path=None):
        self.tensors, self.meta, self.path = tensors, meta, path

    @classmethod
    def of(cls, net, meta, running=None):
        """Take a net's weights and statistics, and if given what a resumed run needs beside
        them.
        """
        arrays = {**net.weights, **net.states, **(running or {})}
        return cls({name: net.ops.to_host(a) for name, a in arrays.items()}, meta)

    @classmethod
    def load(cls, path):
        """Read a .safetensors, .npz or .mat file, or the best one of a run's folder; or say what is
        wrong with it.
        """
        path = Path(path) / "best.safetensors" if Path(path).is_dir() else Path(path)
        return cls(*read_tensors(path), path)

    def save(self, path):
        """Write a file of the kind that its ending names: beside its place first, so there is never
        half a file.
        """
        write_tensors(path, self.tensors, self.meta)

    @property
    def nameless(self):
        """All weights in one vector, if the file has no names; or None."""
        return self.tensors[NAMELESS] if set(self.tensors) == {NAMELESS} else None

    def named(self, places, arch=None):
        """Return the tensors by name; `places`, {"layer.name": shape} in the order of a net,
        divides a nameless vector.

        arch: the name of the arch, for the error of a vector whose length does not fit.
        """
        vector = self.nameless
        if vector is None:
            return {name: a for name, a in self.tensors.items() if "/" not in name}
        sizes = {name: int(np.prod(shape)) for name, shape in places.items()}
        if sum(sizes.values()) != vector.size:
            raise NetkitError(
                f"weights {self.path}: {vector.size:,} numbers, and the arch{f' {arch}' if arch else ''} has "
                f"{sum(sizes.values()):,}: {first_difference(sizes, vector.size)}: use the arch it was trained with"
            )
        ends = np.cumsum(list(sizes.values()))
        parts = np.split(vector, ends[:-1])
        return {
            name: part.reshape(shape)
            for (name, shape), part in zip(places.items(), parts, strict=True)
        }

    def restore(self, net):
        """Write the tensors into a net's weights and statistics; names and shapes must be the
        net's.
        """
        ours = {**net.weights, **net.states}
        theirs = self.named({name: view.shape for name, view in ours.items()})
        for name in [*ours, *theirs]:
            have, need = theirs.get(name), ours.get(name)
            if have is None or need is None or have.shape != need.shape:
                said = [f"{a.shape}" if a is not None else "nothing" for a in (have, need)]
                raise NetkitError(
                    f"weights {self.path}: {name} is {said[0]} in the file and {said[1]} in the arch ("
                    f"{count(theirs)} numbers in the file, {count(ours)} in the arch): use the arch it was "
                    f"trained with ({self.meta.get('config', {}).get('arch', {}).get('name')})"
                )
        for name, view in ours.items():
            view[...] = net.ops.asarray(theirs[name], net.dtype)

    def running(self, start, ops):
        """Return the vectors whose names begin with `start`, {rest of the name: flat vector}."""
        return {
            k.removeprefix(start): ops.asarray(a)
            for k, a in self.tensors.items()
            if k.startswith(start)
        }


def first_difference(sizes, have):
    """Return at which layer a vector of `have` numbers ends too early, or how much of it is left
    after the last.
    """
    at = 0
    for name, size in sizes.items():
        if at + size > have:
            layer, _, array = name.rpartition(".")
            return f"the first layer that differs is {layer}, whose {array} needs {size:,} and finds {have - at:,}"
        at += size
    return f"{have - at:,} are left over after the last layer, {list(sizes)[-1].rpartition('.')[0]}"


def count(tensors):
    """Return how many numbers there are in {name: array}, as text."""
    return f"{sum(int(a.size) for a in tensors.values()):,}"
