"""Maps made larger or smaller, by a fixed ratio: resize."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from netkit.checks import Pair, PositivePair
from netkit.errors import NetkitError
from netkit.layer import Layer
from netkit.types import Array, Backward, Cell, Shape

if TYPE_CHECKING:
    from netkit.context import Context
    from netkit.export.graph import Graph


class Resize(Layer):
    """Resize each map by `ratio`, a number or [height, width]; or to `size` [height, width].

    mode: nearest; bilinear reads between pixels whose centres keep their places
    (align_corners=False elsewhere); mean averages all that a new pixel covers, the best for making
    maps smaller.  A size is turned into the ratio that it is of the input that the net was built
    for, so that larger images work in detection.
    """

    example = "ratio: 2"

    def __init__(
        self,
        ratio: PositivePair | None = None,
        size: Pair | None = None,
        mode: Literal["nearest", "bilinear", "mean"] = "bilinear",
    ) -> None:
        if (ratio is None) == (size is None):
            raise NetkitError(f"ratio={ratio} size={size}: give one of the two")
        self.ratio = ratio or (1.0, 1.0)
        self.target = size
        self.mode = mode

    def build(self, shape: Shape) -> Shape:
        if self.target:
            self.ratio = self.target[0] / shape[1], self.target[1] / shape[2]
        self.built = shape[1:]
        self.ends = self.sizes(shape[1:])
        return shape[0], *self.ends

    def sizes(self, sizes: Sequence[int]) -> tuple[int, ...]:
        """Return the output's height and width for an input's."""
        return tuple(max(1, round(n * r)) for n, r in zip(sizes, self.ratio, strict=True))

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        xp, (maps, height, width, n) = ctx.xp, x.shape
        h, w = self.sizes((height, width))
        down, across = self.shares(height, h, ctx), self.shares(width, w, ctx)
        lines = x.reshape(maps, height, width * n)
        rows = xp.matmul(down, lines, out=ctx.empty((maps, h, width * n)))
        rows = rows.reshape(maps, h, width, n)
        y = xp.matmul(across, rows, out=ctx.empty((maps, h, w, n)))

        def backward(dy: Array) -> Array:
            drows = xp.matmul(across.T, dy, out=ctx.empty(rows.shape))
            drows = drows.reshape(maps, h, width * n)
            dx = xp.matmul(down.T, drows, out=ctx.empty((maps, height, width * n)))
            return dx.reshape(x.shape)

        return y, backward

    def shares(self, have: int, want: int, ctx: "Context") -> Array:
        """Return the share of each old place in each new one, (want, have)."""
        return SHARES[self.mode](ctx.xp, have, want).astype(ctx.dtype)

    def box(self, low: Cell, high: Cell) -> tuple[Cell, Cell]:
        reach = {"bilinear": 1, "nearest": 0.5, "mean": 0}[self.mode]
        middle = 0.5 if reach else 0
        (down, across) = self.ratio
        first = (low[0] + middle) / down - reach, (low[1] + middle) / across - reach
        last = (high[0] - middle) / down + reach, (high[1] - middle) / across + reach
        return first, last

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        graph.fixed = True
        have = (graph.shape(x) or (0, *self.built))[1:]
        sizes = zip(have, self.sizes(have), strict=True)
        down, across = (SHARES[self.mode](np, have, want) for have, want in sizes)
        return graph.add("MatMul", graph.add("MatMul", down, x), across.T)


def bilinear(xp: Any, have: int, want: int) -> Array:
    """Return the shares (want, have): each new place is read between the two nearest old ones."""
    at = (xp.arange(want, dtype="float64") + 0.5) * (have / want) - 0.5
    away = xp.absolute(xp.clip(at, 0, have - 1)[:, None] - xp.arange(have))
    return xp.maximum(1 - away, 0)


def nearest(xp: Any, have: int, want: int) -> Array:
    """Return the shares (want, have): each new place is the old one that its centre lies in."""
    at = xp.floor((xp.arange(want, dtype="float64") + 0.5) * (have / want))
    return 1.0 * (at[:, None] == xp.arange(have))


def mean(xp: Any, have: int, want: int) -> Array:
    """Return the shares (want, have): each new place is the mean of what it covers."""
    first = xp.arange(want, dtype="float64")[:, None] * (have / want)
    end = xp.minimum(first + have / want, xp.arange(1, have + 1))
    covered = end - xp.maximum(first, xp.arange(have))
    return xp.maximum(covered, 0) * (want / have)


SHARES = {"nearest": nearest, "bilinear": bilinear, "mean": mean}
