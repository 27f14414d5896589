"""Matrix files: round trips, and files that lie about themselves."""

import gzip
import struct

import numpy as np
import pytest

from netkit.errors import NetkitError
from netkit.files import idx
from netkit.files.idx import matrix_shape, read_matrix, read_names, write_matrix

BOTH = {
    "idx": ["u1", "i1", "i2", "i4", "f4", "f8"],
    "mat": ["u1", "i2", "i4", "i8", "u4", "u8", "f4", "f8"],
}
CASES = [
    (kind, t, shape)
    for kind, types in BOTH.items()
    for t in types
    for shape in [(5,), (2, 3), (2, 3, 4)]
]


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize(("kind", "dtype", "shape"), CASES)
def test_round_trip(tmp_path, kind, dtype, shape, end):
    array = np.random.default_rng(0).integers(0, 100, shape).astype(dtype)
    path = tmp_path / f"a.{kind}{end}"
    write_matrix(path, array, kind)
    back = read_matrix(path)
    assert back.dtype == array.dtype
    assert back.shape == shape
    assert np.array_equal(back, array)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_large_plain_file_is_mapped(tmp_path, monkeypatch):
    monkeypatch.setattr(idx, "MAPPED", 10)
    write_matrix(tmp_path / "a", np.arange(20, dtype="f4"))
    mapped = read_matrix(tmp_path / "a")
    assert isinstance(mapped, np.memmap)
    assert mapped[7] == 7


def good(shape=(3, 4)):
    return (
        bytes([0, 0, 8, len(shape)])
        + struct.pack(f">{len(shape)}i", *shape)
        + bytes(int(np.prod(shape)))
    )


BAD = {
    "empty": (b"", "0 bytes long, too short"),
    "text": (b"hello world", "starts with 68656c6c, so it is no idx file"),
    "truncated": (
        good()[:-1],
        "truncated: it declares 3x4, 24 bytes with its header, and holds 23",
    ),
    "oversized": (
        good() + b"x",
        "oversized: it declares 3x4, 24 bytes with its header, and holds 25",
    ),
    "header cut": (good()[:9], "header is cut off"),
    "absurd": (
        good()[:4] + struct.pack(">2i", 2**31 - 1, 2**31 - 1),
        r"declares 2147483647x2147483647, 4,611,686,014",
    ),
    "negative": (good()[:4] + struct.pack(">2i", -1, 5) + b"123", "negative size"),
    "large claim": (
        good()[:4] + struct.pack(">2i", 2**16, 2**17) + b"123",
        "truncated: it declares 65536x131072",
    ),
    "gzip cut": (gzip.compress(good())[:-9], "compression is damaged"),
    "gzip sum": (gzip.compress(good())[:-8] + b"12345678", "compression is damaged"),
    "gzip oversized": (gzip.compress(good() + bytes(100)), "oversized: .* holds 25 or more"),
    "gzip claim": (
        gzip.compress(good()[:4] + struct.pack(">2i", 2**16, 2**17)),
        "unpacks to 8,589",
    ),
    "mat packed": (struct.pack("<I4i", 0x1E3D4C52, 1, 1, 1, 1), "no EBLearn .mat of plain numbers"),
    "mat dims": (struct.pack("<I4i", 0x1E3D4C51, 99, 1, 1, 1), "declares 99 dimensions"),
    "mat absurd": (
        struct.pack("<I4i", 0x1E3D4C53, 1, 2**31 - 1, 1, 1),
        "declares 2147483647, 17,179,869,176 bytes|trunc",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_named(tmp_path, name):
    data, message = BAD[name]
    path = tmp_path / "bad.idx"
    path.write_bytes(data)
    with pytest.raises(NetkitError, match=message) as caught:
        read_matrix(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_of_a_packed_file_no_more_is_read_than_is_asked_for(tmp_path):
    """Not even its damaged end; one that ends before that is refused."""
    path, array = tmp_path / "a.idx.gz", np.arange(50 * 30 * 40, dtype=np.float32)
    array = array.reshape(50, 30, 40)
    write_matrix(path, array)
    whole = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(whole[: len(whole) // 2]))
    for count in (0, 1, 20):
        np.testing.assert_array_equal(read_matrix(path, count), array[:count])
    for count in (40, 50, 60, None):
        with pytest.raises(NetkitError, match="truncated: it declares 50x30x40"):
            read_matrix(path, count)
    path.write_bytes(whole)
    for count in (7, 50, 60, None):
        np.testing.assert_array_equal(read_matrix(path, count), array[:count])
    assert matrix_shape(path) == array.shape


@pytest.mark.parametrize("name", ["missing", "."])
def test_no_file(tmp_path, name):
    with pytest.raises(NetkitError, match="cannot be read"):
        read_matrix(tmp_path / name)


def test_types_that_a_format_lacks(tmp_path):
    with pytest.raises(NetkitError, match="idx files do not hold int64"):
        write_matrix(tmp_path / "a", np.arange(3))
    assert not any(tmp_path.iterdir())


def test_eblearn_files(shared):
    oracle = shared / "oracles" / "eblearn"
    assert read_names(oracle / "mnist_classes.mat") == list("0123456789")
    table = read_matrix(oracle / "table_6_16_connect_60.mat")
    assert table.shape == (60, 2)
    assert table.max(0).tolist() == [5, 15]
