"""Pictures in every format and mode, as 8 bits in grey or in colour."""

import numpy as np
import pytest
from PIL import Image

from netkit.errors import NetkitError
from netkit.files.decoding import decode, picture_size
from netkit.files.images import decode_image, find_images, read_image

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (12, 17), np.uint8)
COLOUR = RNG.integers(0, 256, (12, 17, 3), np.uint8)


def luma(pixels):
    return (pixels @ np.array([0.299, 0.587, 0.114])).round()


@pytest.mark.parametrize("ending", ["png", "tif", "tiff", "webp", "bmp", "ppm", "gif"])
def test_formats(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    Image.fromarray(COLOUR).save(path, **({"lossless": True} if ending == "webp" else {}))
    assert find_images(tmp_path) == [path]
    pixels = read_image(path, 3).astype(int)
    assert abs(pixels - COLOUR.transpose(2, 0, 1)).max() <= (90 if ending == "gif" else 0)
    assert abs(read_image(path, 1)[0] - luma(pixels.transpose(1, 2, 0))).max() <= 1
    assert decode_image(path, "auto").pixels.shape == (3, 12, 17)


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_deflate", "packbits"])
def test_tiff(tmp_path, compression):
    Image.fromarray(COLOUR).save(tmp_path / "a.tif", compression=compression)
    assert np.array_equal(read_image(tmp_path / "a.tif", 3), COLOUR.transpose(2, 0, 1))


DEEP = RNG.integers(0, 65536, (12, 17)).astype(np.uint16)


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_sixteen_bits(tmp_path, ending):
    Image.fromarray(DEEP).save(tmp_path / f"a.{ending}")
    for channels, planes in ((1, 1), (3, 3), ("auto", 1)):
        image = decode_image(tmp_path / f"a.{ending}", channels)
        assert image.pixels.shape == (planes, 12, 17)
        assert abs(image.pixels - DEEP / 257).max() < 1e-4
        assert image.brightest == DEEP.max()


def test_sixteen_bits_in_colour(tmp_path):
    """A PNG of 16 bits a channel, written by hand: what Pillow makes of it, each within 1."""
    import struct
    import zlib

    deep = RNG.integers(0, 65536, (5, 4, 3)).astype(">u2")

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", 4, 5, 16, 2, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in deep)
    text = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + text)
    pixels = read_image(tmp_path / "a.png", 3)
    assert abs(pixels.transpose(1, 2, 0) - deep / 257).max() <= 1


def test_floats(tmp_path):
    for scale, factor in ((1.0, 255), (255.0, 1)):
        values = np.linspace(0, scale, 12 * 17, dtype=np.float32).reshape(12, 17)
        Image.fromarray(values).save(tmp_path / "a.tif")
        image = decode_image(tmp_path / "a.tif", "auto")
        assert abs(image.pixels[0] - values * factor).max() < 1e-4
        assert image.brightest == 0
    values[3, 3] = np.nan
    Image.fromarray(values).save(tmp_path / "a.tif")
    with pytest.raises(NetkitError, match=r"a\.tif: cannot be read as an image \(it holds NaN"):
        read_image(tmp_path / "a.tif")


MODES = {  # of Pillow: whether such a picture has a colour
    "1": False,
    "L": False,
    "LA": False,
    "P": True,
    "RGB": True,
    "RGBA": True,
    "CMYK": True,
    "YCbCr": True,
}


@pytest.mark.parametrize("mode", MODES)
def test_modes(tmp_path, mode):
    ending = {"CMYK": "tif", "YCbCr": "jpg"}.get(mode, "png")
    picture = Image.fromarray(COLOUR).convert(mode)
    picture.save(tmp_path / f"a.{ending}")
    for channels in (1, 3):
        assert decode(tmp_path / f"a.{ending}", channels).pixels.shape == (channels, 12, 17)
    planes = decode(tmp_path / f"a.{ending}", "auto").pixels
    assert len(planes) == (3 if MODES[mode] else 1)
    if mode in ("L", "LA"):
        assert np.array_equal(planes[0], np.asarray(Image.fromarray(COLOUR).convert("L")))


def test_transparent_is_black(tmp_path):
    both = np.dstack([COLOUR, np.where(np.arange(17) < 8, 255, 0)[None].repeat(12, 0)])
    Image.fromarray(both.astype(np.uint8)).save(tmp_path / "a.png")
    pixels = read_image(tmp_path / "a.png", 3)
    assert np.array_equal(pixels[:, :, :8], COLOUR.transpose(2, 0, 1)[:, :, :8])
    assert not pixels[:, :, 8:].any()
    palette = Image.fromarray(GREY % 4).convert("P")
    palette.putpalette([10, 10, 10, 200, 200, 200, 90, 90, 90, 255, 255, 255])
    palette.save(tmp_path / "b.png", transparency=3)
    image = decode(tmp_path / "b.png", "auto").pixels
    assert np.array_equal(image[0], np.array([10, 200, 90, 0], np.uint8)[GREY % 4])


def test_one_pixel_of_colour_is_found(tmp_path):
    pixels = GREY[:, :, None].repeat(3, 2)
    for place, planes in ((None, 1), ((11, 16), 3)):
        if place:
            pixels[place] = 1, 2, 3
        Image.fromarray(pixels).save(tmp_path / "a.png")
        assert len(decode(tmp_path / "a.png", "auto").pixels) == planes


@pytest.mark.parametrize("held", range(1, 9))
def test_every_way_to_hold_a_camera(tmp_path, held):
    turns = {  # of rows and columns, by EXIF's definition
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.T,
        6: lambda a: np.rot90(a, -1),
        7: lambda a: np.rot90(a.T, 2),
        8: lambda a: np.rot90(a),
    }
    exif = Image.Exif()
    exif[0x0112] = held
    Image.fromarray(GREY).save(tmp_path / "a.png", exif=exif)
    image = decode(tmp_path / "a.png", 1)
    assert np.array_equal(image.pixels[0], turns[held](GREY))
    assert image.turned == (held > 1)
    assert picture_size(tmp_path / "a.png") == image.pixels.shape[:0:-1]


def test_arrays_are_grey_or_colour_too(tmp_path):
    np.save(tmp_path / "a.npy", GREY)
    np.save(tmp_path / "b.npy", COLOUR)
    assert np.array_equal(decode_image(tmp_path / "a.npy", "auto").pixels[0], GREY)
    assert np.array_equal(
        decode_image(tmp_path / "b.npy", "auto").pixels, COLOUR.transpose(2, 0, 1)
    )
