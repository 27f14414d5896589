"""Pooling by Gaussian weights in each window: wavgpool (their mean), lppool (their norm)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import numpy as np

from netkit.backends.base import window_pixels
from netkit.checks import Bound, Pair
from netkit.plugins.layers.blur import gaussian
from netkit.plugins.layers.pooling import Pool
from netkit.types import Array, Backward, Shape

if TYPE_CHECKING:
    from netkit.context import Context
    from netkit.export.graph import Graph


class WavgPool(Pool):
    """Take the Gaussian-weighted mean of each window; stride is the kernel if not given.

    The weight of a place d away from the centre, kernel // 2, is exp(-d² / (kernel / 2)); all of
    them sum to 1. EBLearn's wavgpool.
    """

    def build(self, shape: Shape) -> Shape:
        self.maps = shape[0]
        pooled = super().build(shape)  # which refuses windows larger than the maps
        down, across = (gaussian(k, 1) for k in self.kernel)
        self.taps = [a * b for a in down for b in across]
        return pooled

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        y = self.empty(x, ctx)
        y.fill(0)
        for tap, part in self.weighted(x, y.shape):
            y += tap * part

        def backward(dy: Array) -> Array:
            dx = ctx.empty(x.shape)
            dx.fill(0)
            for tap, part in self.weighted(dx, dy.shape):
                part += tap * dy
            return dx

        return y, backward

    def weighted(self, x: Array, shape: Shape) -> Iterator[tuple[float, Array]]:
        """Yield each place in a window: its weight, and the view of x that all windows have there.

        shape: the output's, (C, h, w, N); the views have it too.
        """
        places = window_pixels(x, self.kernel, self.stride, (shape[1], shape[2]))
        for tap, (_, _, pixels) in zip(self.taps, places, strict=True):
            yield tap, pixels

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        kernels = np.tile(np.reshape(self.taps, (1, 1, *self.kernel)), (self.maps, 1, 1, 1))
        return graph.add("Conv", x, kernels, strides=self.stride, group=self.maps)


class LpPool(WavgPool):
    """y = (sum over a window of g |x|^power)^(1/power), with the weights g of wavgpool.

    power 1 keeps signs: the mean. No gradient passes where a window is all zeros. stride is the
    kernel if not given.
    """

    def __init__(
        self,
        kernel: Pair,
        stride: Pair | None = None,
        power: Annotated[float, Bound(least=1)] = 2.0,
    ) -> None:
        super().__init__(kernel, stride)
        self.power = power

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        if self.power == 1:
            return super().forward(x, ctx)
        if self.power == 2:
            return self.root_of_squares(x, ctx)
        xp, p = ctx.xp, self.power
        size = xp.absolute(x, out=ctx.empty(x.shape))
        # Powers are taken of shares of the window's largest: none over- or underflows.
        most = ctx.ops.maxpool(size, self.kernel, self.stride, self.empty(x, ctx))
        most += most == 0
        total = self.empty(x, ctx)
        total.fill(0)
        for tap, part in self.weighted(size, total.shape):
            total += tap * (part / most) ** p
        y = xp.multiply(total ** (1 / p), most, out=self.empty(x, ctx))

        def backward(dy: Array) -> Array:
            scaled = dy * (total + (total == 0)) ** (1 / p - 1)
            dx = ctx.empty(x.shape)
            dx.fill(0)
            both = zip(self.weighted(dx, dy.shape), self.weighted(size, dy.shape), strict=True)
            for (tap, dpart), (_, part) in both:
                dpart += tap * scaled * (part / most) ** (p - 1)
            dx *= xp.sign(x)
            return dx

        return y, backward

    def root_of_squares(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        """Compute power 2, which needs no powers, in about half the time."""
        xp = ctx.xp
        square = xp.multiply(x, x, out=ctx.empty(x.shape))
        y, term = self.empty(x, ctx), self.empty(x, ctx)
        y.fill(0)
        for tap, part in self.weighted(square, y.shape):
            y += xp.multiply(part, tap, out=term)
        xp.sqrt(y, out=y)

        def backward(dy: Array) -> Array:
            share = xp.divide(dy, y + (y == 0), out=ctx.empty(y.shape))
            dx = ctx.empty(x.shape)
            dx.fill(0)
            for tap, part in self.weighted(dx, y.shape):
                part += xp.multiply(share, tap, out=term)
            dx *= x
            return dx

        return y, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        if self.power == 1:
            return super().onnx(graph, x, p)
        (kh, kw), (sh, sw) = self.kernel, self.stride
        size = graph.add("Abs", x)
        most = graph.add("MaxPool", size, kernel_shape=self.kernel, strides=self.stride)
        most = graph.add("Max", most, 1e-30)
        terms = []
        for k, tap in enumerate(self.taps):
            i, j = divmod(k, kw)
            place = {2: slice(i, i + 1 - kh or None, sh), 3: slice(j, j + 1 - kw or None, sw)}
            share = graph.add("Div", graph.cut(size, place), most)
            terms.append(graph.add("Mul", graph.add("Pow", share, self.power), tap))
        root = graph.add("Pow", graph.add("Sum", *terms), 1 / self.power)
        return graph.add("Mul", root, most)
