"""Files of strangers: programs that pictures would start, bombs, and damage at random."""

import gzip
import multiprocessing
import os
import random
import signal
import struct
import zipfile
import zlib
from pathlib import Path

import file_mutations
import fuzz
import numpy as np
import pytest
from PIL import Image

from netkit.annotations import read_annotated
from netkit.errors import NetkitError
from netkit.files.arrays import read_array
from netkit.files.idx import read_matrix
from netkit.files.images import read_image
from netkit.files.tensors import read_tensors

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 20 20\n%%EndComments\n%%EOF\n"


@pytest.mark.parametrize("kind", file_mutations.FORMATS)
def test_damage_ends_in_one_line(kind):
    assert not [said for seed in range(200) if (said := fuzz.case(kind, seed))]


def test_what_fails_is_said_with_its_case(monkeypatch, capfd):
    """A traceback, a crash and memory over the limit are each a failure of their own case."""

    def read(rng, folder):
        number = int(rng.random() * 2**32)
        if number == numbers[1]:
            raise KeyError("lost")
        if number == numbers[3]:
            os.kill(os.getpid(), signal.SIGKILL)
        if number == numbers[4]:
            np.empty(2 * fuzz.MEMORY, np.uint8)

    numbers = [int(random.Random(f"odd {seed}").random() * 2**32) for seed in range(6)]
    monkeypatch.setitem(fuzz.FORMATS, "odd", read)
    forked = multiprocessing.get_context("fork").Process  # which has what was set here
    monkeypatch.setattr(fuzz.multiprocessing, "Process", forked)
    assert fuzz.fuzz("odd", range(6))[0] == 3
    said = capfd.readouterr().out
    assert "--- odd, --only 1\n" in said
    assert "KeyError: 'lost'" in said
    assert "--- odd, --only 3\nended with -9: a crash or a hang" in said
    assert "--- odd, --only 4\n" in said
    assert "MemoryError" in said


@pytest.mark.parametrize("name", ["a.eps", "a.png", "a.gif"])
def test_a_picture_starts_no_program(tmp_path, monkeypatch, name):
    program = tmp_path / "bin" / "gs"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    (tmp_path / name).write_bytes(EPS)
    with pytest.raises(NetkitError, match=name):
        read_image(tmp_path / name)
    assert not (tmp_path / "started").exists()


def test_pictures_are_opened_in_one_place():
    root = Path(__file__).parents[2] / "netkit"
    files = [p for p in root.rglob("*.py") if "Image.open(" in p.read_text()]
    assert [p.name for p in files] == ["decoding.py"]


def png_of(width, height):
    """Return a PNG of zeros that declares its size; its pixels are a few bytes."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(10_001, 10_000), (13_304, 13_304), (60_000, 60_000)])
def test_large_pictures_are_refused_before_they_are_decoded(tmp_path, size):
    (tmp_path / "a.png").write_bytes(png_of(*size))
    with pytest.raises(NetkitError, match=r"more than 100 million pixels: make it smaller"):
        read_image(tmp_path / "a.png")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_stand_upright(tmp_path, orientation):
    seen = np.zeros((40, 24), np.uint8)
    seen[:20, :12] = 255  # bright at the top left
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the inverses, as Image.Transpose numbers
    stored = Image.fromarray(seen)
    if orientation > 1:
        stored = stored.transpose(Image.Transpose(back[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(read_image(tmp_path / "a.png"), seen[None])
    (tmp_path / "classes.txt").write_text("cat\n")
    (tmp_path / "a.txt").write_text("0 0.5 0.5 1 1\n")
    (row,) = read_annotated(tmp_path).parts["train"]
    assert row.boxes.tolist() == [[0, 0, 24, 40]]


def npy_header(shape, descr="|u1"):
    text = repr({"descr": descr, "fortran_order": False, "shape": shape}).encode()
    text += b" " * (118 - len(text) - 1) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


SHAPES = [(1 << 40,), (-1, 5), (0, 1 << 62, 1 << 62), (1,) * 40, (3,), (1 << 70,), (3, True)]


@pytest.mark.parametrize("shape", SHAPES)
def test_npy_headers_that_lie(tmp_path, shape):
    data = npy_header(shape)
    (tmp_path / "a.npy").write_bytes(data)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("images.npy", data)
    for read in (
        lambda: read_array(tmp_path / "a.npy", "train"),
        lambda: read_array(tmp_path / "a.npz", "train"),
        lambda: read_tensors(tmp_path / "a.npz"),
        lambda: read_image(tmp_path / "a.npy"),
    ):
        with pytest.raises(NetkitError, match=r"a\.np") as caught:
            read()
        assert "\n" not in str(caught.value)


ODD_HEADERS = [  # text for a header; numpy's own words of most of them are of Python's grammar
    "{'descr': '|u1', 'fortran_order': False, 'shape': (3,",
    "{1: '|u1', 'fortran_order': False, 'shape': (3,)}",
    "{'descr': '|u1', 'fortran_order': False, 'shape': (3.5,)}",
    "{'descr': '|u1', 'fortran_order': False}",
    "(1, 2)",
    "1 +",
    "\0",
]


@pytest.mark.parametrize("text", ODD_HEADERS)
def test_an_odd_npy_header_is_said_in_plain_words(tmp_path, text):
    head = text.encode().ljust(117) + b"\n"
    data = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + bytes(3)
    (tmp_path / "a.npy").write_bytes(data)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("images.npy", data)
    for name, inside in (("a.npz", "images.npy"), ("a.npy", "it")):
        with pytest.raises(NetkitError) as caught:
            read_array(tmp_path / name, "train")
        kind = name.removeprefix("a")
        assert str(caught.value) == (
            f"train={tmp_path / name}: not a whole {kind} file of plain arrays ({inside} has no "
            "header as numpy writes it): save numbers or copy it anew"
        )


def zeros(write, start, size):
    write(start)
    for _ in range(size >> 24):
        write(bytes(1 << 24))


def test_bombs_are_refused_by_their_size(tmp_path):
    size = 1 << 28  # of zeros: a thousandth of it in the file
    with (
        zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("images.npy", "w", force_zip64=True) as member,
    ):
        zeros(member.write, npy_header((size,)), size)
    with gzip.open(tmp_path / "a.gz", "wb", 1) as file:
        zeros(file.write, b"\0\0\x08\x01" + struct.pack(">i", size), size)
    for read, name in (
        (lambda p: read_array(p, "train"), "a.npz"),
        (read_tensors, "a.npz"),
        (read_matrix, "a.gz"),
    ):
        with pytest.raises(NetkitError, match=r"over 200 times as many"):
            read(tmp_path / name)


@pytest.mark.parametrize(("at", "value"), [(6, 1), (8, 12), (8, 14), (8, 99)])
def test_zip_flags_and_methods(tmp_path, at, value):
    np.savez(tmp_path / "a.npz", images=np.zeros((2, 3, 3), "u1"))
    data = bytearray((tmp_path / "a.npz").read_bytes())
    for start in (0, data.index(b"PK\1\2") + 2):
        struct.pack_into("<H", data, start + at, value)
    (tmp_path / "a.npz").write_bytes(data)
    for read in (
        lambda: read_array(tmp_path / "a.npz", "train"),
        lambda: read_tensors(tmp_path / "a.npz"),
    ):
        with pytest.raises(NetkitError, match="another way"):
            read()


def test_idx_of_too_many_dimensions(tmp_path):
    for name, shape in (("a", (0, *(1 << 30,) * 5)), ("b", (1,) * 200)):
        head = bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}i", *shape)
        (tmp_path / name).write_bytes(head + b"\0")
        with pytest.raises(NetkitError, match="header is damaged"):
            read_matrix(tmp_path / name)
