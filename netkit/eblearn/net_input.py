"""The images that a net of an EBLearn file is for, of which the file says nothing."""

from pathlib import Path
from typing import Any

from netkit.errors import NetkitError
from netkit.files.arrays import read_images
from netkit.net import build
from netkit.registry import Registry
from netkit.types import Shape

MOST = 512  # pixels of a side that are tried


def trained_on(path: str | Path | None) -> list[int] | None:
    """Return the shape (C, H, W) of the images in a file of samples; None if it is not there."""
    try:
        return [int(side) for side in read_images(path, "train").shape[1:]] if path else None
    except NetkitError:
        return None  # netkit train says so; to detect, it is not needed


def least_input(registry: Registry, layers: dict[str, Any], channels: int) -> list[int]:
    """Return the smallest shape (C, H, W) that a net can answer, as EBLearn finds it."""
    side = next((n for n in range(1, MOST + 1) if fits(registry, layers, (channels, n, n))), None)
    if side is None:
        raise NetkitError(
            f"arch: no image of {channels} maps and up to {MOST}x{MOST} pixels goes through it: "
            "give input_thickness, or the file of `train`"
        )
    height = width = side
    while height > 1 and fits(registry, layers, (channels, height - 1, width)):
        height -= 1
    while width > 1 and fits(registry, layers, (channels, height, width - 1)):
        width -= 1
    return [channels, height, width]


def fits(registry: Registry, layers: dict[str, Any], shape: Shape) -> bool:
    """Say whether layers can be built for an input shape."""
    try:
        build(registry.layers(layers, 2), shape)
    except NetkitError:
        return False
    return True


def channels_of(layers: dict[str, Any], thickness: int) -> int:
    """Return how many maps an arch takes: as many as its colours, else what the file says."""
    first = str(next(iter(layers.values()))["type"]) if layers else ""
    return 3 if first.startswith("rgb_to_") else thickness
