"""One trained number a map: diag multiplies by it, addc adds it."""

from typing import TYPE_CHECKING, Any

from netkit.layer import Layer
from netkit.plugins.layers.arrays import over_maps
from netkit.types import Array, Backward, Shape

if TYPE_CHECKING:
    from netkit.context import Context
    from netkit.export.graph import Graph

# What subs does of windows of one pixel, with one of its two weights.
ONE_PIXEL = {
    **{"kind": "sumpool", "kernel": (1, 1), "stride": (1, 1)},
    **{"scale": 1.0, "weights": ("c", "b")},
}


class Diag(Layer):
    """Multiply each map by one trained coefficient, 1 at the start: y[c] = x[c] * c[c]."""

    def build(self, shape: Shape) -> Shape:
        self.weight("c", (shape[0],), start=1.0)
        return shape

    def primitive(self) -> dict[str, Any]:
        return ONE_PIXEL

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        c = over_maps(ctx.p.c)
        y = ctx.xp.multiply(x, c, out=ctx.empty(x.shape))

        def backward(dy: Array) -> Array:
            ctx.g.c += (dy * x).sum((1, 2, 3))
            return ctx.xp.multiply(dy, c, out=ctx.empty(x.shape))

        return y, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        return graph.add("Mul", x, graph.over_maps(p["c"]))


class Addc(Layer):
    """Add one trained bias a map, 0 at the start: y[c] = x[c] + b[c]."""

    def build(self, shape: Shape) -> Shape:
        self.weight("b", (shape[0],))
        return shape

    def primitive(self) -> dict[str, Any]:
        return ONE_PIXEL

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        y = ctx.xp.add(x, over_maps(ctx.p.b), out=ctx.empty(x.shape))

        def backward(dy: Array) -> Array:
            ctx.g.b += dy.sum((1, 2, 3))
            return dy

        return y, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        return graph.add("Add", x, graph.over_maps(p["b"]))
