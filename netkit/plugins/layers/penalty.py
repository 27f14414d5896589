"""Penalty: a layer that adds to the energy and changes nothing else."""

from netkit.layer import Layer
from netkit.plugins.layers.activations import number


class L1Penalty(Layer):
    """y = x; in training add coeff * sum of max(|x| - threshold, 0) to the energy of each sample,
    for sparse maps.
    """

    def __init__(self, coeff=1.0, threshold=0.0):
        self.coeff, self.threshold = number(coeff, "coeff"), number(threshold, "threshold")

    def forward(self, x, ctx):
        if not ctx.training:
            return x, lambda dy: dy
        xp = ctx.xp
        size = xp.absolute(x, out=ctx.empty(x.shape))
        size -= self.threshold
        over = size > 0
        ctx.penalise(self.coeff * xp.maximum(size, 0).sum((0, 1, 2)))

        def backward(dy):
            dx = xp.sign(x, out=ctx.empty(x.shape))
            dx *= over
            dx *= ctx.scale * self.coeff
            dx += dy
            return dx

        return x, backward
