"""MATLAB's files of level 5, beside what scipy writes and reads; and damaged ones."""

import struct
import zlib

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from netkit.errors import NetkitError
from netkit.files.mat5 import read_mat5

RNG = np.random.default_rng(0)
ARRAYS = [
    RNG.integers(0, 256, (4, 5, 3, 7), np.uint8),
    RNG.normal(size=(3, 4)),
    RNG.normal(size=(2, 3, 4)).astype(np.float32),
    RNG.integers(-9, 9, (300, 1), np.int16),
    RNG.integers(-(1 << 60), 1 << 60, (6, 2), np.int64),
    np.array([[7]], np.uint8),  # its number stands in the tag
    RNG.integers(0, 256, (2000, 1100), np.uint8),  # more than one part
]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype}{a.shape}")
def test_what_scipy_writes(tmp_path, array, packed):
    others = {"text": "words", "cell": np.array([1, "a"], object), "z": np.array([[1 + 2j]])}
    path = tmp_path / "a.mat"
    savemat(path, others | {"X": array, "y": array[:1]}, do_compression=packed)
    found = read_mat5(path, ("X", "y"))
    theirs = loadmat(path)
    for name in ("X", "y"):
        assert np.array_equal(found[name], theirs[name])
        assert found[name].shape == theirs[name].shape
    assert found["X"].dtype == array.dtype


def big_endian(array, name=b"X"):
    """Return a level 5 file with its bytes in the other order: one float32 matrix."""
    flags = struct.pack(">4I", 6, 8, 7, 0)  # class 7: single
    dims = struct.pack(">2I2i", 5, 8, *array.shape)
    names = struct.pack(">2H", len(name), 1) + name.ljust(4, b"\0")
    numbers = struct.pack(">2I", 7, 4 * array.size) + array.T.astype(">f4").tobytes()
    inner = flags + dims + names + numbers + bytes(-len(numbers) % 8)
    head = b"MATLAB 5.0".ljust(124) + struct.pack(">H", 0x0100) + b"MI"
    return head + struct.pack(">2I", 14, len(inner)) + inner


def test_the_other_order_of_bytes(tmp_path):
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    (tmp_path / "a.mat").write_bytes(big_endian(array))
    assert np.array_equal(read_mat5(tmp_path / "a.mat", ["X"])["X"], array)
    assert np.array_equal(loadmat(tmp_path / "a.mat")["X"], array)


def test_every_cut_and_many_flips_end_in_one_line(tmp_path):
    path = tmp_path / "a.mat"
    for packed in (False, True):
        savemat(path, {"X": ARRAYS[0], "y": ARRAYS[3]}, do_compression=packed)
        whole = path.read_bytes()
        for length in range(0, len(whole) - 8, 7):
            path.write_bytes(whole[:length])
            with pytest.raises(NetkitError, match=r"fetch it anew$") as caught:
                read_mat5(path, ("X", "y"))
            assert "\n" not in str(caught.value)
        rng, said = np.random.default_rng(1), []
        for _ in range(400):
            data = bytearray(whole)
            data[rng.integers(len(data))] = rng.integers(256)
            path.write_bytes(data)
            try:
                read_mat5(path, ("X", "y"))
            except NetkitError as error:
                said.append(str(error))
        assert said
        assert not any("\n" in line for line in said)


def test_a_bomb_takes_no_memory(tmp_path):
    """A matrix that declares 3 GB, of which the file has a few bytes."""
    shape = 3_000_000, 1000
    inner = struct.pack("<4I", 6, 8, 9, 0) + struct.pack("<2I2i", 5, 8, *shape)
    inner += struct.pack("<2H4s", 1, 1, b"X") + struct.pack("<2I", 2, 3_000_000_000) + bytes(64)
    packed = zlib.compress(struct.pack("<2I", 14, len(inner)) + inner)
    head = b"MATLAB 5.0".ljust(124) + struct.pack("<H", 0x0100) + b"IM"
    (tmp_path / "a.mat").write_bytes(head + struct.pack("<2I", 15, len(packed)) + packed)
    with pytest.raises(NetkitError, match="over 200 times as many"):
        read_mat5(tmp_path / "a.mat", ["X"])


def test_what_is_not_there(tmp_path):
    with pytest.raises(NetkitError, match="cannot be read"):
        read_mat5(tmp_path / "none.mat", ["X"])
    savemat(tmp_path / "a.mat", {"Z": np.zeros((2, 2))})
    with pytest.raises(NetkitError, match="holds no array of numbers called X"):
        read_mat5(tmp_path / "a.mat", ["X"])
