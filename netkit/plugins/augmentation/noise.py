"""Random numbers added to the pixels of training images: noise."""

from math import pi
from typing import TYPE_CHECKING

from netkit.checks import Number, Share
from netkit.errors import NetkitError
from netkit.plugins.augmentation.augmentation import Augmentation
from netkit.types import Array, Backward

if TYPE_CHECKING:
    from netkit.context import Context


class Noise(Augmentation):
    """Add normally distributed numbers to the pixels of each training image, others at each step.

    std: their standard deviation is up to so much of the range from black to white, drawn evenly
    for each image.  black, white: the pixels of the data that are these, 0 and 255 if not given.
    """

    keeps_boxes = True

    def __init__(
        self, std: Share = 0.05, black: Number | None = None, white: Number | None = None
    ) -> None:
        self.std = std
        self.range = (255.0 if white is None else white) - (0.0 if black is None else black)
        if self.range <= 0:
            raise NetkitError(f"black={black} white={white}: white is the larger number: give both")

    def augment(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        xp, n = ctx.xp, x.shape[3]
        size = x.size // n
        half = (size + 1) // 2
        # In (0, 1], as float32 too, so that the logarithm is finite.
        draw = (1 - ctx.uniform_by_image(1 + 2 * half, n)).astype(ctx.dtype)
        # Box & Muller 1958: two numbers of a radius and an angle.
        radius = xp.sqrt(-2 * xp.log(draw[1 : half + 1]))
        radius *= self.std * abs(self.range * (ctx.as_input(1) - ctx.as_input(0))) * draw[0]
        angle = 2 * pi * draw[half + 1 :]
        noise = xp.concatenate([radius * xp.cos(angle), radius * xp.sin(angle)])[:size]
        return xp.add(x, noise.reshape(x.shape), out=ctx.empty(x.shape)), lambda dy: dy
