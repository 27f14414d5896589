"""Shrinkage: layers that pull small numbers to zero, as sparse coding has them."""

from netkit.layer import Layer
from netkit.plugins.layers.activations import number


class LinearShrink(Layer):
    """y = sign(x) * max(|x| - b, 0) with a trained threshold b a map, `bias` at the start
    (EBLearn's lshrink).
    """

    def __init__(self, bias=0.0):
        self.bias = number(bias, "bias")

    def build(self, shape):
        self.weight("b", (shape[0],), start=self.bias)
        return shape

    def forward(self, x, ctx):
        xp = ctx.xp
        sign, size = xp.sign(x), xp.absolute(x, out=ctx.empty(x.shape))
        size -= over_maps(ctx.p.b)
        passed = size > 0
        y = xp.maximum(size, 0, out=ctx.empty(x.shape))
        y *= sign

        def backward(dy):
            dx = xp.multiply(dy, passed, out=ctx.empty(x.shape))
            ctx.g.b -= (dx * sign).sum((1, 2, 3))
            return dx

        return y, backward


class Shrink(Layer):
    """y = sign(x) * (log(exp(beta |x|) + exp(beta b) - 1) / beta - b): a smooth threshold
    (EBLearn's sshrink).

    beta (how sharp) and b (the threshold) are trained, one each a map; `beta` and `bias` are their
    start.
    """

    def __init__(self, beta=10.0, bias=0.3):
        self.beta, self.bias = number(beta, "beta"), number(bias, "bias")

    def build(self, shape):
        self.weight("beta", (shape[0],), start=self.beta)
        self.weight("b", (shape[0],), start=self.bias)
        return shape

    def forward(self, x, ctx):
        xp, beta, b = ctx.xp, over_maps(ctx.p.beta), over_maps(ctx.p.b)
        sign, size = xp.sign(x), xp.absolute(x)
        most = xp.maximum(
            beta * size, xp.maximum(beta * b, 0)
        )  # taken out of every exponential, so none overflows
        of_x, of_b = xp.exp(beta * size - most), xp.exp(beta * b - most)
        total = of_x + of_b - xp.exp(-most)
        log = xp.log(total) + most
        y = xp.subtract(log / beta, b, out=ctx.empty(x.shape))
        y *= sign

        def backward(dy):
            signed = dy * sign
            ctx.g.b += (signed * (of_b / total - 1)).sum((1, 2, 3))
            slope = (size * of_x + b * of_b) / total - log / beta
            ctx.g.beta += (signed * slope / beta).sum((1, 2, 3))
            return xp.multiply(dy, of_x / total, out=ctx.empty(x.shape))

        return y, backward


class TanhShrink(Layer):
    """y = x - tanh(x). With `coefficients`, y = c (a x - tanh(a x)), with trained a and c a map
    (EBLearn's tshrink).
    """

    def __init__(self, coefficients=False):
        self.coefficients = bool(coefficients)

    def build(self, shape):
        if self.coefficients:
            self.weight("a", (shape[0],), start=1.0)
            self.weight("c", (shape[0],), start=1.0)
        return shape

    def forward(self, x, ctx):
        xp = ctx.xp
        u = x * over_maps(ctx.p.a) if self.coefficients else x
        t = xp.tanh(u)
        y = xp.subtract(u, t, out=ctx.empty(x.shape))
        if self.coefficients:
            y *= over_maps(ctx.p.c)

        def backward(dy):
            dx = xp.multiply(
                t, t, out=ctx.empty(x.shape)
            )  # the derivative of u - tanh(u) is tanh(u)²
            dx *= dy
            if self.coefficients:
                ctx.g.c += (dy * (u - t)).sum((1, 2, 3))
                dx *= over_maps(ctx.p.c)
                ctx.g.a += (dx * x).sum((1, 2, 3))
                dx *= over_maps(ctx.p.a)
            return dx

        return y, backward


def over_maps(a):
    """Return a (C,) shaped to spread over (C, H, W, N)."""
    return a[:, None, None, None]
