"""Named arrays in and out, with what is to be known of them: .safetensors, .npz, plugins' kinds."""

import io
import json
import zipfile
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.files.idx import MOST
from netkit.registry import Registry
from netkit.types import Array
from netkit.weights import WeightsFile


def read_tensors(
    path: str | Path, registry: Registry | None = None
) -> tuple[dict[str, Array], dict[str, Any]]:
    """Return {name: array} and the description of a file, by its ending; {} if it has none."""
    path = Path(path)
    if not path.is_file():
        raise NetkitError(f"weights {path}: there is no such file")
    return kind_of(path, registry).read(path)


def write_tensors(
    path: str | Path,
    tensors: Mapping[str, Array],
    meta: dict[str, Any],
    *,
    registry: Registry | None = None,
) -> None:
    """Write a file of the kind that its ending names: whole or not at all."""
    kind_of(Path(path), registry).write(Path(path), tensors, meta)


def kind_of(path: Path, registry: Registry | None = None) -> WeightsFile:
    """Return what reads and writes a file, by its ending; .safetensors if it is not known."""
    if path.suffix == ".safetensors":  # a run writes these all the time: no search for plugins
        return Safetensors()
    registry = registry or Registry()
    known = path.suffix in registry.found["weights"]
    return registry.get("weights", path.suffix)() if known else Safetensors()


class Safetensors(WeightsFile):
    """netkit's own: safetensors whose metadata has the description as JSON, under `netkit`."""

    def read(self, path: Path) -> tuple[dict[str, Array], dict[str, Any]]:
        """Return the arrays in a file and their description."""
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

    def write(self, path: Path, tensors: Mapping[str, Array], meta: dict[str, Any]) -> None:
        """Write arrays and their description: the whole file or none of it."""
        from safetensors.numpy import save

        plain = {name: np.ascontiguousarray(a) for name, a in tensors.items()}
        write_beside(path, save(plain, metadata={"netkit": json.dumps(meta)}))


class Npz(WeightsFile):
    """numpy's .npz, the description as JSON in an array of bytes, `netkit`."""

    def read(self, path: Path) -> tuple[dict[str, Array], dict[str, Any]]:
        """Return the arrays in a file and their description."""
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

    def write(self, path: Path, tensors: Mapping[str, Array], meta: dict[str, Any]) -> None:
        """Write arrays and their description: the whole file or none of it."""
        arrays: dict[str, Any] = dict(tensors)
        if meta:
            arrays["netkit"] = np.frombuffer(json.dumps(meta).encode(), "uint8")
        file = io.BytesIO()
        np.savez(file, **arrays)
        write_beside(path, file.getvalue())


def check_members(path: Path) -> None:
    """Raise ValueError if an array of an .npz declares another length than it has."""
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
