"""Named arrays in and out, with what is to be known of them: .safetensors, .npz, plugins' kinds."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.files.documents import parse_json
from netkit.files.npy import read_npz
from netkit.registry import Registry
from netkit.types import Array
from netkit.weights import WeightsFile


def read_tensors(
    path: str | Path, registry: Registry | None = None
) -> tuple[dict[str, Array], dict[str, Any]]:
    """Return {name: array} and the description of a file, by its ending; {} if it has none."""
    path = Path(path)
    if not path.is_file():
        raise NetkitError(
            f"weights {path}: there is no such file: name the folder of a run or a file of "
            "weights; weights=latest is the newest run under outputs"
        )
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
                meta = description(path, (file.metadata() or {})["netkit"])
                return {name: file.get_tensor(name) for name in file.keys()}, meta  # noqa: SIM118
        except NetkitError:
            raise
        except KeyError:
            raise NetkitError(
                f"weights {path}: not written by netkit: it does not say which net it is for"
            ) from None
        except (SafetensorError, OSError, TypeError, ValueError, AttributeError) as error:
            raise NetkitError(
                f"weights {path}: not a whole safetensors file ({error}): train or copy it anew"
            ) from None

    def describe(self, path: Path) -> dict[str, Any]:
        """Return the description in a file, without its arrays."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, framework="np") as file:
                return description(path, (file.metadata() or {}).get("netkit", ""))
        except (SafetensorError, OSError) as error:
            raise NetkitError(
                f"weights {path}: not a whole safetensors file ({error}): remove it"
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
            tensors = read_npz(path)
        except NetkitError as error:
            raise NetkitError(f"weights {error}") from None
        if "netkit" not in tensors:
            return tensors, {}
        return tensors, description(path, bytes(tensors.pop("netkit")))

    def write(self, path: Path, tensors: Mapping[str, Array], meta: dict[str, Any]) -> None:
        """Write arrays and their description: the whole file or none of it."""
        arrays: dict[str, Any] = dict(tensors)
        if meta:
            arrays["netkit"] = np.frombuffer(json.dumps(meta).encode(), "uint8")
        file = io.BytesIO()
        np.savez(file, **arrays)
        write_beside(path, file.getvalue())


def description(path: Path, text: str | bytes) -> dict[str, Any]:
    """Return the description in a file of weights; raise NetkitError if it is damaged."""
    where = f"weights {path}: its description"
    meta = parse_json(text, where)
    if isinstance(meta, dict):
        return meta
    kind = type(meta).__name__
    raise NetkitError(f"{where} is damaged (a {kind} instead of a table): convert it anew")
