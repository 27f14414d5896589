"""Softmax over the maps at each place."""

from netkit.layer import Layer


class Softmax(Layer):
    """y[c] = exp(x[c]) / sum over maps of exp(x), at each place."""

    def forward(self, x, ctx):
        y = ctx.xp.subtract(x, x.max(0, keepdims=True), out=ctx.empty(x.shape))
        ctx.xp.exp(y, out=y)
        y /= y.sum(0, keepdims=True)

        def backward(dy):
            dx = ctx.xp.multiply(dy, y, out=ctx.empty(x.shape))
            dx -= y * dx.sum(0, keepdims=True)
            return dx

        return y, backward


class LogSoftmax(Layer):
    """y[c] = x[c] - log(sum over maps of exp(x)), at each place."""

    def forward(self, x, ctx):
        xp = ctx.xp
        y = xp.subtract(x, x.max(0, keepdims=True), out=ctx.empty(x.shape))
        y -= xp.log(xp.exp(y).sum(0, keepdims=True))

        def backward(dy):
            dx = xp.exp(y, out=ctx.empty(x.shape))
            dx *= -dy.sum(0, keepdims=True)
            dx += dy
            return dx

        return y, backward
