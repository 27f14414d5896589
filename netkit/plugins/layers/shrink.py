"""Small numbers pulled to zero, as sparse coding has it: shrink, linear_shrink, tshrink."""

from typing import TYPE_CHECKING

import numpy as np

from netkit.checks import Number
from netkit.layer import Layer
from netkit.plugins.layers.arrays import over_maps
from netkit.types import Array, Backward, Shape

if TYPE_CHECKING:
    from netkit.context import Context
    from netkit.export.graph import Graph


class LinearShrink(Layer):
    """y = sign(x) * max(|x| - b, 0) with a trained threshold b a map (EBLearn's lshrink).

    bias: the thresholds at the start.
    """

    def __init__(self, bias: Number = 0.0) -> None:
        self.bias = bias

    def build(self, shape: Shape) -> Shape:
        self.weight("b", (shape[0],), start=self.bias)
        return shape

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        xp = ctx.xp
        sign, size = xp.sign(x), xp.absolute(x, out=ctx.empty(x.shape))
        size -= over_maps(ctx.p.b)
        passed = size > 0
        y = xp.maximum(size, 0, out=ctx.empty(x.shape))
        y *= sign

        def backward(dy: Array) -> Array:
            dx = xp.multiply(dy, passed, out=ctx.empty(x.shape))
            ctx.g.b -= (dx * sign).sum((1, 2, 3))
            return dx

        return y, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        over = graph.add("Sub", graph.add("Abs", x), graph.over_maps(p["b"]))
        return graph.add("Mul", graph.add("Max", over, 0), graph.add("Sign", x))


class Shrink(Layer):
    """y = sign(x) * (log(exp(beta |x|) + exp(beta b) - 1) / beta - b): a smooth threshold.

    beta (how sharp) and b (the threshold) are trained, one each a map; `beta` and `bias` are their
    start. EBLearn's sshrink.
    """

    def __init__(self, beta: Number = 10.0, bias: Number = 0.3) -> None:
        self.beta = beta
        self.bias = bias

    def build(self, shape: Shape) -> Shape:
        self.weight("beta", (shape[0],), start=self.beta)
        self.weight("b", (shape[0],), start=self.bias)
        return shape

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        xp, beta, b = ctx.xp, over_maps(ctx.p.beta), over_maps(ctx.p.b)
        sign, size = xp.sign(x), xp.absolute(x)
        # The largest exponent is taken out of every exponential, so that none overflows.
        most = xp.maximum(beta * size, xp.maximum(beta * b, 0))
        of_x, of_b = xp.exp(beta * size - most), xp.exp(beta * b - most)
        total = of_x + of_b - xp.exp(-most)
        log = xp.log(total) + most
        y = xp.subtract(log / beta, b, out=ctx.empty(x.shape))
        y *= sign

        def backward(dy: Array) -> Array:
            signed = dy * sign
            ctx.g.b += (signed * (of_b / total - 1)).sum((1, 2, 3))
            slope = (size * of_x + b * of_b) / total - log / beta
            ctx.g.beta += (signed * slope / beta).sum((1, 2, 3))
            return xp.multiply(dy, of_x / total, out=ctx.empty(x.shape))

        return y, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        beta, b = graph.over_maps(p["beta"]), graph.over_maps(p["b"])
        size = graph.add("Mul", graph.add("Abs", x), beta)
        most = graph.add("Max", size, np.maximum(beta * b, 0))
        exps = [graph.add("Exp", graph.add("Sub", part, most)) for part in (size, beta * b, 0)]
        total = graph.add("Sub", graph.add("Add", *exps[:2]), exps[2])
        log = graph.add("Add", graph.add("Log", total), most)
        shrunk = graph.add("Sub", graph.add("Div", log, beta), b)
        return graph.add("Mul", shrunk, graph.add("Sign", x))


class TanhShrink(Layer):
    """y = x - tanh(x); with `coefficients`, y = c (a x - tanh(a x)) (EBLearn's tshrink).

    a and c are trained, one each a map, 1 at the start.
    """

    def __init__(self, coefficients: bool = False) -> None:
        self.coefficients = coefficients

    def build(self, shape: Shape) -> Shape:
        if self.coefficients:
            self.weight("a", (shape[0],), start=1.0)
            self.weight("c", (shape[0],), start=1.0)
        return shape

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        xp = ctx.xp
        u = x * over_maps(ctx.p.a) if self.coefficients else x
        t = xp.tanh(u)
        y = xp.subtract(u, t, out=ctx.empty(x.shape))
        if self.coefficients:
            y *= over_maps(ctx.p.c)

        def backward(dy: Array) -> Array:
            # The derivative of u - tanh(u) is tanh(u)².
            dx = xp.multiply(t, t, out=ctx.empty(x.shape))
            dx *= dy
            if self.coefficients:
                ctx.g.c += (dy * (u - t)).sum((1, 2, 3))
                dx *= over_maps(ctx.p.c)
                ctx.g.a += (dx * x).sum((1, 2, 3))
                dx *= over_maps(ctx.p.a)
            return dx

        return y, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        if self.coefficients:
            x = graph.add("Mul", x, graph.over_maps(p["a"]))
        y = graph.add("Sub", x, graph.add("Tanh", x))
        return graph.add("Mul", y, graph.over_maps(p["c"])) if self.coefficients else y
