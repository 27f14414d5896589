"""Images in files, in any usual format, .npy and EBLearn's .mat, as arrays (C, H, W)."""

import glob
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from netkit.errors import NetkitError
from netkit.files.decoding import MOST_PIXELS, TOO_LARGE, Channels, Decoded, decode, is_grey
from netkit.files.idx import read_matrix
from netkit.files.npy import map_npy
from netkit.files.streams import Stream, files_in
from netkit.types import Array

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

LUMA = np.array([0.299, 0.587, 0.114])  # of red, green and blue in grey (ITU-R BT.601)
PICTURES = ".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".pgm", ".ppm", ".pbm", ".pnm"
ENDINGS = *PICTURES, ".tif", ".tiff", ".npy", ".mat"


def find_images(source: str | Path, more: tuple[str, ...] = ()) -> list[Path]:
    """Return the paths that a file, a folder or a glob stands for, sorted by name.

    more: endings to take beside those of images.  Raises NetkitError if there are none.
    """
    return sorted(stream_images(source, more).things, key=by_name)


def stream_images(source: str | Path, more: tuple[str, ...] = ()) -> Stream[Path]:
    """Return what find_images does as a Stream: very many come as the file system has them."""
    path = Path(source)
    if path.is_dir():
        found = Stream.of(files_in(path, (*ENDINGS, *more)), by_name)
    elif path.exists():
        found = Stream.of([path])
    else:
        matches = glob.iglob(str(source), recursive=True)
        found = Stream.of((Path(p) for p in matches if os.path.isfile(p)), by_name)
    if found.total == 0:
        what = (
            f"folder holds no {' '.join(ENDINGS)}"
            if path.is_dir()
            else "there is no such file, folder or glob match"
        )
        raise NetkitError(f"input={source}: {what}")
    return found


def by_name(path: Path) -> tuple[int, str]:
    """Return what sorts paths by name, numbers by their value."""
    return (len(path.stem), str(path)) if path.stem.isdigit() else (0, str(path))


def read_image(path: str | Path, channels: int = 1, frame: int = 0) -> Array:
    """Return an image in a file as (channels, H, W): 1 channel is grey, 3 are red, green and blue.

    Grey is Rec. 601's luma.  8-bit files give uint8; 16-bit ones are brought to 0..255 too.
    Transparent parts show black, the value of the zeros that pad an image. `frame` counts those of
    an animation. Raises NetkitError for what it cannot read.
    """
    return decode_image(path, 1 if channels == 1 else 3, frame).pixels


def decode_image(path: str | Path, channels: Channels, frame: int = 0) -> Decoded:
    """Return an image in a file, and what was done to it; see `read_image` and `decode`."""
    path = Path(path)
    try:
        if path.suffix.lower() not in (".npy", ".mat"):
            return decode(path, channels, frame)
        if channels != "auto":
            return Decoded(from_array(read_array(path), channels))
        image = from_array(read_array(path), 3)
        return Decoded(image[:1] if is_grey(image.transpose(1, 2, 0)) else image)
    except NetkitError:
        raise
    except Exception as error:  # Pillow and numpy raise many classes over a damaged file
        reason = getattr(error, "strerror", None) or str(error).split("\n")[0]
        reason = reason.replace(repr(path), "").replace(repr(str(path)), "").strip(" :")
        reason = reason or type(error).__name__
        remedy = "correct its path" if isinstance(error, FileNotFoundError) else "convert it"
        raise NetkitError(
            f"{path}: cannot be read as an image ({reason}): {remedy} or remove it"
        ) from error


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
        return a
    if channels == 1:
        return (LUMA[:, None, None] * a).sum(0, keepdims=True).astype(np.float32)
    return np.repeat(a, channels, axis=0)


def resize(image: Array, height: int, width: int, *, quick: bool = False) -> Array:
    """Return an image (C, H, W) at another size, in pixels.

    Bilinear; where it shrinks, averaged over what a pixel covers. quick: what shrinks to a half or
    less is first averaged over whole blocks of pixels: a sixth of the time from 640x480 to 320x240.
    """
    from PIL import Image

    if image.shape[1:] == (height, width):
        return image
    how, gap = Image.Resampling.BILINEAR, 1.0 if quick else None
    if image.dtype == np.uint8 and len(image) == 3:  # one picture in colour takes less than three
        picture = Image.fromarray(image.transpose(1, 2, 0)).resize(
            (width, height), how, reducing_gap=gap
        )
        return np.asarray(picture).transpose(2, 0, 1)
    maps = image if image.dtype == np.uint8 else image.astype(np.float32)
    pictures = [Image.fromarray(m).resize((width, height), how, reducing_gap=gap) for m in maps]
    return np.stack([np.asarray(picture) for picture in pictures])


def as_picture(image: Array) -> "Picture":
    """Return an image (C, H, W) of 0..255 as a Pillow picture, in grey or colour."""
    from PIL import Image

    pixels = np.clip(image, 0, 255).astype(np.uint8)
    if len(pixels) == 1:
        return Image.fromarray(pixels[0])
    return Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0)))
