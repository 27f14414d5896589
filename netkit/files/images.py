"""Images in and out: any usual format, .npy and EBLearn's .mat, as arrays (C, H, W)."""

import glob
import os
from pathlib import Path

import numpy as np

from netkit.errors import NetkitError
from netkit.files import write_beside

ENDINGS = ".png", ".jpg", ".jpeg", ".pgm", ".ppm", ".pbm", ".pnm", ".bmp", ".gif", ".npy", ".mat"


def find_images(source):
    """Return the paths that a file, a folder or a glob stands for, sorted by name."""
    path = Path(source)
    if path.is_dir():
        found = [p for p in path.iterdir() if p.suffix.lower() in ENDINGS]
    elif path.exists():
        found = [path]
    else:
        found = [Path(p) for p in glob.glob(str(source), recursive=True) if os.path.isfile(p)]
    if not found:
        what = (
            f"folder holds no {' '.join(ENDINGS)}" if path.is_dir() else "there is no such file, folder or glob match"
        )
        raise NetkitError(f"input={source}: {what}")
    return sorted(found, key=lambda p: (len(p.stem), str(p)) if p.stem.isdigit() else (0, str(p)))


def read_image(path, channels=1):
    """Return an image as (channels, H, W): 1 channel is grey (Rec. 601 luma), 3 are red, green and blue.

    8-bit files give uint8; 16-bit ones are brought to 0..255 too. Transparent parts show black, the value of
    the zeros that pad an image. The first frame of an animation. Raises NetkitError for what it cannot read.
    """
    path = Path(path)
    try:
        if path.suffix.lower() in (".npy", ".mat"):
            return from_array(read_array(path), channels)
        return read_picture(path, channels)
    except NetkitError:
        raise
    except Exception as error:  # Pillow and numpy raise many classes over a damaged file
        reason = str(error).split("\n")[0] or type(error).__name__
        raise NetkitError(f"{path}: cannot be read as an image ({reason}): convert or remove it") from error


def read_picture(path, channels):
    from PIL import Image

    with Image.open(path) as image:
        image.load()
        if image.mode.startswith(("I", "F")):
            grey = np.asarray(image, np.float32) * (255 / 65535 if image.mode.startswith("I") else 1)
            return from_array(grey, channels)
        if "A" in image.getbands() or "transparency" in image.info:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, (0, 0, 0, 255)), image)
        image = image.convert("L" if channels == 1 else "RGB")
        return from_array(np.asarray(image), channels)


def read_array(path):
    if path.suffix.lower() == ".npy":
        return np.load(path, allow_pickle=False)
    from netkit.files.idx import read_matrix

    array = read_matrix(path)
    return array.reshape(array.shape[:2]) if array.ndim == 3 and array.shape[2] == 1 else array


def from_array(a, channels):
    """Return (H, W), (C, H, W) or (H, W, C) as (channels, H, W)."""
    if a.ndim == 3 and a.shape[0] not in (1, 3) and a.shape[2] in (1, 3):
        a = a.transpose(2, 0, 1)
    if a.ndim == 2:
        a = a[None]
    if a.ndim != 3 or a.shape[0] not in (1, 3) or min(a.shape) < 1 or a.dtype.kind not in "uifb":
        raise NetkitError(
            f"an array of {a.dtype} {a.shape} is no image: give (H, W), (1, H, W) or (3, H, W) of numbers"
        )
    if not np.isfinite(a).all():
        raise NetkitError("the array holds NaN or infinity: give finite pixels")
    if a.shape[0] == channels:
        return np.ascontiguousarray(a)
    if channels == 1:
        return (np.array([0.299, 0.587, 0.114])[:, None, None] * a).sum(0, keepdims=True).astype(np.float32)
    return np.repeat(a, channels, axis=0)


def save_annotated(path, image, boxes, least=256):
    """Save an image (C, H, W) as PNG with its boxes [(text, (x0, y0, x1, y1)), ...] drawn on it.

    A small image is enlarged by a whole factor until its shorter side has `least` pixels, so that text fits.
    """
    from io import BytesIO

    from PIL import Image, ImageDraw, ImageFont

    pixels = np.clip(image, 0, 255).astype(np.uint8)
    picture = Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)).convert("RGB")
    zoom = max(1, -(-least // min(picture.size)))
    picture = picture.resize((picture.width * zoom, picture.height * zoom), Image.Resampling.NEAREST)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(max(12, min(picture.size) // 12))
    for text, box in boxes:
        x0, y0, x1, y1 = (v * zoom for v in box)
        draw.rectangle((x0, y0, x1 - 1, y1 - 1), outline=(0, 200, 80), width=2)
        spot = draw.textbbox((x0 + 4, y0 + 3), text, font=font)
        draw.rectangle((spot[0] - 3, spot[1] - 2, spot[2] + 3, spot[3] + 2), fill=(0, 200, 80))
        draw.text((x0 + 4, y0 + 3), text, fill=(0, 0, 0), font=font)
    data = BytesIO()
    picture.save(data, "PNG")
    write_beside(path, data.getvalue())
