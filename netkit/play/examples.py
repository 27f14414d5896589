"""Pictures of the data that a net was trained on, to click on the page."""

import base64
import logging
from collections.abc import Mapping
from math import prod
from typing import Any, NamedTuple

import numpy as np

from netkit.build.parts import make_data
from netkit.errors import NetkitError
from netkit.registry import Registry
from netkit.types import Array, Shape

log = logging.getLogger("netkit")
MOST = 12
BYTES = 1 << 18  # of all of them
UNKNOWN = -1


class Examples(NamedTuple):
    """Pictures (n, C, H, W), uint8, and the numbers of their classes, UNKNOWN of boxes."""

    images: Array
    labels: list[int]

    @classmethod
    def none(cls, shape: Shape) -> "Examples":
        """Return no pictures of a shape (C, H, W)."""
        return cls(np.zeros((0, *shape), np.uint8), [])

    def facts(self) -> dict[str, Any]:
        """Return them as JSON has it."""
        return {
            "pixels": base64.b64encode(self.images.tobytes()).decode(),
            "labels": self.labels,
        }


def examples_of(registry: Registry, meta: Mapping[str, Any]) -> Examples:
    """Return pictures of the test data of a run: the first of each class, or the first few.

    meta: of its weights, see Checkpoint.  There are none where the data is not on this machine
    any more, or is no pictures of the net's size: a log line says so.
    """
    shape = tuple(meta["shape"])
    most = min(MOST, BYTES // prod(shape))
    config = meta["config"]
    if not most or not isinstance(config.get("data"), dict):
        return Examples.none(shape)
    needed = ("limit_classes", "limit_classes_random")
    few = dict.fromkeys(needed) | config | {"train_size": 1, "val_size": 500}
    try:
        val = make_data(registry, few).val
    except (NetkitError, OSError) as error:
        log.info("no pictures of the data: %s", error)
        return Examples.none(shape)
    images, labels = val.images, np.asarray(val.labels)
    if not len(images) or images.dtype != np.uint8 or images.shape[1:] != shape:
        log.info("no pictures of the data: they are none of %s bytes", "x".join(map(str, shape)))
        return Examples.none(shape)
    chosen = list(range(min(most, len(images))))
    if labels.ndim == 1:
        chosen = np.sort(np.unique(labels, return_index=True)[1])[:most].tolist()
        chosen.sort(key=lambda k: int(labels[k]))
    named = [int(labels[k]) if labels.ndim == 1 else UNKNOWN for k in chosen]
    return Examples(np.ascontiguousarray(images[chosen]), named)
