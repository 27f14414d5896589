"""A power of every number by itself: abs, square, sqrt, power."""

from math import inf
from typing import TYPE_CHECKING, Annotated, Any

from netkit.checks import Bound
from netkit.layer import Layer
from netkit.types import Array, Backward

if TYPE_CHECKING:
    from netkit.context import Context
    from netkit.export.graph import Graph


class Abs(Layer):
    """y = |x|: rectification as EBLearn's networks have it."""

    def primitive(self) -> dict[str, Any]:
        return {"kind": "pointwise", "act": "abs"}

    @property
    def output_range(self) -> tuple[float, float]:
        return 0.0, inf

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        y = ctx.xp.absolute(x, out=ctx.empty(x.shape))

        def backward(dy: Array) -> Array:
            dx = ctx.xp.sign(x, out=ctx.empty(x.shape))
            dx *= dy
            return dx

        return y, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        return graph.add("Abs", x)


class Square(Layer):
    """y = x²."""

    @property
    def output_range(self) -> tuple[float, float]:
        return 0.0, inf

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        y = ctx.xp.multiply(x, x, out=ctx.empty(x.shape))

        def backward(dy: Array) -> Array:
            dx = ctx.xp.multiply(x, 2, out=ctx.empty(x.shape))
            dx *= dy
            return dx

        return y, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        return graph.add("Mul", x, x)


class Sqrt(Layer):
    """y = sqrt(x); numbers below 0 count as 0.

    No gradient passes at 0, where the slope is infinite.
    """

    @property
    def output_range(self) -> tuple[float, float]:
        return 0.0, inf

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        xp = ctx.xp
        y = xp.maximum(x, 0, out=ctx.empty(x.shape))
        xp.sqrt(y, out=y)

        def backward(dy: Array) -> Array:
            dx = xp.divide(0.5 * dy, xp.where(y > 0, y, 1), out=ctx.empty(x.shape))
            dx *= y > 0
            return dx

        return y, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        return graph.add("Sqrt", graph.add("Max", x, 0))


class Power(Layer):
    """y = x^power; if `power` is not whole, numbers below 0 count as 0: rectify (abs) before it."""

    def __init__(self, power: Annotated[float, Bound(above=0, most=64)]) -> None:
        self.power = power
        self.whole = power == int(power)

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        xp, p = ctx.xp, self.power
        base = x if self.whole else xp.maximum(x, 0, out=ctx.empty(x.shape))
        y = xp.power(base, p, out=ctx.empty(x.shape))

        def backward(dy: Array) -> Array:
            if p >= 1:
                dx = xp.power(base, p - 1, out=ctx.empty(x.shape))
            else:  # the slope at 0 is infinite: no gradient passes there
                dx = xp.power(xp.where(base > 0, base, 1), p - 1, out=ctx.empty(x.shape))
                dx *= base > 0
            dx *= p
            dx *= dy
            return dx

        return y, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        return graph.add("Pow", x if self.whole else graph.add("Max", x, 0), self.power)
