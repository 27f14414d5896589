"""Layers that treat every number by itself."""

from netkit.errors import NetkitError
from netkit.layer import Layer


class Tanh(Layer):
    """y = tanh(x)."""

    def primitive(self):
        return {"kind": "pointwise", "act": "tanh"}

    def forward(self, x, run):
        y = run.xp.tanh(x, out=run.empty(x.shape))

        def backward(dy):
            dx = run.xp.multiply(y, y, out=run.empty(x.shape))
            run.xp.subtract(1, dx, out=dx)
            dx *= dy
            return dx

        return y, backward


class Sigmoid(Layer):
    """y = 1 / (1 + exp(-x)), by way of tanh, which does not overflow."""

    def primitive(self):
        return {"kind": "pointwise", "act": "sigmoid"}

    def forward(self, x, run):
        y = run.xp.multiply(x, 0.5, out=run.empty(x.shape))
        run.xp.tanh(y, out=y)
        y += 1
        y *= 0.5

        def backward(dy):
            dx = run.xp.subtract(1, y, out=run.empty(x.shape))
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

    def forward(self, x, run):
        y = run.xp.maximum(x, self.threshold, out=run.empty(x.shape))

        def backward(dy):
            up = run.xp.greater(y, self.threshold, out=run.empty(x.shape, "bool"))
            return run.xp.multiply(dy, up, out=run.empty(x.shape))

        return y, backward


class Abs(Layer):
    """y = |x|: rectification as EBLearn's networks have it."""

    def primitive(self):
        return {"kind": "pointwise", "act": "abs"}

    def forward(self, x, run):
        y = run.xp.absolute(x, out=run.empty(x.shape))

        def backward(dy):
            dx = run.xp.sign(x, out=run.empty(x.shape))
            dx *= dy
            return dx

        return y, backward


class Addc(Layer):
    """Add one trained bias a map: y[c] = x[c] + b[c]."""

    def build(self, shape):
        self.weight("b", (shape[0],))
        return shape

    def forward(self, x, run):
        y = run.xp.add(x, run.p.b[:, None, None, None], out=run.empty(x.shape))

        def backward(dy):
            run.g.b += dy.sum((1, 2, 3))
            return dy

        return y, backward


class Dropout(Layer):
    """In training, set a share `rate` of the numbers to zero and scale the others by 1/(1 - rate)."""

    def __init__(self, rate=0.5):
        if not isinstance(rate, (int, float)) or not 0 <= rate < 1:
            raise NetkitError(f"dropout rate={rate}: give a number from 0 to below 1")
        self.rate = rate

    def forward(self, x, run):
        if not run.training:
            return x, lambda dy: dy
        kept = run.empty(x.shape)
        kept[...] = run.uniform(x.shape) >= self.rate
        kept *= 1 / (1 - self.rate)
        y = run.xp.multiply(x, kept, out=run.empty(x.shape))

        def backward(dy):
            return run.xp.multiply(dy, kept, out=run.empty(x.shape))

        return y, backward
