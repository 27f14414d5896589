"""Which images an arch takes: said where those of the data are too small for it."""

from netkit.context import Layers
from netkit.errors import NetkitError
from netkit.net import build
from netkit.types import Shape

MOST = 512  # pixels a side that are tried
ANY = "mobile", "resnet8"  # archs of netkit's that take images of any size


def smallest(layers: Layers, shape: Shape) -> int | None:
    """Return from how many pixels a side on the layers take images like those of `shape`.

    None if they take these, or none of up to MOST pixels.
    """
    channels, height, width = shape
    for side in (0, *range(min(height, width) + 1, MOST + 1)):
        try:
            build(layers, (channels, max(height, side), max(width, side)))
        except NetkitError:
            continue
        return side or None
    return None


def too_small(error: NetkitError, name: str, layers: Layers, shape: Shape) -> NetkitError:
    """Return an error that says from which size on an arch takes images, if that is the reason.

    error: why the layers cannot be built for images of `shape` (C, H, W); it is returned if larger
    images would not help.
    """
    side = smallest(layers, shape)
    if side is None:
        return error
    why = str(error).split(": make it smaller")[0]
    return NetkitError(
        f"arch {name} takes images from {side}x{side} on, and these are "
        f"{shape[1]}x{shape[2]} ({why}): give it larger ones (data.size={side} of a folder), "
        f"or take arch={' or '.join(ANY)}, which take any size"
    )
