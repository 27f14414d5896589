"""The images that a net in eight bits is calibrated on."""

from typing import Any

import numpy as np

from netkit.build.parts import make_data
from netkit.checks import Count, taken
from netkit.classification.batches import read_batches
from netkit.classification.fitting import Fitting
from netkit.classification.items import find_items
from netkit.errors import NetkitError
from netkit.registry import Registry
from netkit.training.checkpoint import Checkpoint
from netkit.types import Array


def calibration_images(registry: Registry, checkpoint: Checkpoint, cfg: dict[str, Any]) -> Array:
    """Return images (N, C, H, W), 0..255: of the run's training set, or pictures of the user's.

    cfg: calibration, "data" or where pictures are, and images, how many at most. They are taken
    evenly, so that a set that stands class by class gives some of each.
    """
    meta, most = checkpoint.meta, taken("images", cfg["images"], Count)
    fitting = check_pixels(meta, f"weights {checkpoint.path}")
    if cfg["calibration"] != "data":
        items = find_items(cfg["calibration"], None, None, classes=meta["classes"])
        some = [items[k] for k in evenly(len(items), most)]
        batches = list(read_batches(some, fitting, size=64))
        if errors := [error for batch in batches for error in batch.errors]:
            raise NetkitError(f"calibration={cfg['calibration']}: {errors[0]}")
        return np.concatenate([batch.images for batch in batches])
    if not isinstance(meta["config"].get("data"), dict):
        raise NetkitError(
            f"weights {checkpoint.path} do not say what they were trained on: name pictures, "
            "calibration=FOLDER"
        )
    images = make_data(registry, meta["config"]).train.images
    if images.shape[1:] != tuple(meta["shape"]):
        raise NetkitError(
            f"calibration=data: its images are {images.shape[1:]} now and the net takes "
            f"{tuple(meta['shape'])}: name pictures, calibration=FOLDER"
        )
    return np.asarray(images[evenly(len(images), most)])


def check_pixels(meta: dict[str, Any], what: str) -> Fitting:
    """Return how the images of a net are fitted; raise NetkitError if they are no pixels of bytes.

    meta: of its checkpoint.  what: begins the error.
    """
    fitting = Fitting.of(meta, tuple(meta["shape"]))
    if fitting.pixels != "bytes":
        raise NetkitError(
            f"{what}: trained on numbers that are not pixels of 0..255 "
            f"({fitting.pixels}): eight bits are for nets of pixels: train it on those"
        )
    return fitting


def evenly(count: int, most: int) -> Array:
    """Return the places of so many at most, evenly among `count`."""
    return np.linspace(0, count - 1, min(count, most)).round().astype(np.int64)
