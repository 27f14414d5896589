"""Layers with one trained number a map."""

from netkit.layer import Layer


class Diag(Layer):
    """Multiply each map by one trained coefficient, 1 at the start: y[c] = x[c] * c[c]."""

    def build(self, shape):
        self.weight("c", (shape[0],), start=1.0)
        return shape

    def forward(self, x, run):
        c = run.p.c[:, None, None, None]
        y = run.xp.multiply(x, c, out=run.empty(x.shape))

        def backward(dy):
            run.g.c += (dy * x).sum((1, 2, 3))
            return run.xp.multiply(dy, c, out=run.empty(x.shape))

        return y, backward


from netkit.layer import Layer


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
