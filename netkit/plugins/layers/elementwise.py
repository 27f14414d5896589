"""Layers that compute a power of every number by itself."""

from netkit.errors import NetkitError
from netkit.layer import Layer
from netkit.plugins.layers.activations import number


class Power(Layer):
    """y = x^power. For a power that is not whole, numbers below 0 count as 0: rectify (abs) before
    it.
    """

    def __init__(self, power):
        self.power = number(power, "power")
        if not 0 < self.power <= 64:
            raise NetkitError(f"power={power}: give a number above 0, up to 64")
        self.whole = self.power == int(self.power)

    def forward(self, x, ctx):
        xp, p = ctx.xp, self.power
        base = x if self.whole else xp.maximum(x, 0, out=ctx.empty(x.shape))
        y = xp.power(base, p, out=ctx.empty(x.shape))

        def backward(dy):
            if p >= 1:
                dx = xp.power(base, p - 1, out=ctx.empty(x.shape))
            else:  # the slope at 0 is infinite: no gradient passes there
                dx = xp.power(xp.where(base > 0, base, 1), p - 1, out=ctx.empty(x.shape))
                dx *= base > 0
            dx *= p
            dx *= dy
            return dx

        return y, backward


class Square(Layer):
    """y = x²."""

    def forward(self, x, ctx):
        y = ctx.xp.multiply(x, x, out=ctx.empty(x.shape))

        def backward(dy):
            dx = ctx.xp.multiply(x, 2, out=ctx.empty(x.shape))
            dx *= dy
            return dx

        return y, backward


class Sqrt(Layer):
    """y = sqrt(x); numbers below 0 count as 0, and no gradient passes at 0, where the slope is
    infinite.
    """

    def forward(self, x, ctx):
        xp = ctx.xp
        y = xp.maximum(x, 0, out=ctx.empty(x.shape))
        xp.sqrt(y, out=y)

        def backward(dy):
            dx = xp.divide(0.5 * dy, xp.where(y > 0, y, 1), out=ctx.empty(x.shape))
            dx *= y > 0
            return dx

        return y, backward


from netkit.layer import Layer


class Abs(Layer):
    """y = |x|: rectification as EBLearn's networks have it."""

    def primitive(self):
        return {"kind": "pointwise", "act": "abs"}

    def forward(self, x, ctx):
        y = ctx.xp.absolute(x, out=ctx.empty(x.shape))

        def backward(dy):
            dx = ctx.xp.sign(x, out=ctx.empty(x.shape))
            dx *= dy
            return dx

        return y, backward
