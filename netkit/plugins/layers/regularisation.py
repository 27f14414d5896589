"""Regularisation, in training only: dropout, l1penalty (random images: ../augmentation)."""

from typing import TYPE_CHECKING, Any

from netkit.checks import Number, ShareBelow1
from netkit.layer import Layer
from netkit.types import Array, Backward

if TYPE_CHECKING:
    from netkit.context import Context
    from netkit.export.graph import Graph


class Dropout(Layer):
    """In training, set a share `rate` of the numbers to zero, and divide the others by 1 - rate."""

    def __init__(self, rate: ShareBelow1 = 0.5) -> None:
        self.rate = rate

    def primitive(self) -> dict[str, Any]:
        return {"kind": "dropout", "scale": self.rate}

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        if not ctx.training:
            return x, lambda dy: dy
        kept = ctx.empty(x.shape)
        n = x.shape[3]
        draw = ctx.uniform_by_image(x.size // n, n)
        kept[...] = draw.reshape(x.shape) >= self.rate
        kept *= 1 / (1 - self.rate)
        y = ctx.xp.multiply(x, kept, out=ctx.empty(x.shape))

        def backward(dy: Array) -> Array:
            return ctx.xp.multiply(dy, kept, out=ctx.empty(x.shape))

        return y, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        return x


class L1Penalty(Layer):
    """y = x; in training, make the energy larger for large numbers, so that maps become sparse.

    It adds coeff * sum of max(|x| - threshold, 0) to the energy of each sample.
    """

    def __init__(self, coeff: Number = 1.0, threshold: Number = 0.0) -> None:
        self.coeff = coeff
        self.threshold = threshold

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        if not ctx.training:
            return x, lambda dy: dy
        xp = ctx.xp
        size = xp.absolute(x, out=ctx.empty(x.shape))
        size -= self.threshold
        over = size > 0
        ctx.penalise(self.coeff * xp.maximum(size, 0).sum((0, 1, 2)))

        def backward(dy: Array) -> Array:
            dx = xp.sign(x, out=ctx.empty(x.shape))
            dx *= over
            dx *= ctx.scale * self.coeff
            dx += dy
            return dx

        return x, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        return x
