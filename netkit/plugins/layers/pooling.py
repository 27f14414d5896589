"""Pooling, one number for each window of a map: maxpool, avgpool, globalavgpool, subs."""

from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.checks import Pair
from netkit.plugins.layers.arrays import over_maps
from netkit.plugins.layers.windows import Windowed
from netkit.types import Array, Backward, Shape

if TYPE_CHECKING:
    from netkit.context import Context
    from netkit.export.graph import Graph


class Pool(Windowed):
    """What the layers below share; stride is the kernel if not given."""

    def __init__(self, kernel: Pair, stride: Pair | None = None) -> None:
        self.kernel = kernel
        self.stride = kernel if stride is None else stride

    def build(self, shape: Shape) -> Shape:
        self.fits(self.kernel, shape)
        return shape[0], *self.size(shape[1], shape[2])

    def empty(self, x: Array, ctx: "Context") -> Array:
        """Return an array for the output (C, h, w, N) of x (C, H, W, N)."""
        return ctx.empty((x.shape[0], *self.size(x.shape[1], x.shape[2]), x.shape[3]))

    def cost(self, shape: Shape, out: Shape) -> int:
        return out[0] * out[1] * out[2] * self.kernel[0] * self.kernel[1]


class MaxPool(Pool):
    """Take the largest of each window; stride is the kernel if not given."""

    def primitive(self) -> dict[str, Any]:
        return {"kind": "maxpool", "kernel": self.kernel, "stride": self.stride}

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        y = ctx.ops.maxpool(x, self.kernel, self.stride, self.empty(x, ctx))

        def backward(dy: Array) -> Array:
            return ctx.ops.maxpool_back(x, y, dy, self.kernel, self.stride, ctx.empty(x.shape))

        return y, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        return graph.add("MaxPool", x, kernel_shape=self.kernel, strides=self.stride)


class AvgPool(Pool):
    """Take the mean of each window; stride is the kernel if not given."""

    def primitive(self) -> dict[str, Any]:
        scale = 1 / (self.kernel[0] * self.kernel[1])
        return {"kind": "sumpool", "kernel": self.kernel, "stride": self.stride, "scale": scale}

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        y = ctx.ops.sumpool(x, self.kernel, self.stride, self.empty(x, ctx))
        part = 1 / (self.kernel[0] * self.kernel[1])
        y *= part

        def backward(dy: Array) -> Array:
            dx = ctx.ops.sumpool_back(dy, self.kernel, self.stride, ctx.empty(x.shape))
            dx *= part
            return dx

        return y, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        return graph.add("AveragePool", x, kernel_shape=self.kernel, strides=self.stride)


class GlobalAvgPool(AvgPool):
    """Take the mean of each whole map.

    It is an average pooling as large as the input it was built for: over a larger image it gives
    the mean at each place.
    """

    def __init__(self) -> None:
        super().__init__((1, 1))

    def build(self, shape: Shape) -> Shape:
        self.kernel = shape[1], shape[2]
        self.stride = 1, 1
        return super().build(shape)


class Subs(Pool):
    """Subsample as LeNet does: the sum of each window, times one coefficient a map, plus a bias.

    Both are trained. The coefficients start at 1/sqrt(window), as EBLearn's do. EBLearn's `subs`
    is this with bias=false. stride is the kernel if not given.
    """

    def __init__(self, kernel: Pair, stride: Pair | None = None, bias: bool = True) -> None:
        super().__init__(kernel, stride)
        self.bias = bias

    def build(self, shape: Shape) -> Shape:
        self.weight("c", (shape[0],), start=(self.kernel[0] * self.kernel[1]) ** -0.5)
        if self.bias:
            self.weight("b", (shape[0],))
        return super().build(shape)

    def primitive(self) -> dict[str, Any]:
        return {
            "kind": "sumpool",
            "kernel": self.kernel,
            "stride": self.stride,
            "weights": ("c", "b"),
        }

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        c = over_maps(ctx.p.c)
        sums = ctx.ops.sumpool(x, self.kernel, self.stride, self.empty(x, ctx))
        y = ctx.xp.multiply(sums, c, out=ctx.empty(sums.shape))
        if self.bias:
            y += over_maps(ctx.p.b)

        def backward(dy: Array) -> Array | None:
            scaled = ctx.xp.multiply(dy, sums, out=ctx.empty(dy.shape))
            ctx.g.c += scaled.sum((1, 2, 3))
            if self.bias:
                ctx.g.b += dy.sum((1, 2, 3))
            if not ctx.wants_dx:
                return None
            ctx.xp.multiply(dy, c, out=scaled)
            return ctx.ops.sumpool_back(scaled, self.kernel, self.stride, ctx.empty(x.shape))

        return y, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        maps = len(p["c"])
        kernels = np.ones((maps, 1, *self.kernel)) * over_maps(p["c"])
        arrays = [kernels, p["b"]] if self.bias else [kernels]
        return graph.add("Conv", x, *arrays, strides=self.stride, group=maps)
