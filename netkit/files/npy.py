"""numpy's .npy and .npz, from strangers too: sizes are compared before memory is taken."""

import os
import zipfile
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np

from netkit.errors import NetkitError
from netkit.files.text import printable
from netkit.types import Array, Shape

MOST = 1 << 32  # bytes of an array in memory, 4 GiB; a larger one is a plain .npy, which is mapped
SMALL = 1 << 26  # bytes, 64 MiB: up to here compression may be as good as it likes
RATIO = 200  # above: bytes for each one in the file; deflate makes 1 of 1000 zeros
LONGEST = 300  # characters of what another library says of a file, names in it too
PLAIN = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
Header = tuple[Shape, bool, np.dtype[Any]]  # shape, whether the first index runs fastest, type


def map_npy(path: Path) -> Array:
    """Return the array in a .npy file, memory-mapped; raise NetkitError if it is damaged."""
    try:
        with open(path, "rb") as file:
            shape, fortran, dtype = read_header(file)
            start, size = file.tell(), prod(shape) * dtype.itemsize
        have = os.path.getsize(path)
        if start + size > have:
            raise ValueError(f"it declares {shape} {dtype}, {start + size:,} bytes, and has {have}")
        if not size:
            return np.empty(shape, dtype)
        return np.memmap(path, dtype, "r", start, shape, "F" if fortran else "C")
    except (ValueError, OSError) as error:
        raise damaged(path, error) from None


def read_npz(path: Path, names: Sequence[str] | None = None) -> dict[str, Array]:
    """Return arrays of a .npz file, {name: array}: all of them, or the first that is among `names`.

    Raises NetkitError if it is damaged, or would take more memory than such a file should.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = {m.filename.removesuffix(".npy"): m for m in archive.infolist()}
            if names is not None:
                first = next((name for name in names if name in members), None)
                if first is None:
                    wanted = " or ".join(names[:3])
                    held = ", ".join(map(printable, list(members)[:20]))
                    raise NetkitError(f"{path}: holds {held}: name the array {wanted}")
                members = {first: members[first]}
            total = sum(member.file_size for member in members.values())
            check_size(total, os.path.getsize(path))
            return {name: read_member(archive, member) for name, member in members.items()}
    except NetkitError:
        raise
    except Exception as error:  # zipfile raises a dozen classes over a damaged file
        raise damaged(path, error) from None


def damaged(path: Path, error: Exception) -> NetkitError:
    """Return the error of a file that is damaged, or no such file."""
    said = str(error).split("\n")[0][:LONGEST] or type(error).__name__
    kind = path.suffix or "array"
    return NetkitError(
        f"{path}: not a whole {kind} file of plain arrays ({said}): save numbers or copy it anew"
    )


def check_size(declared: int, stored: int) -> None:
    """Raise ValueError if a file of `stored` bytes would unpack to more than it should."""
    if declared > MOST:
        raise ValueError(f"it unpacks to {declared:,} bytes, more than {MOST:,}")
    if declared > max(SMALL, RATIO * stored):
        raise ValueError(f"its {stored:,} bytes unpack to {declared:,}, over {RATIO} times as many")


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Array:
    """Return the array in a member of an archive; raise ValueError if it is none of plain numbers.

    The memory is touched as the bytes come: a member that declares more than it has takes none.
    """
    name = printable(member.filename)
    if member.flag_bits & 1 or member.compress_type not in PLAIN:
        raise ValueError(f"{name} is encrypted, or compressed by another way")
    with archive.open(member) as file:
        shape, fortran, dtype = read_header(file, name)
        size = prod(shape) * dtype.itemsize
        if file.tell() + size != member.file_size:
            raise ValueError(f"{name} declares {shape} {dtype} in {member.file_size:,} bytes")
        data, at = np.empty(size, np.uint8), 0
        while at < size and (part := file.read(min(size - at, 1 << 24))):
            data[at : at + len(part)] = np.frombuffer(part, np.uint8)
            at += len(part)
        if at < size or file.read(1):
            raise ValueError(f"{name} has not as many bytes as it declares")
    array = data.view(dtype)
    return array.reshape(shape[::-1]).T if fortran else array.reshape(shape)


def read_header(file: IO[bytes], name: str = "it") -> Header:
    """Return the header of .npy data, of numbers and a shape that can be; else raise ValueError.

    name: of the data, in errors. They do not repeat numpy's words, which are of Python's grammar.
    """
    try:
        version = np.lib.format.read_magic(file)
        first = version == (1, 0)
        one, two = np.lib.format.read_array_header_1_0, np.lib.format.read_array_header_2_0
        shape, fortran, dtype = (one if first else two)(file)
    except Exception:  # numpy parses it as Python: a dozen classes
        raise ValueError(f"{name} has no header as numpy writes it") from None
    if dtype.kind not in "biuf" or dtype.names or dtype.subdtype:
        raise ValueError(f"{name} declares {dtype.name}, which are no plain numbers")
    whole = all(type(n) is int and n >= 0 for n in shape)  # True is no size
    if not whole or len(shape) > 32 or prod(max(1, n) for n in shape) * dtype.itemsize >= 1 << 62:
        raise ValueError(f"{name} declares an array of {len(shape)} dimensions that cannot be")
    return shape, bool(fortran), dtype
