"""Dropout: some of the numbers set to zero, in training only."""

from netkit.errors import NetkitError
from netkit.layer import Layer


class Dropout(Layer):
    """In training, set a share `rate` of the numbers to zero and scale the others by 1/(1 -
    rate).
    """

    def __init__(self, rate=0.5):
        if not isinstance(rate, (int, float)) or not 0 <= rate < 1:
            raise NetkitError(f"dropout rate={rate}: give a number from 0 to below 1")
        self.rate = rate

    def forward(self, x, ctx):
        if not ctx.training:
            return x, lambda dy: dy
        kept = ctx.empty(x.shape)
        kept[...] = ctx.uniform(x.shape) >= self.rate
        kept *= 1 / (1 - self.rate)
        y = ctx.xp.multiply(x, kept, out=ctx.empty(x.shape))

        def backward(dy):
            return ctx.xp.multiply(dy, kept, out=ctx.empty(x.shape))

        return y, backward
