"""More layers that treat every number by itself: LeCun's sigmoid, softplus, powers, one coefficient
a map.
"""

from netkit.errors import NetkitError
from netkit.layer import Layer

GAIN, SLOPE = (
    1.71593428,
    2 / 3,
)  # so that f(±1) is ±1 within 2e-5 (LeCun, Bottou, Orr & Müller 1998, section 4.4)


class StdSigmoid(Layer):
    """y = 1.7159 tanh(2x/3) + linear * x: LeCun's sigmoid, EBLearn's stdsig; `linear` keeps it from
    flattening.
    """

    def __init__(self, linear=0.0):
        self.linear = number(linear, "stdsigmoid linear")

    def forward(self, x, ctx):
        t = ctx.xp.multiply(x, SLOPE, out=ctx.empty(x.shape))
        ctx.xp.tanh(t, out=t)
        y = ctx.xp.multiply(t, GAIN, out=ctx.empty(x.shape))
        if self.linear:
            y += self.linear * x

        def backward(dy):
            dx = ctx.xp.multiply(t, t, out=ctx.empty(x.shape))
            dx *= -GAIN * SLOPE
            dx += GAIN * SLOPE + self.linear
            dx *= dy
            return dx

        return y, backward


class Softplus(Layer):
    """y = log(1 + exp(x)): relu with a round corner."""

    def forward(self, x, ctx):
        xp = ctx.xp
        y = xp.absolute(
            x, out=ctx.empty(x.shape)
        )  # log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|))
        xp.negative(y, out=y)
        xp.exp(y, out=y)
        xp.log1p(y, out=y)
        y += xp.maximum(x, 0)

        def backward(dy):
            dx = xp.multiply(x, 0.5, out=ctx.empty(x.shape))
            xp.tanh(dx, out=dx)  # its derivative is the sigmoid, (1 + tanh(x/2)) / 2
            dx += 1
            dx *= 0.5
            dx *= dy
            return dx

        return y, backward


def number(value, what):
    """Return `value` as a float if it is a number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise NetkitError(f"{what}={value}: give a number")
    return float(value)


from netkit.layer import Layer


class Tanh(Layer):
    """y = tanh(x)."""

    def primitive(self):
        return {"kind": "pointwise", "act": "tanh"}

    def forward(self, x, ctx):
        y = ctx.xp.tanh(x, out=ctx.empty(x.shape))

        def backward(dy):
            dx = ctx.xp.multiply(y, y, out=ctx.empty(x.shape))
            ctx.xp.subtract(1, dx, out=dx)
            dx *= dy
            return dx

        return y, backward


class Sigmoid(Layer):
    """y = 1 / (1 + exp(-x)), by way of tanh, which does not overflow."""

    def primitive(self):
        return {"kind": "pointwise", "act": "sigmoid"}

    def forward(self, x, ctx):
        y = ctx.xp.multiply(x, 0.5, out=ctx.empty(x.shape))
        ctx.xp.tanh(y, out=y)
        y += 1
        y *= 0.5

        def backward(dy):
            dx = ctx.xp.subtract(1, y, out=ctx.empty(x.shape))
            dx *= y
            dx *= dy
            return dx

        return y, backward


class Relu(Layer):
    """y = max(x, threshold)."""

    def __init__(self, threshold=0.0):
        if isinstance(threshold, bool) or not isinstance(threshold, (int, float)):
            raise NetkitError(f"relu threshold={threshold}: give a number")
        self.threshold = threshold

    def primitive(self):
        return {"kind": "pointwise", "act": "relu"} if self.threshold == 0 else None

    def forward(self, x, ctx):
        y = ctx.xp.maximum(x, self.threshold, out=ctx.empty(x.shape))

        def backward(dy):
            up = ctx.xp.greater(y, self.threshold, out=ctx.empty(x.shape, "bool"))
            return ctx.xp.multiply(dy, up, out=ctx.empty(x.shape))

        return y, backward
