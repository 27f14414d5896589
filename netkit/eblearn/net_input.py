"""The images that a net of an EBLearn file is for, of which the file says nothing."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from netkit.errors import NetkitError
from netkit.files.arrays import read_images
from netkit.net import build, named_layers
from netkit.registry import Registry
from netkit.types import Shape

MOST = 512  # pixels of a side that are tried


def trained_on(path: str | Path | None) -> list[int] | None:
    """Return the shape (C, H, W) of the images in a file of samples; None if it is not there."""
    try:
        return [int(side) for side in read_images(path, "train").shape[1:]] if path else None
    except NetkitError:
        return None  # netkit train says so; to detect, it is not needed


def least_input(
    registry: Registry, layers: dict[str, Any], channels: int, inputs: Mapping[str, int]
) -> list[int]:
    """Return the smallest shape (C, H, W) that a net can answer, as EBLearn finds it.

    inputs: {layer: how many numbers it is to be given}. Where no shape makes all of them true, and
    EBLearn's net cannot run either, the first one counts.
    """
    first = dict(list(inputs.items())[:1])
    for wanted in (inputs, first, {}):
        side = least_side(registry, layers, channels, wanted)
        if side:
            break
    else:
        raise NetkitError(
            f"arch: no image of {channels} maps and up to {MOST}x{MOST} pixels goes through it: "
            "give input_thickness, or the file of `train`"
        )
    height = width = side
    while height > 1 and given(registry, layers, (channels, height - 1, width), wanted) == wanted:
        height -= 1
    while width > 1 and given(registry, layers, (channels, height, width - 1), wanted) == wanted:
        width -= 1
    return [channels, height, width]


def least_side(
    registry: Registry, layers: dict[str, Any], channels: int, wanted: Mapping[str, int]
) -> int:
    """Return the side of the smallest square image that gives layers what they want; 0 if none."""
    for side in range(1, MOST + 1):
        found = given(registry, layers, (channels, side, side), wanted)
        if found == wanted:
            return side
        if found and any(found[name] > wanted[name] for name in wanted):
            return 0  # a larger image gives more
    return 0


def given(
    registry: Registry, layers: dict[str, Any], shape: Shape, names: Collection[str]
) -> dict[str, int] | None:
    """Return how many numbers some layers are given; None if an input shape fits no net."""
    built = registry.layers(layers, 2)
    try:
        build(built, shape)
    except NetkitError:
        return None
    return {name: one.weights[0].shape[1] for name, one in named_layers(built) if name in names}


def channels_of(layers: dict[str, Any], thickness: int, inputs: Mapping[str, int]) -> int:
    """Return how many maps an arch takes: as many as its colours, else what the file says.

    inputs: see least_input; a net that begins with a linear layer takes features, a map each.
    """
    name, first = next(((name, str(spec["type"])) for name, spec in layers.items()), ("", ""))
    if first == "linear" and name in inputs:
        return inputs[name]
    return 3 if first.startswith("rgb_to_") else thickness
