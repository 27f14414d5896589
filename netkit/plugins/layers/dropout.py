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
