"""Correlation with trained kernels: conv, and linear, whose kernel is as large as its input."""

from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.checks import Count, Pair, WholePair
from netkit.plugins.layers.arrays import pad_zeros
from netkit.plugins.layers.tables import Table, pairs, read_table
from netkit.plugins.layers.windows import Windowed
from netkit.types import Array, Backward, Shape

if TYPE_CHECKING:
    from netkit.context import Context
    from netkit.export.graph import Graph


class Conv(Windowed):
    """Correlate with `out` kernels and add a bias: y[o] = b[o] + sum over i of x[i] * W[o, i].

    out: maps.  kernel, stride, pad (zeros around): a number, or [height, width].  table: for each
    output map, the list of the input maps that it sees (LeCun 1998, table 1); all if not given. Or
    a .mat or .yaml file of it; or {fan_in: 4, seed: 0}, drawn at random; or {pairs: [[input,
    output], ...]}. Then W holds one kernel a pair, in the order of the table.
    """

    def __init__(
        self,
        out: Count,
        kernel: Pair,
        stride: Pair = (1, 1),
        pad: WholePair = (0, 0),
        bias: bool = True,
        table: Table | None = None,
    ) -> None:
        self.out = out
        self.kernel = kernel
        self.stride = stride
        self.pad = pad
        self.bias = bias
        self.table = table

    @staticmethod
    def settle(spec: dict[str, Any]) -> dict[str, Any]:
        table = spec.get("table")
        return spec | {"table": read_table(table)} if isinstance(table, str) else spec

    def build(self, shape: Shape) -> Shape:
        maps, (kh, kw), (ph, pw) = shape[0], self.kernel, self.pad
        self.fits(self.kernel, (maps, shape[1] + 2 * ph, shape[2] + 2 * pw))
        self.maps = maps
        self.pairs = pairs(self.table, maps, self.out, self.name) if self.table else None
        if self.pairs:
            fan_in = len(self.pairs[0]) / self.out * kh * kw
            self.weight("W", (len(self.pairs[0]), kh * kw), fan_in=fan_in)
        else:
            self.weight("W", (self.out, maps * kh * kw), fan_in=maps * kh * kw)
        if self.bias:
            self.weight("b", (self.out,))
        return self.out, *self.size(shape[1], shape[2])

    def primitive(self) -> dict[str, Any]:
        return {
            "kind": "conv",
            "out": self.out,
            "kernel": self.kernel,
            "stride": self.stride,
            "pad": self.pad,
            "pairs": self.pairs,
            "weights": ("W", "b"),
        }

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        n = x.shape[3]
        h, w = self.size(x.shape[1], x.shape[2])
        padded, inside = pad_zeros(x, self.pad * 2, ctx)
        cols = self.columns(padded, h, w, ctx)  # (C*kh*kw, h*w*N)
        kernels = self.kernels(ctx.p.W, ctx)  # (out, C*kh*kw)
        y = ctx.ops.matmul(kernels, cols, ctx.empty((self.out, h * w * n)))
        if self.bias:
            y += ctx.p.b[:, None]

        def backward(dy: Array) -> Array | None:
            dy = dy.reshape(self.out, -1)
            self.add_gradient(dy, cols, ctx)
            if not ctx.wants_dx:
                return None
            dcols = ctx.ops.matmul(kernels.T, dy, ctx.empty(cols.shape))
            return self.unwindow(dcols, padded.shape, h, w, ctx)[inside]

        return y.reshape(self.out, h, w, n), backward

    def columns(self, x: Array, h: int, w: int, ctx: "Context") -> Array:
        """Return the h x w windows of x (C, H, W, N), one a column: (C*kh*kw, h*w*N)."""
        maps, n = x.shape[0], x.shape[3]
        if self.needs_no_copy(x.shape):
            return x.reshape(-1, h * w * n)
        cols = ctx.empty((maps, *self.kernel, h, w, n))
        return ctx.ops.windows(x, self.kernel, self.stride, cols).reshape(-1, h * w * n)

    def unwindow(self, dcols: Array, shape: Shape, h: int, w: int, ctx: "Context") -> Array:
        """Return the gradient at an input of `shape` for that of its windows (C*kh*kw, h*w*N)."""
        if self.needs_no_copy(shape):
            return dcols.reshape(shape)
        dcols = dcols.reshape(shape[0], *self.kernel, h, w, shape[3])
        return ctx.ops.unwindow(dcols, self.stride, ctx.empty(shape))

    def needs_no_copy(self, shape: Shape) -> bool:
        """Return whether the windows of an array (C, H, W, N) are its own numbers, in its order."""
        pointwise = self.kernel == (1, 1) and self.stride == (1, 1)
        return pointwise or shape[1:3] == self.kernel

    def kernels(self, W: Array, ctx: "Context") -> Array:
        """Return the kernels as (out, C*kh*kw), with zeros where the table has no pair."""
        if not self.pairs:
            return W
        full = ctx.empty((self.out, self.maps, W.shape[1]))
        full.fill(0)
        full[self.pairs] = W
        return full.reshape(self.out, -1)

    def add_gradient(self, dy: Array, cols: Array, ctx: "Context") -> None:
        """Add to the gradients of the weights, for dy (out, h*w*N) and the windows."""
        if self.pairs:
            full = ctx.empty((self.out, cols.shape[0]))
            full.fill(0)
            ctx.ops.add_outer(dy, cols, full, ctx.empty(full.shape))
            ctx.g.W += full.reshape(self.out, self.maps, -1)[self.pairs]
        else:
            ctx.ops.add_outer(dy, cols, ctx.g.W, ctx.empty(ctx.g.W.shape))
        if self.bias:
            ctx.g.b += dy.sum(1)

    def cost(self, shape: Shape, out: Shape) -> int:
        kernels = len(self.pairs[0]) if self.pairs else self.out * self.maps
        return kernels * self.kernel[0] * self.kernel[1] * out[1] * out[2]

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        kernels = p["W"]
        if self.pairs:
            kernels = np.zeros((self.out, self.maps, p["W"].shape[1]), p["W"].dtype)
            kernels[self.pairs] = p["W"]
        kernels = kernels.reshape(self.out, self.maps, *self.kernel)
        arrays = [kernels, p["b"]] if self.bias else [kernels]
        return graph.add("Conv", x, *arrays, strides=self.stride, pads=self.pad * 2)


class Linear(Conv):
    """Multiply all of the input by a matrix, and add a bias.

    It is a convolution whose kernel is as large as the input it was built for. So every net is
    convolutional: over a larger image it gives an answer at each place (EBLearn's
    linear_replicable).
    """

    def __init__(self, out: Count, bias: bool = True) -> None:
        super().__init__(out, (1, 1), bias=bias)

    def build(self, shape: Shape) -> Shape:
        self.kernel = shape[1], shape[2]
        return super().build(shape)
