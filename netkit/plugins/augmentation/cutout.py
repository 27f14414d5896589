"""A part of each training image is hidden: cutout."""

from typing import TYPE_CHECKING

from netkit.checks import Pair, Share
from netkit.plugins.augmentation.augmentation import Augmentation
from netkit.types import Array, Backward

if TYPE_CHECKING:
    from netkit.context import Context


class Cutout(Augmentation):
    """Hide a square of each training image: its numbers become zero (DeVries & Taylor 2017).

    size: of the square in pixels, or [height, width]. Its centre is any of the pixels, so that it
    may stand out over a side, and less is hidden then.  share: of the images that lose one.  Zero
    is that of the net's input: grey where the data have a bias, else black.
    """

    keeps_boxes = True

    def __init__(self, size: Pair = 8, share: Share = 1.0) -> None:  # type: ignore[assignment]
        self.size = size
        self.share = share

    def augment(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        xp, n = ctx.xp, x.shape[3]
        draw = ctx.uniform_by_image(3, n)
        box = []
        for size, length, u in zip(self.size, x.shape[1:3], draw, strict=False):
            first = xp.floor(u * length) - size // 2
            last = xp.where(draw[2] < self.share, first + size, 0)
            box += [xp.clip(first, 0, length), xp.clip(last, 0, length)]
        box = xp.stack(box).astype("int32")
        y = ctx.ops.cut(x, box, ctx.empty(x.shape))

        def backward(dy: Array) -> Array | None:
            return ctx.ops.cut(dy, box, ctx.empty(x.shape)) if ctx.wants_dx else None

        return y, backward
