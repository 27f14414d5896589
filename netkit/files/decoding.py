"""Pictures decoded by Pillow: upright, on black, in 8 bits, in grey or in colour."""

import threading
import warnings
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np

from netkit.errors import NetkitError
from netkit.types import Array

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

# What Pillow decodes in this process: it hands others, EPS say, to programs that it starts.
FORMATS = "PNG", "JPEG", "GIF", "BMP", "PPM", "TIFF", "WEBP"
MOST_PIXELS = 100_000_000  # a larger picture is refused before it is decoded
TOO_LARGE = f"more than {MOST_PIXELS // 1_000_000} million pixels: make it smaller"
OPENING = threading.Lock()  # filters of warnings are shared by all threads
ORIENTATION = 0x0112  # of EXIF: how the camera was held, 1 for upright
DEEP = 65535  # white in 16 bits
GREYS = "1", "L", "LA", "La"  # Pillow's modes of 8 bits or less without colour

Channels: TypeAlias = Literal[1, 3, "auto"]  # grey, colour, or what the picture is


class Decoded(NamedTuple):
    """A picture's pixels and what was done to get them."""

    pixels: Array  # (C, H, W): uint8, or float32 in 0..255 where the file has more bits
    turned: bool = False  # as its EXIF says that the camera was held
    brightest: int = 0  # of a picture of 16 bits, its largest value; 0 for others


def decode(source: Path | IO[bytes], channels: Channels, frame: int = 0) -> Decoded:
    """Return the picture in a file, or in an open one.

    channels: 1, grey by Rec. 601's luma; 3; or auto: 1 if no pixel of it has a colour.  16 bits are
    scaled by 255/65535, the same for all pictures; floats by 255 if none is above 1.  Transparent
    parts show black, the value of the zeros that pad an image.  frame: which of an animation.
    """
    with open_picture(source, frame) as file:
        turned = orientation(file) > 1
        file.load()
        picture = upright(file) if turned else file
    if picture.mode.startswith(("I", "F")):
        grey, brightest = deep(picture)
        return Decoded(np.repeat(grey[None], 3 if channels == 3 else 1, axis=0), turned, brightest)
    if "A" in picture.getbands() or "a" in picture.getbands() or "transparency" in picture.info:
        picture = on_black(picture)
    elif picture.mode in GREYS and channels == "auto":
        channels = 1
    wanted = "L" if channels == 1 else "RGB"
    pixels = np.asarray(picture if picture.mode == wanted else picture.convert(wanted))
    if pixels.ndim == 2:
        return Decoded(pixels[None], turned)
    if channels == "auto" and is_grey(pixels):
        return Decoded(pixels[None, :, :, 0], turned)
    return Decoded(pixels.transpose(2, 0, 1), turned)


def deep(picture: "Picture") -> tuple[Array, int]:
    """Return a picture of more than 8 bits as float32 (H, W) in 0..255, and its largest value.

    The largest value is 0 for floats, which have no white of their own.
    """
    grey = np.array(picture, np.float32)
    most = float(grey.max(initial=0))
    if picture.mode.startswith("I"):
        grey *= 255 / DEEP
        return grey, int(most)
    if not (np.isfinite(most) and np.isfinite(grey.min(initial=0))):  # NaN is both, where it is
        raise ValueError("it holds NaN or infinity")
    if most <= 1:
        grey *= 255
    return grey, 0


def on_black(picture: "Picture") -> "Picture":
    """Return a picture with transparent parts over black, in grey if it has no colours."""
    from PIL import Image

    grey = picture.mode in GREYS
    picture = picture.convert("RGBA")
    ground = Image.new("RGBA", picture.size, (0, 0, 0, 255))
    picture = Image.alpha_composite(ground, picture)
    return picture.convert("L") if grey else picture


def is_grey(pixels: Array) -> bool:
    """Return whether red, green and blue of pixels (H, W, 3) are the same everywhere."""
    for some in (pixels[::16, ::16], pixels):  # a coloured picture is told from few of its pixels
        if (some[..., 0] != some[..., 1]).any() or (some[..., 0] != some[..., 2]).any():
            return False
    return True


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
        turned = orientation(picture) in (5, 6, 7, 8)
        return (picture.height, picture.width) if turned else (picture.width, picture.height)


def orientation(picture: Any) -> int:
    """Return how the camera was held, as EXIF has it: 1 is upright, 2 to 8 are not."""
    try:
        found = picture.getexif().get(ORIENTATION, 1)
    except Exception:  # as in `upright`
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1
