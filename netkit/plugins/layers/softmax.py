"""Softmax over the maps at each place."""

from netkit.layer import Layer


class Softmax(Layer):
    """y[c] = exp(x[c]) / sum over maps of exp(x), at each place."""

    def forward(self, x, run):
        y = run.xp.subtract(x, x.max(0, keepdims=True), out=run.empty(x.shape))
        run.xp.exp(y, out=y)
        y /= y.sum(0, keepdims=True)

        def backward(dy):
            dx = run.xp.multiply(dy, y, out=run.empty(x.shape))
            dx -= y * dx.sum(0, keepdims=True)
            return dx

        return y, backward


class LogSoftmax(Layer):
    """y[c] = x[c] - log(sum over maps of exp(x)), at each place."""

    def forward(self, x, run):
        xp = run.xp
        y = xp.subtract(x, x.max(0, keepdims=True), out=run.empty(x.shape))
        y -= xp.log(xp.exp(y).sum(0, keepdims=True))

        def backward(dy):
            dx = xp.exp(y, out=run.empty(x.shape))
            dx *= -dy.sum(0, keepdims=True)
            dx += dy
            return dx

        return y, backward
