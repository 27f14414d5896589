"""MATLAB's own .mat files of level 5: plain numeric arrays, as they are or compressed.

The format is MathWorks' "MAT-File Format", chapter 1: a header of 128 bytes, then elements, each a
tag (type, bytes) and data. A matrix is an element of elements: flags, dimensions, name, numbers.
Structures, cells, texts, sparse and complex arrays are passed over.
"""

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from math import prod
from pathlib import Path
from typing import IO

import numpy as np

from netkit.errors import NetkitError, shown
from netkit.files.npy import check_size
from netkit.types import Array

HEADER = 128  # bytes: text, then version and the order of bytes
MATRIX, COMPRESSED = 14, 15
TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
NUMERIC = range(6, 16)  # classes of arrays: double, single, int8 to uint64
COMPLEX = 0x0800  # in the flags
PART = 1 << 20  # bytes that are unpacked at a time


def read_mat5(path: str | Path, names: Sequence[str]) -> dict[str, Array]:
    """Return the numeric arrays of some names, {name: array}, their first index fastest.

    They have the type in which their numbers are stored, which may be smaller than what MATLAB
    shows. What an array declares is compared with what the file could hold before memory is taken
    for it. Raises NetkitError for a file that is damaged, of another kind, or without one of them.
    """
    path = Path(path)
    try:
        with open(path, "rb") as file:
            found = dict(arrays(file, os.path.getsize(path), names))
    except (ValueError, struct.error, zlib.error) as error:
        raise NetkitError(f"{path}: not a whole MATLAB 5 file ({error}): fetch it anew") from None
    except OSError as error:
        raise NetkitError(f"{path}: cannot be read ({error.strerror or error})") from None
    for name in names:
        if name not in found:
            raise NetkitError(f"{path}: holds no array of numbers called {name}: fetch it anew")
    return found


def arrays(file: IO[bytes], size: int, names: Sequence[str]) -> Iterator[tuple[str, Array]]:
    """Yield (name, array) of the wanted arrays in an open file of `size` bytes."""
    head = file.read(HEADER)
    order = {b"IM": "<", b"MI": ">"}.get(head[126:128])
    if order is None or struct.unpack(f"{order}H", head[124:126])[0] >> 8 != 1:
        raise ValueError("it does not begin as one")
    while tag := file.read(8):
        kind, length = struct.unpack(f"{order}2I", tag)
        at = file.tell()
        if at + length > size:
            raise ValueError(f"an element of {length:,} bytes where {size - at:,} are left")
        if kind in (MATRIX, COMPRESSED):
            yield from matrix(Bytes(file, length, kind == COMPRESSED), order, size, names=names)
        file.seek(at + length)


class Bytes:
    """The bytes of an element, in order; those of a compressed one as they are unpacked."""

    def __init__(self, file: IO[bytes], length: int, packed: bool) -> None:
        self.file = file
        self.left = length  # bytes of the element in the file
        self.unpacked = zlib.decompressobj() if packed else None

    def take(self, count: int) -> bytes:
        """Return the next so many bytes, at most PART of them; raise ValueError if there are less.

        No more than these are ever unpacked.
        """
        parts: list[bytes] = []
        while count:
            part = self.some(count)
            if not part:
                raise ValueError(f"it ends {count:,} bytes too early")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def some(self, most: int) -> bytes:
        """Return some of the next bytes, up to `most`; none at the end."""
        if self.unpacked is None:
            return self.read(most)
        while not self.unpacked.eof:
            data = self.unpacked.unconsumed_tail or self.read(PART)
            part = self.unpacked.decompress(data, most)
            if part or not data:
                return part
        return b""

    def read(self, most: int) -> bytes:
        """Return up to `most` bytes of the element as they stand in the file."""
        data = self.file.read(min(most, self.left))
        self.left -= len(data)
        return data


def matrix(
    data: Bytes, order: str, size: int, *, names: Sequence[str]
) -> Iterator[tuple[str, Array]]:
    """Yield (name, array) of an element if it is a wanted array of numbers, else nothing.

    size: that of the whole file, to compare with what the array declares.
    """
    if data.unpacked is not None and struct.unpack(f"{order}2I", data.take(8))[0] != MATRIX:
        return
    flags = struct.unpack(f"{order}I", small(data, order, 8)[:4])[0]
    if flags & 0xFF not in NUMERIC or flags & COMPLEX:
        return
    raw = small(data, order, 4 * 32)
    shape = struct.unpack(f"{order}{len(raw) // 4}i", raw[: len(raw) // 4 * 4])
    name = small(data, order, 256).decode("ascii", "replace")
    if name not in names:
        return
    kind, count, inside = element(data, order)
    if kind not in TYPES or any(n < 0 for n in shape):
        raise ValueError(f"{name} declares {shown(shape)} of type {kind}")
    dtype = np.dtype(order + TYPES[kind])
    if prod(max(1, n) for n in shape) > 1 << 40 or prod(shape) * dtype.itemsize != count:
        raise ValueError(f"{name} declares {shown(shape)} of {dtype} in {count:,} bytes")
    if inside is not None:
        numbers = np.frombuffer(inside, dtype)
    else:
        check_size(count, size)
        numbers = filled(data, count).view(dtype)
    yield name, numbers.astype(dtype.newbyteorder("="), copy=False).reshape(shape, order="F")


def filled(data: Bytes, count: int) -> Array:
    """Return the next so many bytes; memory is touched as they come."""
    out, at = np.empty(count, np.uint8), 0
    while at < count:
        part = data.take(min(PART, count - at))
        out[at : at + len(part)] = np.frombuffer(part, np.uint8)
        at += len(part)
    return out


def small(data: Bytes, order: str, most: int) -> bytes:
    """Return the content of the next element, which has at most so many bytes."""
    _, count, inside = element(data, order)
    if inside is not None:
        return inside
    if count > most:
        raise ValueError(f"an element of {count:,} bytes where {most} are the most")
    content = data.take(count)
    data.take(-count % 8)  # elements begin at multiples of 8
    return content


def element(data: Bytes, order: str) -> tuple[int, int, bytes | None]:
    """Return the type of the next element, its bytes, and its content if that is in the tag."""
    word, count = struct.unpack(f"{order}2I", tag := data.take(8))
    if word >> 16:  # a small element: bytes and type in the first word, the content in the second
        if word >> 16 > 4:
            raise ValueError(f"a small element of {word >> 16} bytes")
        return word & 0xFFFF, word >> 16, tag[4 : 4 + (word >> 16)]
    return word, count, None
