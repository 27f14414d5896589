"""manual_load: the weights of a net in a file a module, as EBLearn has them, under our names."""

from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.eblearn.table_files import find
from netkit.errors import NetkitError
from netkit.files.idx import read_matrix
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.eblearn.arch_reader import ArchReader

ARRAYS = {"conv": "W", "linear": "W", "addc": "b", "diag": "c"}  # module -> what its layer calls it


def load_module(reader: "ArchReader", module: str, kind: str, inputs: int | None) -> None:
    """Read the files that MODULE_weights names, where manual_load says so, for the layer just read.

    inputs: how many maps the module is given, None where the file does not say it.
    """
    paths = reader.parameter(module, "weights")
    if paths is None or kind not in ARRAYS or not reader.manual:
        return
    name, spec = list(reader.layers.items())[-1]
    parts = [matrix(reader, module, path.strip()) for path in paths.split(",")]
    if len({part.shape[1:] for part in parts}) > 1:
        raise NetkitError(
            f"{reader.conf.path}: {module}_weights = {paths}: their shapes do not join: "
            + ", ".join(str(part.shape) for part in parts)
        )
    array = np.concatenate(parts)
    if kind == "conv":
        array = kernels(reader, module, array, spec, inputs)
    reader.modules[f"{name}.{ARRAYS[kind]}"] = array


def matrix(reader: "ArchReader", module: str, path: str) -> Array:
    """Return the numbers in a file that a .conf names, looked for as its tables are."""
    file = find(reader.conf, path)
    if file is None:
        raise NetkitError(
            f"{reader.conf.path}: {module}_weights = {path}: there is no such file: put it beside "
            "the .conf file, or set manual_load = 0"
        )
    found = read_matrix(file)
    if found.dtype.kind != "f" or not found.ndim:
        raise NetkitError(
            f"{module}_weights {file}: {found.dtype} {found.shape} are no weights: "
            "EBLearn keeps them in floats"
        )
    return np.array(found)


def kernels(
    reader: "ArchReader", module: str, array: Array, spec: dict[str, Any], inputs: int | None
) -> Array:
    """Return kernels (pairs, h, w) as a convolution has them: a row a pair, or a row an output."""
    kernel = spec["kernel"] if isinstance(spec["kernel"], list) else [spec["kernel"]] * 2
    out = spec["out"]
    if isinstance(out, str) and inputs:
        out = len(array) // inputs
    table = spec.get("table")
    partly = table is not None and table != {"first": inputs}
    if list(array.shape[1:]) != kernel or not (
        partly or (out != "noutputs" and len(array) % out == 0)
    ):
        raise NetkitError(
            f"{reader.conf.path}: {module}_weights: {array.shape} do not fit {module}: "
            f"give (kernels, {kernel[0]}, {kernel[1]}), a kernel for each pair of maps"
        )
    return array.reshape(len(array) if partly else out, -1)
