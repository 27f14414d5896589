"""Correlation with trained kernels: conv, and linear, whose kernel is as large as its input."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.checks import Count, Pair, WholePair
from netkit.errors import NetkitError
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
    a .mat or .yaml file of it; or {first: 3}, the first maps alone; or {fan_in: 4, seed: 0}, drawn
    at random ([2, 3]: each for as many outputs); or {pairs: [[input, output], ...]}. Then W holds
    one kernel a pair, in the order of the table.  groups: divide the input maps into so many, and
    the output maps likewise, each group seeing its own alone; as many as there are input maps is a
    depthwise convolution.  dilation: a kernel's numbers are so many pixels apart, down and across.
    """

    def __init__(
        self,
        out: Count,
        kernel: Pair,
        stride: Pair = (1, 1),
        pad: WholePair = (0, 0),
        bias: bool = True,
        table: Table | None = None,
        groups: Count = 1,
        dilation: Pair = (1, 1),
    ) -> None:
        self.out = out
        self.kernel = kernel
        self.stride = stride
        self.pad = pad
        self.bias = bias
        self.table = table
        self.groups = groups
        self.dilation = dilation

    @staticmethod
    def settle(spec: dict[str, Any]) -> dict[str, Any]:
        table = spec.get("table")
        return spec | {"table": read_table(table)} if isinstance(table, str) else spec

    def build(self, shape: Shape) -> Shape:
        maps, (kh, kw), (ph, pw) = shape[0], self.kernel, self.pad
        self.fits(self.kernel, (maps, shape[1] + 2 * ph, shape[2] + 2 * pw), self.span)
        self.maps = maps
        self.check_groups(maps)
        part = self.table and self.table != {"first": maps}  # and not all connections
        self.pairs = pairs(self.table, maps, self.out, self.name) if self.table and part else None
        if self.pairs:
            fan_in = len(self.pairs[0]) / self.out * kh * kw
            self.weight("W", (len(self.pairs[0]), kh * kw), fan_in=fan_in)
        else:
            fan_in = maps // self.groups * kh * kw
            self.weight("W", (self.out, fan_in), fan_in=fan_in)
        if self.bias:
            self.weight("b", (self.out,))
        return self.out, *self.size(shape[1], shape[2])

    def check_groups(self, maps: int) -> None:
        """Raise NetkitError if the maps cannot be divided into the groups, or have a table too."""
        if self.groups > 1 and self.table:
            raise NetkitError(
                f"{self.name}: groups={self.groups} beside a table: "
                "both say which maps are seen: leave one of them away"
            )
        if maps % self.groups or self.out % self.groups:
            raise NetkitError(
                f"{self.name}: groups={self.groups} divides {maps} input maps and out={self.out} "
                "not evenly: give a number that divides both"
            )

    def kernel_maps(self) -> dict[str, Sequence[int]]:
        return {"W": self.pairs[0] if self.pairs else range(self.out)}

    def primitive(self) -> dict[str, Any]:
        return {
            "kind": "conv",
            "out": self.out,
            "kernel": self.kernel,
            "stride": self.stride,
            "pad": self.pad,
            "pairs": self.pairs,
            "groups": self.groups,
            "dilation": self.dilation,
            "weights": ("W", "b"),
        }

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        n = x.shape[3]
        h, w = self.size(x.shape[1], x.shape[2])
        padded, inside = pad_zeros(x, self.pad * 2, ctx)
        cols = self.columns(padded, h, w, ctx)  # (C*kh*kw, h*w*N)
        kernels = self.kernels(ctx.p.W, ctx)  # (out, C*kh*kw), or for each group its own
        y = self.product(kernels, cols, ctx).reshape(self.out, h * w * n)
        if self.bias:
            y += ctx.p.b[:, None]

        def backward(dy: Array) -> Array | None:
            dy = dy.reshape(self.out, -1)
            self.add_gradient(dy, cols, ctx)
            if not ctx.wants_dx:
                return None
            dy = dy.reshape(*kernels.shape[:-1], -1)
            dcols = self.product(kernels.swapaxes(-1, -2), dy, ctx)
            return self.unwindow(dcols, padded.shape, h, w, ctx)[inside]

        return y.reshape(self.out, h, w, n), backward

    def product(self, a: Array, b: Array, ctx: "Context") -> Array:
        """Return the matrix product of a (m, k) and b (k, n), or of each group's."""
        return ctx.ops.matmul(a, b, ctx.empty((*a.shape[:-1], b.shape[-1])))

    def columns(self, x: Array, h: int, w: int, ctx: "Context") -> Array:
        """Return the h x w windows of x (C, H, W, N), one a column: (C*kh*kw, h*w*N).

        With groups, (groups, C/groups*kh*kw, h*w*N).
        """
        maps, n = x.shape[0], x.shape[3]
        shape = (-1, h * w * n) if self.groups == 1 else (self.groups, -1, h * w * n)
        if self.needs_no_copy(x.shape):
            return x.reshape(shape)
        cols = ctx.empty((maps, *self.kernel, h, w, n))
        ctx.ops.windows(x, self.kernel, self.stride, cols, dilation=self.dilation)
        return cols.reshape(shape)

    def unwindow(self, dcols: Array, shape: Shape, h: int, w: int, ctx: "Context") -> Array:
        """Return the gradient at an input of `shape` for that of its windows (C*kh*kw, h*w*N)."""
        if self.needs_no_copy(shape):
            return dcols.reshape(shape)
        dcols = dcols.reshape(shape[0], *self.kernel, h, w, shape[3])
        return ctx.ops.unwindow(dcols, self.stride, ctx.empty(shape), dilation=self.dilation)

    def needs_no_copy(self, shape: Shape) -> bool:
        """Return whether the windows of an array (C, H, W, N) are its own numbers, in its order."""
        pointwise = self.kernel == (1, 1) and self.stride == (1, 1)
        return pointwise or shape[1:3] == self.kernel == self.span

    def kernels(self, W: Array, ctx: "Context") -> Array:
        """Return the kernels as (out, C*kh*kw), with zeros where the table has no pair."""
        if not self.pairs:
            return W if self.groups == 1 else W.reshape(self.groups, -1, W.shape[1])
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
        elif self.groups > 1:
            dys = dy.reshape(self.groups, -1, dy.shape[1])
            ctx.g.W += self.product(dys, cols.swapaxes(1, 2), ctx).reshape(ctx.g.W.shape)
        else:
            ctx.ops.add_outer(dy, cols, ctx.g.W, ctx.empty(ctx.g.W.shape))
        if self.bias:
            ctx.g.b += dy.sum(1)

    def cost(self, shape: Shape, out: Shape) -> int:
        kernels = len(self.pairs[0]) if self.pairs else self.out * (self.maps // self.groups)
        return kernels * self.kernel[0] * self.kernel[1] * out[1] * out[2]

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        kernels = p["W"]
        if self.pairs:
            kernels = np.zeros((self.out, self.maps, p["W"].shape[1]), p["W"].dtype)
            kernels[self.pairs] = p["W"]
        kernels = kernels.reshape(self.out, -1, *self.kernel)
        arrays = [kernels, p["b"]] if self.bias else [kernels]
        more: dict[str, Any] = {"group": self.groups, "dilations": self.dilation}
        return graph.add("Conv", x, *arrays, strides=self.stride, pads=self.pad * 2, **more)


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
