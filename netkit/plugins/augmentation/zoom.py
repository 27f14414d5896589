"""Training images nearer or farther away, and elsewhere: zoom."""

from math import log
from typing import TYPE_CHECKING, Annotated

from netkit.checks import Bound
from netkit.plugins.augmentation.jitter import Jitter
from netkit.types import Array, Shape

if TYPE_CHECKING:
    from netkit.context import Context


class Zoom(Jitter):
    """Show a part of each training image, or all of it smaller, with zeros around it.

    scale: up to so much larger, or smaller likewise: 0.5 is from 2/3 to 3/2 times the size, each
    factor as likely as its inverse.  aspect: height against width by up to so much, likewise.
    shift: up to so large a share of the sides each way.  All are drawn for each image at each step.
    It is a random crop that keeps most of an image in sight.
    """

    def __init__(
        self,
        scale: Annotated[float, Bound(least=0, most=9)] = 0.25,
        aspect: Annotated[float, Bound(least=0, most=9)] = 0.1,
        shift: Annotated[float, Bound(least=0, most=0.9)] = 0.12,
    ) -> None:
        super().__init__()
        self.logs = log(1 + scale), log(1 + aspect) / 2
        self.share = shift

    def draw(self, shape: Shape, ctx: "Context") -> Array:
        return (2 * ctx.uniform_by_image(4, shape[3]) - 1).astype(ctx.dtype)

    def places(self, draw: Array, shape: Shape, ctx: "Context") -> Array:
        xp, (_, height, width, _) = ctx.xp, shape
        size, aspect = self.logs[0] * draw[0], self.logs[1] * draw[1]
        places = xp.zeros((6, shape[3]), draw.dtype)
        for line, length, factor, move in (
            (0, height, xp.exp(size + aspect), draw[2]),
            (1, width, xp.exp(size - aspect), draw[3]),
        ):
            middle = (length - 1) / 2
            places[4 * line] = 1 / factor
            places[3 * line + 2] = middle - (middle + self.share * length * move) / factor
        return places
