"""Other light, in training: brightness, contrast, saturation, hue: colour_jitter."""

from math import pi
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from netkit.checks import Bound, Number, Share
from netkit.errors import NetkitError
from netkit.plugins.augmentation.augmentation import Augmentation
from netkit.types import Array, Backward

if TYPE_CHECKING:
    from netkit.context import Context

YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])  # NTSC


class ColourJitter(Augmentation):
    """Show each training image in other light: brightness, contrast, saturation and hue.

    brightness, contrast, saturation: times a factor drawn evenly from so much below 1 to so much
    above it, for each image at each step. Contrast is the distance from the image's mean grey,
    saturation that of each pixel from its own grey.  hue: a turn around the grey axis by up to so
    much of the circle each way (in YIQ, where greys and their brightness stay).  They follow each
    other in this order, and are one linear map of a pixel's channels.

    black, white: the pixels of the data that are these, 0 and 255 if not given (with augment=, the
    darkest and the brightest of data that are not bytes). The net is given (pixel + bias) * coeff,
    so brightness is a factor of the distance from what black is there; and the result is cut to the
    range from black to white. Images of other than three channels have no saturation and no hue.
    """

    keeps_boxes = True

    def __init__(
        self,
        brightness: Share = 0.0,
        contrast: Share = 0.0,
        saturation: Share = 0.0,
        hue: Annotated[float, Bound(least=0, most=0.5)] = 0.0,
        black: Number | None = None,
        white: Number | None = None,
    ) -> None:
        self.spread = brightness, contrast, saturation
        self.hue = hue
        self.range = 0.0 if black is None else black, 255.0 if white is None else white
        if self.range[0] >= self.range[1]:
            raise NetkitError(f"black={black} white={white}: white is the larger number: give both")

    def augment(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        xp, (maps, height, width, n) = ctx.xp, x.shape
        draw = (2 * ctx.uniform_by_image(4, n) - 1).astype(ctx.dtype)
        bright, contrast, saturation = (
            1 + spread * u for spread, u in zip(self.spread, draw[:3], strict=True)
        )
        grey = ctx.ops.asarray(YIQ[0] if maps == 3 else np.full(maps, 1 / maps), ctx.dtype)
        black, white = (ctx.as_input(pixel) for pixel in self.range)
        mix = self.mix(bright * contrast, saturation, draw[3] * (2 * pi * self.hue), maps, ctx)
        sums = (
            x.reshape(maps, height, -1).sum(1).reshape(maps, width, n).sum(1)
        )  # rows first: quick
        mean = grey @ (sums / (height * width))
        pull = (1 - contrast) * bright  # towards the mean grey, as bright as the image is then
        move = (1 - bright * contrast) * black + pull * (mean - black)
        low, high = min(black, white), max(black, white)
        # Where channels are not mixed they are as one of all their pixels.
        mixed = (len(mix), -1, width, n)
        y = ctx.empty(x.shape)
        ctx.ops.recolour(x.reshape(mixed), mix, move, low, high, y.reshape(mixed))

        def backward(dy: Array) -> Array | None:
            if not ctx.wants_dx:
                return None
            dy = xp.multiply(dy, (y > low) & (y < high), out=ctx.empty(x.shape))
            # An image's mean grey is moved by each of its pixels, and moves all of its results.
            moved = dy.sum((0, 1, 2)) * pull / (height * width)
            dx = ctx.empty(x.shape)
            none = xp.zeros_like(moved)
            inf = float("inf")
            turned = xp.ascontiguousarray(mix.swapaxes(0, 1))
            ctx.ops.recolour(dy.reshape(mixed), turned, none, -inf, inf, dx.reshape(mixed))
            dx += (grey[:, None] * moved)[:, None, None]
            return dx

        return y, backward

    def mix(self, gain: Array, saturation: Array, turn: Array, maps: int, ctx: "Context") -> Array:
        """Return what each channel takes of each, (C, C, N), for three numbers of each image.

        (1, 1, N) where they are not three: each takes of itself alone, and all as much.
        """
        xp = ctx.xp
        if maps != 3:
            return gain[None, None]
        colour = gain * saturation
        shares = xp.stack([gain, colour * xp.cos(turn), colour * xp.sin(turn)])
        parts = ctx.ops.asarray(hue_parts(), ctx.dtype)  # (9, 3)
        return xp.ascontiguousarray((parts @ shares).reshape(3, 3, -1))


def hue_parts() -> Any:
    """Return what a turn by an angle is made of: its part without one, its cosine's, its sine's.

    (9, 3): the 3x3 matrices of the projection on grey, of the rest, and of the rest turned by 90
    degrees in the plane of I and Q.
    """
    back = np.linalg.inv(YIQ)
    grey = np.outer(np.ones(3), YIQ[0])
    turned = np.outer(back[:, 2], YIQ[1]) - np.outer(back[:, 1], YIQ[2])
    return np.stack([grey, np.eye(3) - grey, turned], -1).reshape(9, 3)
