"""Layers in a row: chain, residual (what a row of layers makes of x, added to x)."""

from typing import TYPE_CHECKING, Any, ClassVar

from netkit.chain import chain
from netkit.errors import NetkitError
from netkit.layer import Layer
from netkit.net import build, chain_box, total_cost
from netkit.types import Array, Backward, Cell, Shape

if TYPE_CHECKING:
    from netkit.context import Context
    from netkit.export.graph import Graph


class Chain(Layer):
    """Run the inner layers one after the other: a path of a branch, say."""

    inner: ClassVar[tuple[str, ...]] = ("layers",)

    def __init__(self, layers: dict[str, Layer]) -> None:
        self.layers = layers

    def build(self, shape: Shape) -> Shape:
        self.shapes = [shape, *build(self.layers, shape, self.name + ".")]
        return self.shapes[-1]

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        return chain(self.layers, x, ctx.children)

    def box(self, low: Cell, high: Cell) -> tuple[Cell, Cell]:
        return chain_box(self.layers, low, high)

    @property
    def output_range(self) -> tuple[float, float]:
        return list(self.layers.values())[-1].output_range if self.layers else super().output_range

    def cost(self, shape: Shape, out: Shape) -> int:
        return total_cost(self.layers, self.shapes)

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        return graph.chain(self.layers, x, self.name + ".")


class Residual(Layer):
    """Add what the inner layers make of x to x: y = x + layers(x) (He, Zhang, Ren & Sun 2016).

    shortcut: layers on the other way, where shapes change (a 1x1 convolution, say).
    """

    inner = ("layers", "shortcut")

    def __init__(self, layers: dict[str, Layer], shortcut: dict[str, Layer] | None = None) -> None:
        self.main = layers
        self.shortcut = shortcut or {}
        self.layers = {**layers, **self.shortcut}
        if len(self.layers) != len(self.main) + len(self.shortcut):
            raise NetkitError(
                "residual: layers and shortcut share a name: name each of them differently"
            )

    def build(self, shape: Shape) -> Shape:
        main = build(self.main, shape, self.name + ".")
        short = build(self.shortcut, shape, self.name + ".")
        ends = [(shapes or [shape])[-1] for shapes in (main, short)]
        if ends[0] != ends[1]:
            raise NetkitError(
                f"{self.name}: layers end with {ends[0]}, the shortcut with {ends[1]}: "
                "make them equal"
            )
        self.shapes = main, short
        return ends[0]

    def primitive(self) -> dict[str, Any]:
        return {"kind": "residual", "main": self.main, "shortcut": self.shortcut}

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        main, short = ctx.children[: len(self.main)], ctx.children[len(self.main) :]
        y, back = chain(self.main, x, main)
        z, short_back = chain(self.shortcut, x, short)
        total = ctx.xp.add(y, z, out=ctx.empty(y.shape))

        def backward(dy: Array) -> Array | None:
            dx, dz = back(dy), short_back(dy)
            if not ctx.wants_dx:
                return None
            return ctx.xp.add(dx, dz, out=ctx.empty(x.shape))

        return total, backward

    def box(self, low: Cell, high: Cell) -> tuple[Cell, Cell]:
        return chain_box(self.main, low, high)

    def cost(self, shape: Shape, out: Shape) -> int:
        ways = zip((self.main, self.shortcut), self.shapes, strict=True)
        return sum(total_cost(layers, [shape, *shapes]) for layers, shapes in ways)

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        main = graph.chain(self.main, x, self.name + ".")
        short = graph.chain(self.shortcut, x, self.name + ".")
        return graph.add("Add", main, short)
