"""Layers with one trained number a map."""

from netkit.layer import Layer


class Diag(Layer):
    """Multiply each map by one trained coefficient, 1 at the start: y[c] = x[c] * c[c]."""

    def build(self, shape):
        self.weight("c", (shape[0],), start=1.0)
        return shape

    def forward(self, x, ctx):
        c = ctx.p.c[:, None, None, None]
        y = ctx.xp.multiply(x, c, out=ctx.empty(x.shape))

        def backward(dy):
            ctx.g.c += (dy * x).sum((1, 2, 3))
            return ctx.xp.multiply(dy, c, out=ctx.empty(x.shape))

        return y, backward


from netkit.layer import Layer


class Addc(Layer):
    """Add one trained bias a map: y[c] = x[c] + b[c]."""

    def build(self, shape):
        self.weight("b", (shape[0],))
        return shape

    def forward(self, x, ctx):
        y = ctx.xp.add(x, ctx.p.b[:, None, None, None], out=ctx.empty(x.shape))

        def backward(dy):
            ctx.g.b += dy.sum((1, 2, 3))
            return dy

        return y, backward
