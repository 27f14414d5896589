"""Batch normalisation: zero mean and unit variance over a batch."""

from netkit.layer import Layer


class BatchNorm(Layer):
    """Scale each map to zero mean and unit variance over the batch, then by a trained scale and
    shift.

    Running means (weight `momentum` on the newest) serve outside training (Ioffe & Szegedy 2015).
    The batch is what one thread has of it; the running means of all threads are averaged.
    """

    def __init__(self, momentum=0.1, epsilon=1e-5):
        self.momentum, self.epsilon = float(momentum), float(epsilon)

    def build(self, shape):
        self.weight("scale", (shape[0],), start=1.0)
        self.weight("shift", (shape[0],))
        self.state("mean", (shape[0],))
        self.state("variance", (shape[0],), start=1.0)
        return shape

    def forward(self, x, ctx):
        n = x.size // x.shape[0]
        if ctx.training:
            mean = x.mean((1, 2, 3))
            v = ctx.xp.subtract(x, over_maps(mean), out=ctx.empty(x.shape))
            variance = ctx.xp.multiply(v, v, out=ctx.empty(x.shape)).mean((1, 2, 3))
            self.remember(ctx, mean, variance * (n / max(1, n - 1)))
        else:
            v, variance = (
                ctx.xp.subtract(x, over_maps(ctx.s.mean), out=ctx.empty(x.shape)),
                ctx.s.variance,
            )
        inverse = 1 / ctx.xp.sqrt(variance + self.epsilon)
        v *= over_maps(inverse)  # the normalised input
        y = ctx.xp.multiply(v, over_maps(ctx.p.scale), out=ctx.empty(x.shape))
        y += over_maps(ctx.p.shift)
        training = ctx.training

        def backward(dy):
            dscale, dshift = (dy * v).sum((1, 2, 3)), dy.sum((1, 2, 3))
            ctx.g.scale += dscale
            ctx.g.shift += dshift
            dx = ctx.empty(x.shape)
            dx[...] = dy
            if training:  # mean and variance move with x too
                dx -= over_maps(dshift / n)
                dx -= v * over_maps(dscale / n)
            dx *= over_maps(ctx.p.scale * inverse)
            return dx

        return y, backward

    def remember(self, ctx, mean, variance):
        ctx.s.mean += self.momentum * (mean - ctx.s.mean)
        ctx.s.variance += self.momentum * (variance - ctx.s.variance)

    def cost(self, shape, out):
        return shape[0] * shape[1] * shape[2]


def over_maps(a):
    """Return a (C,) shaped to spread over (C, H, W, N)."""
    return a[:, None, None, None]
