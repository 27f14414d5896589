"""Activations: tanh, sigmoid, stdsigmoid, relu, softplus, softmax, logsoftmax."""

from math import inf
from typing import TYPE_CHECKING, Any

from netkit.checks import Number
from netkit.layer import Layer
from netkit.types import Array, Backward

if TYPE_CHECKING:
    from netkit.context import Context
    from netkit.export.graph import Graph

# So that f(±1) is ±1 within 2e-5 (LeCun, Bottou, Orr & Müller 1998, section 4.4).
GAIN = 1.71593428
SLOPE = 2 / 3


class Tanh(Layer):
    """y = tanh(x)."""

    def primitive(self) -> dict[str, Any]:
        return {"kind": "pointwise", "act": "tanh"}

    @property
    def output_range(self) -> tuple[float, float]:
        return -1.0, 1.0

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        y = ctx.xp.tanh(x, out=ctx.empty(x.shape))

        def backward(dy: Array) -> Array:
            dx = ctx.xp.multiply(y, y, out=ctx.empty(x.shape))
            ctx.xp.subtract(1, dx, out=dx)
            dx *= dy
            return dx

        return y, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        return graph.add("Tanh", x)


class Sigmoid(Layer):
    """y = 1 / (1 + exp(-x)), by way of tanh, which does not overflow."""

    def primitive(self) -> dict[str, Any]:
        return {"kind": "pointwise", "act": "sigmoid"}

    @property
    def output_range(self) -> tuple[float, float]:
        return 0.0, 1.0

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        y = ctx.xp.multiply(x, 0.5, out=ctx.empty(x.shape))
        ctx.xp.tanh(y, out=y)
        y += 1
        y *= 0.5

        def backward(dy: Array) -> Array:
            dx = ctx.xp.subtract(1, y, out=ctx.empty(x.shape))
            dx *= y
            dx *= dy
            return dx

        return y, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        return graph.add("Sigmoid", x)


class StdSigmoid(Layer):
    """y = 1.7159 tanh(2x/3) + linear * x: LeCun's sigmoid; `linear` keeps it from flattening."""

    def __init__(self, linear: Number = 0.0) -> None:
        self.linear = linear

    @property
    def output_range(self) -> tuple[float, float]:
        return (-inf, inf) if self.linear else (-GAIN, GAIN)

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        t = ctx.xp.multiply(x, SLOPE, out=ctx.empty(x.shape))
        ctx.xp.tanh(t, out=t)
        y = ctx.xp.multiply(t, GAIN, out=ctx.empty(x.shape))
        if self.linear:
            y += self.linear * x

        def backward(dy: Array) -> Array:
            dx = ctx.xp.multiply(t, t, out=ctx.empty(x.shape))
            dx *= -GAIN * SLOPE
            dx += GAIN * SLOPE + self.linear
            dx *= dy
            return dx

        return y, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        y = graph.add("Mul", graph.add("Tanh", graph.add("Mul", x, SLOPE)), GAIN)
        return graph.add("Add", y, graph.add("Mul", x, self.linear)) if self.linear else y


class Relu(Layer):
    """y = max(x, threshold)."""

    def __init__(self, threshold: Number = 0.0) -> None:
        self.threshold = threshold

    def primitive(self) -> dict[str, Any] | None:
        return {"kind": "pointwise", "act": "relu"} if self.threshold == 0 else None

    @property
    def output_range(self) -> tuple[float, float]:
        return self.threshold, inf

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        y = ctx.xp.maximum(x, self.threshold, out=ctx.empty(x.shape))

        def backward(dy: Array) -> Array:
            up = ctx.xp.greater(y, self.threshold, out=ctx.empty(x.shape, "bool"))
            return ctx.xp.multiply(dy, up, out=ctx.empty(x.shape))

        return y, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        return graph.add("Max", x, self.threshold) if self.threshold else graph.add("Relu", x)


class Softplus(Layer):
    """y = log(1 + exp(x)): relu with a round corner."""

    @property
    def output_range(self) -> tuple[float, float]:
        return 0.0, inf

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        xp = ctx.xp
        y = xp.absolute(x, out=ctx.empty(x.shape))
        xp.negative(y, out=y)  # log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|))
        xp.exp(y, out=y)
        xp.log1p(y, out=y)
        y += xp.maximum(x, 0)

        def backward(dy: Array) -> Array:
            dx = xp.multiply(x, 0.5, out=ctx.empty(x.shape))
            xp.tanh(dx, out=dx)  # its derivative is the sigmoid, (1 + tanh(x/2)) / 2
            dx += 1
            dx *= 0.5
            dx *= dy
            return dx

        return y, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        return graph.add("Softplus", x)


class Softmax(Layer):
    """y[c] = exp(x[c]) / sum over maps of exp(x), at each place."""

    @property
    def output_range(self) -> tuple[float, float]:
        return 0.0, 1.0

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        y = ctx.xp.subtract(x, x.max(0, keepdims=True), out=ctx.empty(x.shape))
        ctx.xp.exp(y, out=y)
        y /= y.sum(0, keepdims=True)

        def backward(dy: Array) -> Array:
            dx = ctx.xp.multiply(dy, y, out=ctx.empty(x.shape))
            dx -= y * dx.sum(0, keepdims=True)
            return dx

        return y, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        return graph.add("Softmax", x, axis=1)


class LogSoftmax(Layer):
    """y[c] = x[c] - log(sum over maps of exp(x)), at each place."""

    @property
    def output_range(self) -> tuple[float, float]:
        return -inf, 0.0

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        xp = ctx.xp
        y = xp.subtract(x, x.max(0, keepdims=True), out=ctx.empty(x.shape))
        y -= xp.log(xp.exp(y).sum(0, keepdims=True))

        def backward(dy: Array) -> Array:
            dx = xp.exp(y, out=ctx.empty(x.shape))
            dx *= -dy.sum(0, keepdims=True)
            dx += dy
            return dx

        return y, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        return graph.add("LogSoftmax", x, axis=1)
