"""Named arrays in and out, with what is to be known of them: safetensors, .npz, and EBLearn's
nameless .mat.
"""

import io
import json
import zipfile
from math import prod
from pathlib import Path

import numpy as np

from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.files.idx import MOST, read_matrix, write_matrix

NAMELESS = (
    "weights"  # the name of all weights in one vector, layer after layer, as EBLearn writes them
)
FORMATS = ".safetensors", ".npz", ".mat"


def read_tensors(path):
    """Return {name: array} and the description (a mapping, empty if it has none) of a file, by its
    ending.
    """
    path = Path(path)
    if not path.is_file():
        raise NetkitError(f"weights {path}: there is no such file")
    return {".npz": read_npz, ".mat": read_mat}.get(path.suffix, read_safetensors)(path)


def write_tensors(path, tensors, meta):
    """Write a file of the kind that its ending names: whole or not at all."""
    path = Path(path)
    if path.suffix == ".mat":
        if set(tensors) != {NAMELESS}:
            raise NetkitError(
                f"{path}: a .mat holds one vector of all weights, not {len(tensors)} named arrays"
            )
        write_matrix(path, tensors[NAMELESS], "mat")
    elif path.suffix == ".npz":
        file = io.BytesIO()
        np.savez(
            file,
            **tensors,
            **({"netkit": np.frombuffer(json.dumps(meta).encode(), "uint8")} if meta else {}),
        )
        write_beside(path, file.getvalue())
    else:
        from safetensors.numpy import save

        plain = {name: np.ascontiguousarray(a) for name, a in tensors.items()}
        write_beside(path, save(plain, metadata={"netkit": json.dumps(meta)}))


def read_safetensors(path):
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            meta = json.loads((file.metadata() or {})["netkit"])
            return {name: file.get_tensor(name) for name in file.keys()}, meta  # noqa: SIM118
    except (KeyError, json.JSONDecodeError):
        raise NetkitError(
            f"weights {path}: not written by netkit: it does not say which net it is for"
        ) from None
    except (SafetensorError, OSError) as error:
        raise NetkitError(
            f"weights {path}: not a whole safetensors file ({error}): train or copy it anew"
        ) from None


def read_npz(path):
    try:
        check_members(path)
        with np.load(path, allow_pickle=False) as file:
            tensors = dict(file)
    except (zipfile.BadZipFile, ValueError, OSError, EOFError) as error:
        raise NetkitError(
            f"weights {path}: not a whole .npz file of plain arrays ({error}): copy it anew"
        ) from None
    if "netkit" not in tensors:
        return tensors, {}
    try:
        return tensors, json.loads(bytes(tensors.pop("netkit")))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise NetkitError(
            f"weights {path}: its description is damaged ({error}): convert it anew"
        ) from None


def check_members(path):
    """Compare what each array of an .npz declares with its length, before anything is allocated for
    it.
    """
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            with archive.open(member) as file:
                version = np.lib.format.read_magic(file)
                read = (
                    np.lib.format.read_array_header_1_0
                    if version == (1, 0)
                    else np.lib.format.read_array_header_2_0
                )
                shape, _, dtype = read(file)
                size = prod(shape) * dtype.itemsize
                if size > MOST or file.tell() + size != member.file_size:
                    raise ValueError(
                        f"{member.filename} declares {shape} {dtype} in {member.file_size:,} bytes"
                    )


def read_mat(path):
    vector = read_matrix(path)
    if vector.ndim != 1 or vector.dtype.kind != "f":
        raise NetkitError(
            f"weights {path}: {vector.dtype} {vector.shape} are no weights: EBLearn keeps them in one vector of floats"
        )
    return {NAMELESS: np.array(vector)}, {}
