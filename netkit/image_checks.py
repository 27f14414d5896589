"""What a net is never given: images that it does not take."""

from netkit.errors import NetkitError
from netkit.types import Array, Shape


def check_images(images: Array, shape: Shape) -> None:
    """Raise NetkitError if images are no batch (N, C, H, W) of numbers for a net of `shape`.

    They may be larger than the net was built for, and not smaller, and have its channels.
    """
    kind = getattr(images, "dtype", None)
    if kind is None or kind.kind not in "buif" or images.ndim != 4:
        what = f"{kind} of shape {tuple(images.shape)}" if kind is not None else type(images)
        raise NetkitError(
            f"images are {what}: give numbers of shape (images, channels, height, width)"
        )
    channels, height, width = shape
    have = tuple(images.shape)
    if not have[0] or have[1] != channels or have[2] < height or have[3] < width:
        raise NetkitError(
            f"images are {have}: this net takes one or more of (channels, height, width) = "
            f"({channels}, {height}, {width}), or larger ones of {channels} channels"
        )
