"""Checkpoint: weights in a safetensors file with all that it takes to use them again."""

import json
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from netkit.errors import NetkitError
from netkit.files import write_beside


class Checkpoint:
    """What a weights file holds: `tensors`, {"layer.name": array}, and `meta`.

    meta: config (as composed), classes (names), shape (C, H, W), bias, coeff, iteration, age, results (rows).
    What a resumed run needs beside the weights has a name with a stroke: "optimizer/NAME", "sampling/NAME".
    """

    def __init__(self, tensors, meta, path=None):
        self.tensors, self.meta, self.path = tensors, meta, path

    @classmethod
    def of(cls, net, meta, running=None):
        """Take a net's weights and statistics, and if given what a resumed run needs beside them."""
        arrays = {**net.weights, **net.states, **(running or {})}
        return cls({name: net.ops.to_host(a) for name, a in arrays.items()}, meta)

    @classmethod
    def load(cls, path):
        """Read a file that `save` wrote, or the best one of a run's folder; or say what is wrong with it."""
        path = Path(path) / "best.safetensors" if Path(path).is_dir() else Path(path)
        try:
            with safe_open(path, framework="np") as file:
                meta = json.loads((file.metadata() or {})["netkit"])
                return cls({name: file.get_tensor(name) for name in file.keys()}, meta, path)  # noqa: SIM118
        except FileNotFoundError:
            raise NetkitError(f"weights {path}: there is no such file") from None
        except (KeyError, json.JSONDecodeError):
            raise NetkitError(f"weights {path}: not written by netkit: it does not say which net it is for") from None
        except (SafetensorError, OSError) as error:
            raise NetkitError(
                f"weights {path}: not a whole safetensors file ({error}): train or copy it anew"
            ) from None

    def save(self, path):
        """Write the file: beside its place first, so that there is never half a file."""
        meta = {"netkit": json.dumps(self.meta)}
        tensors = {name: np.ascontiguousarray(a) for name, a in self.tensors.items()}
        write_beside(path, save(tensors, metadata=meta))

    def restore(self, net):
        """Write the tensors into a net's weights and statistics; names and shapes must be the net's."""
        theirs = {name: a for name, a in self.tensors.items() if "/" not in name}
        ours = {**net.weights, **net.states}
        for name in [*ours, *theirs]:
            have, need = theirs.get(name), ours.get(name)
            if have is None or need is None or have.shape != need.shape:
                said = [f"{a.shape}" if a is not None else "nothing" for a in (have, need)]
                raise NetkitError(
                    f"weights {self.path}: {name} is {said[0]} in the file and {said[1]} in the arch: "
                    f"use the arch it was trained with ({self.meta.get('config', {}).get('arch', {}).get('name')})"
                )
        for name, view in ours.items():
            view[...] = net.ops.asarray(theirs[name], net.dtype)

    def running(self, start, ops):
        """Return the vectors whose names begin with `start`, {rest of the name: flat vector}."""
        return {k.removeprefix(start): ops.asarray(a) for k, a in self.tensors.items() if k.startswith(start)}
