"""Training images out of focus: gaussian_blur."""

from math import ceil
from typing import TYPE_CHECKING, Annotated

from netkit.checks import Bound
from netkit.plugins.augmentation.augmentation import Augmentation
from netkit.types import Array, Backward

if TYPE_CHECKING:
    from netkit.context import Context


class GaussianBlur(Augmentation):
    """Show each training image blurred by a Gaussian, its sides as if their pixels went on.

    sigma: up to so many pixels, drawn evenly for each image at each step.
    """

    keeps_boxes = True

    def __init__(self, sigma: Annotated[float, Bound(above=0, most=100)] = 1.0) -> None:
        self.sigma = sigma
        self.reach = ceil(3 * sigma)

    def augment(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        xp = ctx.xp
        sigma = xp.maximum(self.sigma * ctx.uniform_by_image(1, x.shape[3])[0], 1e-3)
        at = xp.arange(-self.reach, self.reach + 1)[:, None]
        taps = xp.exp(-0.5 * (at / sigma) ** 2)
        taps = (taps / taps.sum(0)).astype(ctx.dtype)

        def along_both(a: Array, back: bool) -> Array:
            between = ctx.ops.blur(a, taps, 1, ctx.empty(x.shape), back)
            return ctx.ops.blur(between, taps, 2, ctx.empty(x.shape), back)

        return along_both(x, False), lambda dy: along_both(dy, True) if ctx.wants_dx else None
