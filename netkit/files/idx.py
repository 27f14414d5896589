"""Matrices in files: MNIST's idx and EBLearn's .mat (nothing of MATLAB's), plain or gzip."""

import gzip
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from netkit.errors import NetkitError, shown
from netkit.files import write_beside
from netkit.files.npy import check_size
from netkit.types import Array, Shape

IDX = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MAT = {
    0x51: "<f4",
    0x53: "<f8",
    0x54: "<i4",
    0x55: "<u1",
    0x56: "<i2",
    0x58: "<i8",
    0x59: "<u4",
    0x5A: "<u8",
    0x5B: "<i8",
}
MAT_MAGIC = 0x1E3D4C00
MOST = 1 << 34  # bytes: a larger declared size is a damaged header
PART = 1 << 20  # bytes that are read at once
MAPPED = 1 << 26  # bytes: larger plain files are mapped, not read
Stream: TypeAlias = IO[bytes] | gzip.GzipFile


def read_matrix(path: str | Path, first: int | None = None) -> Array:
    """Return the array in an idx or EBLearn file, in this machine's byte order.

    first: no more than so many along the first axis; of a compressed file the rest is not read.

    The declared dimensions are compared with the length of the file before anything is allocated
    for them. A plain file over 64 MiB is memory-mapped, read-only. Raises NetkitError.
    """
    path = Path(path)
    with opened(path) as file:
        if isinstance(file, gzip.GzipFile):
            return read_packed(file, path, os.path.getsize(path), first)
        dtype, shape, start = checked_header(file, path)
        size = prod(shape) * dtype.itemsize
        check_length(path, shape, start + size, have=os.path.getsize(path))
        if size > MAPPED:
            return np.memmap(path, dtype, "r", start, shape)[:first]
        return content(file, path, dtype, shape=shape, start=start, first=first)


def matrix_shape(path: str | Path) -> Shape:
    """Return the shape that an idx or EBLearn file declares. Raises NetkitError."""
    with opened(Path(path)) as file:
        return checked_header(file, Path(path))[1]


@contextmanager
def opened(path: Path) -> Iterator[Stream]:
    """Open a file, which may be compressed, and say in netkit's words why it cannot be read."""
    try:
        with open(path, "rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else open(path, "rb") as stream:
            yield stream
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise NetkitError(
            f"{path}: its compression is damaged ({error}): fetch or copy it anew"
        ) from None
    except ValueError as error:
        raise NetkitError(f"{path}: {error}: unpack it") from None
    except OSError as error:
        raise NetkitError(f"{path}: cannot be read ({error.strerror or error})") from None


def read_packed(file: Stream, path: Path, stored: int, first: int | None = None) -> Array:
    """Return the array in an open file that unpacks as it is read; raise ValueError if too large.

    path: what to call it in errors.  stored: its bytes as they are packed.  first: as above.
    """
    dtype, shape, start = checked_header(file, path)
    check_size(prod(shape) * dtype.itemsize, stored)
    return content(file, path, dtype, shape=shape, start=start, first=first)


def content(
    file: Stream,
    path: Path,
    dtype: "np.dtype[Any]",
    *,
    shape: Shape,
    start: int,
    first: int | None = None,
) -> Array:
    """Return the array whose header was read, in this machine's byte order.

    The memory is touched as the bytes come: a small file that declares a large size takes little.
    """
    declared, whole = shape, prod(shape) * dtype.itemsize
    if shape and first is not None:
        shape = (min(first, shape[0]), *shape[1:])
    size = prod(shape) * dtype.itemsize
    data, at = np.empty(size, np.uint8), 0
    while at < size and (part := file.read(min(size - at, PART))):
        data[at : at + len(part)] = np.frombuffer(part, np.uint8)
        at += len(part)
    if at < size or size == whole:
        check_length(path, declared, start + whole, have=start + at + len(file.read(1)))
    return data.view(dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def checked_header(file: Stream, path: Path) -> "tuple[np.dtype[Any], Shape, int]":
    """Return what read_header does, of an array that can be."""
    dtype, shape, start = read_header(file, path)
    size = prod(shape) * dtype.itemsize
    if size > MOST:
        raise NetkitError(
            f"{path}: declares {shape_text(shape)}, {size:,} bytes: its header is damaged"
        )
    if len(shape) > 32 or prod(max(1, n) for n in shape) > MOST:
        raise NetkitError(f"{path}: declares {shape_text(shape[:32])}: its header is damaged")
    return dtype, shape, start


def read_header(file: Stream, path: Path) -> tuple[np.dtype[Any], Shape, int]:
    """Return the type, the shape and the length of the header in bytes."""
    head = file.read(4)
    if len(head) < 4:
        raise NetkitError(f"{path}: {len(head)} bytes long, too short for a matrix file")
    if head[:2] == b"\0\0" and head[2] in IDX:
        return np.dtype(IDX[head[2]]), read_ints(file, head[3], ">", path=path), 4 + 4 * head[3]
    magic = struct.unpack("<I", head)[0]
    if magic & ~0xFF == MAT_MAGIC and magic & 0xFF in MAT:
        (dims,) = read_ints(file, 1, "<", path=path)
        if dims > 8:
            raise NetkitError(f"{path}: declares {dims} dimensions: its header is damaged")
        stored = max(3, dims)  # EBLearn writes at least three, the missing ones as 1
        return (
            np.dtype(MAT[magic & 0xFF]),
            read_ints(file, stored, "<", path=path)[:dims],
            8 + 4 * stored,
        )
    raise NetkitError(
        f"{path}: starts with {head.hex()}, so it is no idx file "
        "and no EBLearn .mat of plain numbers"
    )


def read_ints(file: Stream, count: int, order: str, *, path: Path) -> Shape:
    """Return so many 32-bit numbers, none below 0; order: < or >, as struct has it."""
    data = file.read(4 * count)
    values = struct.unpack(f"{order}{len(data) // 4}i", data[: len(data) // 4 * 4])
    if len(values) < count or any(v < 0 for v in values):
        raise NetkitError(
            f"{path}: its header is cut off or declares a negative size {shown(values)}"
        )
    return values


def check_length(path: Path, shape: Shape, need: int, *, have: int) -> None:
    """Raise NetkitError if a file has not as many bytes as its header declares."""
    if have != need:
        how = "truncated" if have < need else "oversized"
        raise NetkitError(
            f"{path}: {how}: it declares {shape_text(shape)}, {need:,} bytes with its header, "
            f"and holds {have:,}{' or more' if have > need else ''}: fetch or copy it anew"
        )


def shape_text(shape: Shape) -> str:
    """Return (60, 2) as 60x2."""
    return "x".join(map(str, shape)) or "one number"


def write_matrix(path: str | Path, array: ArrayLike, format: str = "idx") -> None:
    """Write an array as an "idx" file or as EBLearn's "mat", whole or not at all.

    It is compressed if `path` ends in .gz.  Raises NetkitError for a type that the format lacks.
    """
    array = np.asarray(array)
    types = {
        np.dtype(t).newbyteorder("="): (code, t)
        for code, t in reversed((IDX if format == "idx" else MAT).items())
    }
    if array.dtype.newbyteorder("=") not in types:
        raise NetkitError(
            f"{path}: {format} files do not hold {array.dtype}: "
            "use float32, float64, int32 or uint8"
        )
    code, t = types[array.dtype.newbyteorder("=")]
    if format == "idx":
        head = bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}i", *array.shape)
    else:
        dims = array.shape + (1,) * (3 - array.ndim)
        head = struct.pack(f"<Ii{len(dims)}i", MAT_MAGIC | code, array.ndim, *dims)
    data = head + np.ascontiguousarray(array, t).tobytes()
    write_beside(path, gzip.compress(data, mtime=0) if str(path).endswith(".gz") else data)


def read_names(path: str | Path) -> list[str]:
    """Return the class names in an EBLearn file: bytes, a zero-terminated row a class."""
    rows = read_matrix(path)
    if rows.dtype != np.uint8 or rows.ndim != 2:
        raise NetkitError(
            f"{path}: {rows.dtype} {rows.shape} are no class names: they are a matrix of bytes"
        )
    return [bytes(row).split(b"\0")[0].decode("utf-8", "replace") for row in rows]
