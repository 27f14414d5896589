"""Images in files, in any usual format, .npy and EBLearn's .mat, as arrays (C, H, W)."""

import glob
import os
import threading
import warnings
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from netkit.errors import NetkitError
from netkit.files.idx import read_matrix
from netkit.files.npy import map_npy
from netkit.types import Array

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

LUMA = np.array([0.299, 0.587, 0.114])  # of red, green and blue in grey (ITU-R BT.601)
ENDINGS = ".png", ".jpg", ".jpeg", ".pgm", ".ppm", ".pbm", ".pnm", ".bmp", ".gif", ".npy", ".mat"
# What Pillow decodes in this process: it hands others, EPS say, to programs that it starts.
FORMATS = "PNG", "JPEG", "GIF", "BMP", "PPM", "TIFF", "WEBP"
MOST_PIXELS = 100_000_000  # a larger picture is refused before it is decoded
TOO_LARGE = f"more than {MOST_PIXELS // 1_000_000} million pixels: make it smaller"
OPENING = threading.Lock()  # filters of warnings are shared by all threads


def find_images(source: str | Path, more: tuple[str, ...] = ()) -> list[Path]:
    """Return the paths that a file, a folder or a glob stands for, sorted by name.

    more: endings to take beside those of images.  Raises NetkitError if there are none.
    """
    path = Path(source)
    if path.is_dir():
        found = [p for p in path.iterdir() if p.suffix.lower() in (*ENDINGS, *more)]
    elif path.exists():
        found = [path]
    else:
        found = [Path(p) for p in glob.glob(str(source), recursive=True) if os.path.isfile(p)]
    if not found:
        what = (
            f"folder holds no {' '.join(ENDINGS)}"
            if path.is_dir()
            else "there is no such file, folder or glob match"
        )
        raise NetkitError(f"input={source}: {what}")
    return sorted(found, key=lambda p: (len(p.stem), str(p)) if p.stem.isdigit() else (0, str(p)))


def read_image(path: str | Path, channels: int = 1, frame: int = 0) -> Array:
    """Return an image in a file as (channels, H, W): 1 channel is grey, 3 are red, green and blue.

    Grey is Rec. 601's luma.  8-bit files give uint8; 16-bit ones are brought to 0..255 too.
    Transparent parts show black, the value of the zeros that pad an image. `frame` counts those of
    an animation. Raises NetkitError for what it cannot read.
    """
    path = Path(path)
    try:
        if path.suffix.lower() in (".npy", ".mat"):
            return from_array(read_array(path), channels)
        return read_picture(path, channels, frame)
    except NetkitError:
        raise
    except Exception as error:  # Pillow and numpy raise many classes over a damaged file
        reason = str(error).split("\n")[0] or type(error).__name__
        raise NetkitError(
            f"{path}: cannot be read as an image ({reason}): convert or remove it"
        ) from error


def read_picture(source: Path | IO[bytes], channels: int, frame: int = 0) -> Array:
    """Return the picture in a file, or in an open one, that Pillow reads, as (channels, H, W)."""
    from PIL import Image

    with open_picture(source, frame) as file:
        file.load()
        image = upright(file)
        if image.mode.startswith(("I", "F")):
            grey = np.asarray(image, np.float32) * (
                255 / 65535 if image.mode.startswith("I") else 1
            )
            return from_array(grey, channels)
        if "A" in image.getbands() or "transparency" in image.info:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, (0, 0, 0, 255)), image)
        image = image.convert("L" if channels == 1 else "RGB")
        return from_array(np.asarray(image), channels)


def open_picture(source: Path | IO[bytes], frame: int = 0) -> "Picture":
    """Open a picture without decoding it; raise NetkitError if it has too many pixels.

    Pillow raises classes of its own where a file is none of FORMATS.
    """
    from PIL import Image

    name = source if isinstance(source, Path) else "the picture"
    try:
        with OPENING, warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our limit is below
            file = Image.open(source, formats=FORMATS)
            if frame:
                file.seek(frame)
    except Image.DecompressionBombError:
        raise NetkitError(f"{name}: {TOO_LARGE}") from None
    if file.width * file.height > MOST_PIXELS:
        file.close()
        raise NetkitError(f"{name}: {file.width}x{file.height}: {TOO_LARGE}")
    return file


def upright(picture: "Picture") -> "Picture":
    """Return a picture turned as its EXIF says that the camera was held."""
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # damaged EXIF, of which Pillow raises many classes: the pixels are whole
        return picture


def picture_size(path: Path) -> tuple[int, int]:
    """Return the width and height of the picture in a file, as read_image gives it."""
    with open_picture(path) as picture:
        turned = picture.getexif().get(0x0112, 1) in (5, 6, 7, 8)  # EXIF's Orientation
        return (picture.height, picture.width) if turned else (picture.width, picture.height)


def read_array(path: Path) -> Array:
    """Return the array in a .npy or .mat file."""
    array = map_npy(path) if path.suffix.lower() == ".npy" else read_matrix(path)
    if array.size > 3 * MOST_PIXELS:
        raise NetkitError(f"{path}: {array.shape}: {TOO_LARGE}")
    return array.reshape(array.shape[:2]) if array.ndim == 3 and array.shape[2] == 1 else array


def from_array(a: Array, channels: int) -> Array:
    """Return (H, W), (C, H, W) or (H, W, C) as (channels, H, W)."""
    if a.ndim == 3 and a.shape[0] not in (1, 3) and a.shape[2] in (1, 3):
        a = a.transpose(2, 0, 1)
    if a.ndim == 2:
        a = a[None]
    if a.ndim != 3 or a.shape[0] not in (1, 3) or min(a.shape) < 1 or a.dtype.kind not in "uifb":
        raise NetkitError(
            f"an array of {a.dtype} {a.shape} is no image: "
            "give (H, W), (1, H, W) or (3, H, W) of numbers"
        )
    if not np.isfinite(a).all():
        raise NetkitError("the array holds NaN or infinity: give finite pixels")
    if a.shape[0] == channels:
        return np.ascontiguousarray(a)
    if channels == 1:
        return (LUMA[:, None, None] * a).sum(0, keepdims=True).astype(np.float32)
    return np.repeat(a, channels, axis=0)


def resize(image: Array, height: int, width: int) -> Array:
    """Return an image (C, H, W) at another size, in pixels.

    Bilinear; where it shrinks, averaged over what a pixel covers.
    """
    from PIL import Image

    if image.shape[1:] == (height, width):
        return image
    maps = image if image.dtype == np.uint8 else image.astype(np.float32)
    bilinear = Image.Resampling.BILINEAR
    pictures = [Image.fromarray(m).resize((width, height), bilinear) for m in maps]
    return np.stack([np.asarray(picture) for picture in pictures])


def as_picture(image: Array) -> "Picture":
    """Return an image (C, H, W) of 0..255 as a Pillow picture, in grey or colour."""
    from PIL import Image

    pixels = np.clip(image, 0, 255).astype(np.uint8)
    if len(pixels) == 1:
        return Image.fromarray(pixels[0])
    return Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0)))
