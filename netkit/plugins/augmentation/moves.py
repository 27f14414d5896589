"""Moves of training images by whole pixels: flip (mirrored), shift (moved, then cut)."""

from typing import TYPE_CHECKING, Literal

from netkit.checks import Share, WholePair
from netkit.errors import NetkitError
from netkit.plugins.augmentation.augmentation import Augmentation
from netkit.types import Array, Backward, Shape

if TYPE_CHECKING:
    from netkit.context import Context


def picked(x: Array, rows: Array, columns: Array, ctx: "Context") -> tuple[Array, Backward]:
    """Return y, x at the rows (H, N) and columns (W, N) of each image, and backward(dy) -> dx."""
    rows, columns = (ctx.xp.ascontiguousarray(a, "int32") for a in (rows, columns))
    y = ctx.ops.pick(x, rows, columns, ctx.empty(x.shape))

    def backward(dy: Array) -> Array | None:
        if not ctx.wants_dx:
            return None
        return ctx.ops.unpick(dy, rows, columns, ctx.empty(x.shape))

    return y, backward


class Flip(Augmentation):
    """Mirror some of the training images: left to right, or upside down.

    axis: horizontal (left to right) or vertical.  share: of the images, drawn anew at each step;
    true: half of them.
    """

    keeps_boxes = True

    def __init__(
        self,
        axis: Literal["horizontal", "vertical"] = "horizontal",
        share: Share | bool = 0.5,
    ) -> None:
        self.axis = axis
        self.share = 0.5 if share is True else float(share)  # 1 is all of them

    def augment(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        _, height, width, n = x.shape
        flipped = ctx.uniform_by_image(1, n)[0] < self.share
        ctx.moved(self.places(flipped, height, width, ctx))
        rows, columns = (ctx.xp.arange(size)[:, None] + 0 * flipped for size in (height, width))
        if self.axis == "vertical":
            rows = ctx.xp.where(flipped, height - 1 - rows, rows)
        else:
            columns = ctx.xp.where(flipped, width - 1 - columns, columns)
        return picked(x, rows, columns, ctx)

    def places(self, flipped: Array, height: int, width: int, ctx: "Context") -> Array:
        """Return where pixels come from, as a map (6, N) of each image."""
        xp, n = ctx.xp, flipped.shape[0]
        places = xp.zeros((6, n))
        places[0] = places[4] = 1
        line, size = (0, height) if self.axis == "vertical" else (4, width)
        places[line] -= 2 * flipped
        places[2 if line == 0 else 5] = (size - 1) * flipped
        return places


class Shift(Augmentation):
    """Show each training image moved by some whole pixels, the same as a random crop of a frame.

    by: up to so many pixels each way, or [down, across], each drawn evenly.  fill: what comes in at
    the sides: zeros (of the net's input: grey where the data have a bias, else black), or reflect,
    the image mirrored at its outermost pixels.
    """

    keeps_boxes = True

    def __init__(self, by: WholePair = 4, fill: Literal["zeros", "reflect"] = "zeros") -> None:  # type: ignore[assignment]
        self.by = by
        self.fill = fill

    def build(self, shape: Shape) -> Shape:
        for by, size, side in zip(self.by, shape[1:], ("high", "wide"), strict=True):
            if by >= size:
                raise NetkitError(
                    f"{self.name}: {by} pixels move an image {size} {side} out of sight: "
                    f"give up to {size - 1}"
                )
        return shape

    def augment(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        draw = ctx.uniform_by_image(2, x.shape[3])
        came_from = ctx.xp.zeros((6, x.shape[3]))
        came_from[0] = came_from[4] = 1
        places: list[Array] = []
        for by, size, u in zip(self.by, x.shape[1:3], draw, strict=True):
            move = ctx.xp.floor(u * (2 * by + 1)).astype("int64") - by
            came_from[2 if not places else 5] = move
            at = ctx.xp.arange(size)[:, None] + move
            if self.fill == "reflect":
                at = size - 1 - abs(size - 1 - abs(at))
            else:
                at = ctx.xp.where((at >= 0) & (at < size), at, -1)
            places.append(at)
        ctx.moved(came_from)
        return picked(x, places[0], places[1], ctx)
