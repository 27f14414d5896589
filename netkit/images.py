"""What a caller may give as images: arrays, paths, PIL's images, and lists of those."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from netkit.classification.fitting import Fitting
from netkit.errors import NetkitError
from netkit.files.images import read_image
from netkit.pictures.layer_table import by_x


def batch_of(
    images: Any, shape: tuple[int, ...], fitting: Fitting | None = None
) -> tuple[np.ndarray, bool]:
    """Return images as (N, C, H, W), and whether one was given alone.

    shape: (C, H, W) that each has to have.  fitting: brings files, and arrays of another size, to
    that shape; without it they are refused. An array of three dimensions is one image of that
    shape, and else many of one channel.
    """
    channels, single = shape[0], False
    dimensions = getattr(images, "ndim", 0)
    greys = dimensions == 3 and channels == 1 and images.shape != shape
    if isinstance(images, (list, tuple)) or dimensions == 4 or greys:
        several = isinstance(images, (list, tuple)) and len(images) > 1
        made = partial(fitted_image, shape=shape, fitting=fitting)
        if several and isinstance(images[0], (str, Path)):  # files are read side by side
            with ThreadPoolExecutor() as pool:
                batch = list(pool.map(made, images))
        else:
            batch = [made(image) for image in images]
    else:
        batch, single = [fitted_image(images, shape=shape, fitting=fitting)], True
    if not batch:
        raise NetkitError("no images: give one at least")
    return np.stack(batch), single


def fitted_image(image: Any, *, shape: tuple[int, ...], fitting: Fitting | None) -> np.ndarray:
    """Return one image as (C, H, W) of a shape, fitted where that is wanted; see batch_of."""
    array = image_of(image, shape[0])
    is_file = isinstance(image, (str, Path))
    if fitting and (is_file or array.shape != shape):
        return fitting(array)
    if array.shape != shape:
        raise NetkitError(
            f"an image of {by_x(array.shape)}: this net takes {by_x(shape)}: resize it, or use "
            "model.detect(image), which looks at images of any size"
        )
    return array


def image_of(image: Any, channels: int) -> np.ndarray:
    """Return one image as (C, H, W)."""
    if isinstance(image, (str, Path)):
        if not Path(image).is_file():
            raise NetkitError(f"{image}: there is no such file: name an image")
        return read_image(image, channels)
    if hasattr(image, "getbands"):  # PIL's
        image = np.asarray(image.convert("L" if channels == 1 else "RGB"))
    array = numbers(image)
    if array.ndim == 2 and channels == 1:
        return array[None]
    if array.ndim == 3 and array.shape[0] == channels:
        return array
    if array.ndim == 3 and array.shape[2] == channels:  # as files of pictures have it
        return array.transpose(2, 0, 1)
    raise NetkitError(
        f"an image of shape {array.shape}: this net takes {channels} channels: "
        f"give ({channels}, H, W)" + (" or (H, W)" if channels == 1 else "")
    )


def numbers(image: Any) -> np.ndarray:
    """Return an array of numbers."""
    try:
        array = np.asarray(image)
    except ValueError as error:
        raise NetkitError(f"images: {error}: give an array of numbers") from None
    if array.dtype.kind not in "buif":
        raise NetkitError(f"images: {type(image).__name__} is no image: give an array or a path")
    return array
