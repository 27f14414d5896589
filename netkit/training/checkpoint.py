"""Checkpoint: weights in a file with all that it takes to use them again."""

from pathlib import Path

from netkit.errors import NetkitError
from netkit.files.tensors import read_tensors, write_tensors
from netkit.weights import ALL, divided, is_nameless


class Checkpoint:
    """What a weights file holds: `tensors`, {"layer.name": array}, and `meta`.

    meta: config (as composed), classes (names), shape (C, H, W), bias, coeff, iteration, age,
    results (rows); it is empty for a file that does not say which net it is for. What a resumed run
    needs beside the weights has a name with a stroke: "optimizer/NAME", "sampling/NAME".
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
    def load(cls, path, registry=None):
        """Read a file of weights, or the best one of a run's folder; or say what is wrong with it.

        registry: what plugins bring, for kinds of files; asked anew if not given.
        """
        path = Path(path) / "best.safetensors" if Path(path).is_dir() else Path(path)
        return cls(*read_tensors(path, registry), path)

    def save(self, path):
        """Write a file of the kind that its ending names: beside its place first, so there is never
        half a file.
        """
        write_tensors(path, self.tensors, self.meta)

    def named(self, places, arch=None):
        """Return the weights and statistics by name, without what a resumed run needs beside them.

        places: {"layer.name": shape} in the order of a net, for a file that has no names.  arch:
        the name of the arch, for the error of a file that does not fit.
        """
        if is_nameless(self.tensors):
            return divided(self.tensors[ALL], places, self.path, arch=arch)
        return {name: a for name, a in self.tensors.items() if "/" not in name}

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


def count(tensors):
    """Return how many numbers there are in {name: array}, as text."""
    return f"{sum(int(a.size) for a in tensors.values()):,}"
