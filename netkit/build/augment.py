"""Augmentation as configured: the layers of cfg["augment"] before those of an arch."""

import logging
from collections.abc import Iterator
from typing import Any

import numpy as np

from netkit.build.parts import switched_on
from netkit.errors import NetkitError
from netkit.types import Array

log = logging.getLogger("netkit")
NAME = "augment"  # of the chain that holds them
LOOKED_AT = 1000  # images, for the ends of their range


def augmented(cfg: dict[str, Any], images: Array) -> dict[str, Any]:
    """Return a configuration whose arch begins with the layers of cfg["augment"] that are on.

    They have no weights and act in training alone, so that only a net to be trained needs them.
    images (N, C, H, W): of the training set; what is black and white if they are no bytes.
    """
    specs = part(part(cfg, NAME, "none, digits or photos"), "layers", "{NAME: {type: ...}}")
    layers, channels = cfg["arch"].get("layers"), images.shape[1]
    kept = {name: in_range(spec, images) for name, spec in specs.items() if on(spec)}
    for line in without_effect(cfg, kept, channels):
        log.warning("%s", line)
    if not kept or not isinstance(layers, dict):
        return cfg
    if NAME in layers:
        raise NetkitError(
            "arch.layers.augment: the layers of augment= go by that name: give the layer another"
        )
    warn_of_twins(kept, layers)
    first = {NAME: {"type": "chain", "layers": kept}}
    return cfg | {"arch": cfg["arch"] | {"layers": first | layers}}


def part(whole: dict[str, Any], name: str, give: str) -> dict[str, Any]:
    """Return the mapping of a name in a mapping; an empty one if there is none."""
    found = whole.get(name) or {}
    if not isinstance(found, dict):
        where = name if name == NAME else f"{NAME}.{name}"
        raise NetkitError(f"{where}: {found!r:.100} is no mapping: give {give}")
    return found


def on(spec: Any) -> bool:
    """Return whether the spec of a layer is not left out: by `when`, or a list of which none is."""
    return switched_on(spec.get("when", True)) if isinstance(spec, dict) else True


def in_range(spec: Any, images: Array) -> Any:
    """Return the spec of a layer with the range of the images where it has black or white null."""
    if not isinstance(spec, dict):
        return spec
    spec = {name: value for name, value in spec.items() if name != "when"}
    if images.dtype == np.uint8 or None not in (spec.get("black", 0), spec.get("white", 0)):
        return spec
    some = np.asarray(images[:LOOKED_AT])
    ends = {"black": float(some.min()), "white": float(some.max())} if some.size else {}
    return spec | {name: end for name, end in ends.items() if spec.get(name, 0) is None}


def without_effect(cfg: dict[str, Any], kept: dict[str, Any], channels: int) -> Iterator[str]:
    """Yield a line for each setting of augment= that changes nothing.

    kept: the specs of the layers that are on.  channels: of the images.
    """
    given = cfg.get(NAME) or {}
    if given.get("fill", "zeros") != "zeros" and "shift" not in kept:
        yield f"augment.fill={given['fill']} has no effect without augment.shift"
    for name in ("black", "white"):
        if given.get(name) is not None and not {"colour", "noise"} & set(kept):
            yield f"augment.{name}={given[name]} has no effect without other light or noise"
    colours = [name for name in ("saturation", "hue") if given.get(name)]
    if colours and channels != 3 and not (given.get("brightness") or given.get("contrast")):
        yield f"augment.{colours[0]} has no effect: it needs 3 channels, the images have {channels}"
    if "mixup" in kept and cfg.get("batch_size") == 1:
        yield "augment.mixup has no effect with batch_size=1: there is no other image"


def warn_of_twins(ours: dict[str, Any], layers: dict[str, Any]) -> None:
    """Say so if an arch has a kind of augmentation of its own that `augment` brings, too."""
    kinds = {str(spec.get("type")) for spec in ours.values() if isinstance(spec, dict)}
    for name, spec in layers.items():
        if isinstance(spec, dict) and on(spec) and str(spec.get("type")) in kinds:
            log.warning(
                "augment: the arch has a layer %s of its own, and both act: "
                "~arch.layers.%s takes that one away",
                *(name, name),
            )
