"""Pooling by a Gaussian-weighted norm of each window: l2pool and its kin, and the weighted mean."""

from functools import partial

from netkit.errors import NetkitError
from netkit.plugins.layers.activations import number
from netkit.plugins.layers.blur import gaussian
from netkit.plugins.layers.pooling import Pool


class WavgPool(Pool):
    """Take the Gaussian-weighted mean of each window (EBLearn's wavgpool); stride is the kernel if
    not given.

    The weight of a place d away from the centre, kernel // 2, is exp(-d² / (kernel / 2)); all of
    them sum to 1.
    """

    def build(self, shape):
        self.maps = shape[0]
        self.taps = [
            a * b for a in gaussian(self.kernel[0], 1) for b in gaussian(self.kernel[1], 1)
        ]
        return super().build(shape)

    def forward(self, x, ctx):
        y = self.empty(x, ctx)
        y.fill(0)
        for tap, part in self.parts(x, y.shape):
            y += tap * part

        def backward(dy):
            dx = ctx.empty(x.shape)
            dx.fill(0)
            for tap, part in self.parts(dx, dy.shape):
                part += tap * dy
            return dx

        return y, backward

    def parts(self, x, shape):
        """Yield, for each place in a window, its weight and the view of x that every window has
        there.
        """
        (sh, sw), (oh, ow) = self.stride, shape[1:3]
        for k, tap in enumerate(self.taps):
            i, j = divmod(k, self.kernel[1])
            yield tap, x[:, i : i + (oh - 1) * sh + 1 : sh, j : j + (ow - 1) * sw + 1 : sw]


class LpPool(WavgPool):
    """y = (sum over a window of g |x|^power)^(1/power), with the weights g of WavgPool; power 1
    keeps signs: the mean.

    No gradient passes where a window is all zeros.
    """

    def __init__(self, kernel, stride=None, power=2):
        super().__init__(kernel, stride)
        self.power = number(power, "power")
        if not self.power >= 1:
            raise NetkitError(f"power={power}: give a number from 1")

    def forward(self, x, ctx):
        if self.power == 1:
            return super().forward(x, ctx)
        if self.power == 2:
            return self.root_of_squares(x, ctx)
        xp, p = ctx.xp, self.power
        size = xp.absolute(x, out=ctx.empty(x.shape))
        most = ctx.ops.maxpool(size, self.kernel, self.stride, self.empty(x, ctx))
        most += (
            most == 0
        )  # powers are taken of shares of the largest, so that none over- or underflows
        total = self.empty(x, ctx)
        total.fill(0)
        for tap, part in self.parts(size, total.shape):
            total += tap * (part / most) ** p
        y = xp.multiply(total ** (1 / p), most, out=self.empty(x, ctx))

        def backward(dy):
            scaled = dy * (total + (total == 0)) ** (1 / p - 1)
            dx = ctx.empty(x.shape)
            dx.fill(0)
            both = zip(self.parts(dx, dy.shape), self.parts(size, dy.shape), strict=True)
            for (tap, dpart), (_, part) in both:
                dpart += tap * scaled * (part / most) ** (p - 1)
            dx *= xp.sign(x)
            return dx

        return y, backward

    def root_of_squares(self, x, ctx):
        """Compute power 2, which needs no powers, in about half the time."""
        xp = ctx.xp
        square = xp.multiply(x, x, out=ctx.empty(x.shape))
        y, term = self.empty(x, ctx), self.empty(x, ctx)
        y.fill(0)
        for tap, part in self.parts(square, y.shape):
            y += xp.multiply(part, tap, out=term)
        xp.sqrt(y, out=y)

        def backward(dy):
            share = xp.divide(dy, y + (y == 0), out=ctx.empty(y.shape))
            dx = ctx.empty(x.shape)
            dx.fill(0)
            for tap, part in self.parts(dx, y.shape):
                part += xp.multiply(share, tap, out=term)
            dx *= x
            return dx

        return y, backward


# EBLearn's names for the powers that it has.
l1pool, l2pool, l4pool, l6pool = (partial(LpPool, power=p) for p in (1, 2, 4, 6))
l8pool, l10pool, l12pool, l14pool = (partial(LpPool, power=p) for p in (8, 10, 12, 14))
l16pool, l32pool, l64pool = (partial(LpPool, power=p) for p in (16, 32, 64))
