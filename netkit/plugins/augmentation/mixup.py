"""Each training image is mixed with another one, and its energy with that one's: mixup."""

from typing import TYPE_CHECKING, Annotated

import numpy as np

from netkit.checks import Bound
from netkit.plugins.augmentation.augmentation import Augmentation
from netkit.types import Array, Backward

if TYPE_CHECKING:
    from netkit.context import Context

QUANTILES = 4096


class Mixup(Augmentation):
    """Mix each training image with another: share of it, 1 - share of that one.

    (Zhang, Cisse, Dauphin & Lopez-Paz 2018.) The share is drawn for each image from Beta(alpha,
    alpha), or one less it, whichever is the larger; the energy is that of both labels by the same
    shares, whatever energy it is, and the gradient too. `correct` asks for the label of the larger
    share.  The other image is one of those that the same thread works on at the same time: of a
    batch of 64 in two threads, one of 32. Between later layers it mixes their maps in place of
    images (manifold mixup).
    """

    def __init__(self, alpha: Annotated[float, Bound(least=0.01, most=100)] = 0.2) -> None:
        self.quantiles = larger_shares(alpha)

    def augment(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        xp, n = ctx.xp, x.shape[3]
        order = xp.argsort(ctx.uniform((n,)))
        places = xp.linspace(0, 1, QUANTILES)
        table = ctx.ops.asarray(self.quantiles)
        share = xp.interp(ctx.uniform_by_image(1, n)[0], places, table).astype(ctx.dtype)
        rest = 1 - share
        ctx.mix(order, share)
        y = xp.multiply(x[..., order], rest, out=ctx.empty(x.shape))
        y += x * share

        def backward(dy: Array) -> Array | None:
            if not ctx.wants_dx:
                return None
            dx = xp.multiply(dy, share, out=ctx.empty(x.shape))
            dx += (dy * rest)[..., xp.argsort(order)]
            return dx

        return y, backward


def larger_shares(alpha: float) -> np.ndarray:
    """Return quantiles of max(b, 1 - b), b of Beta(alpha, alpha), at even places from 0 to 1.

    By symmetry that is 1 - b for b up to 1/2. The density b^(alpha - 1) (1 - b)^(alpha - 1) has no
    bound at 0 for alpha < 1; over t = b^alpha it has one, and is added up by the trapezoid rule.
    """
    power = min(alpha, 1.0)
    b = np.linspace(0, 0.5**power, 16 * QUANTILES) ** (1 / power)
    density = b ** (alpha - power) * (1 - b) ** (alpha - 1)
    steps = (density[1:] + density[:-1]) / 2
    below = np.concatenate([[0], np.cumsum(steps)])
    return 1 - np.interp(np.linspace(0, 1, QUANTILES), below / below[-1], b)
