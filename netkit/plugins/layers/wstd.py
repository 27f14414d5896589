"""Wstd: contrast normalisation over a neighbourhood, as EBLearn's networks have it."""

from netkit.layer import Layer, pair
from netkit.plugins.layers.blur import blur_axis, gaussian


class Wstd(Layer):
    """Subtract a Gaussian-weighted mean of the neighbourhood over all maps, then divide by its
    deviation.

    With G the correlation with a Gaussian (zeros around the image) that sums to 1 over window and
    maps together: v = x - G(sum of x over maps);  s = sqrt(G(sum of v² over maps) + epsilon);  y =
    v / max(s, mean of s). The mean of s is over the whole map, so a sample's answer depends on all
    of its image. As EBLearn's wstd (Jarrett, Kavukcuoglu, Ranzato & LeCun 2009), window exp(-(dy² +
    dx²) / (2 · kernel / 4)).
    """

    def __init__(self, kernel=5, epsilon=1e-6):
        self.kernel, self.epsilon = pair(kernel, "kernel"), float(epsilon)

    def build(self, shape):
        self.maps = shape[0]
        share = (
            shape[0] ** -0.5
        )  # a product of two one-dimensional Gaussians, the maps' share divided between them
        self.taps = [gaussian(k, share) for k in self.kernel]
        return shape

    def primitive(self):
        return {"kind": "wstd", "kernel": self.kernel, "taps": self.taps, "scale": self.epsilon}

    def forward(self, x, ctx):
        xp, ones = ctx.xp, (1, *x.shape[1:])
        v = xp.subtract(x, self.blur(x.sum(0, keepdims=True), ctx), out=ctx.empty(x.shape))
        square = xp.multiply(v, v, out=ctx.empty(x.shape))
        s = self.blur(square.sum(0, keepdims=True), ctx)
        s += self.epsilon
        xp.sqrt(s, out=s)
        mean = s.mean((1, 2), keepdims=True)  # (1, 1, 1, N)
        d = xp.maximum(s, mean, out=ctx.empty(ones))
        y = xp.divide(v, d, out=ctx.empty(x.shape))

        def backward(dy):
            dd = -(dy * y).sum(0, keepdims=True) / d  # (1, H, W, N)
            above = s > mean
            ds = dd * above
            ds += (dd * ~above).mean((1, 2), keepdims=True)
            ds /= s  # twice the gradient at the blurred squares: the 2 of d(v²) is in it
            dv = xp.divide(dy, d, out=ctx.empty(x.shape))
            dv += xp.multiply(v, self.blur(ds, ctx, back=True), out=square)
            dv -= self.blur(dv.sum(0, keepdims=True), ctx, back=True)
            return dv

        return y, backward

    def blur(self, x, ctx, back=False):
        """Correlate x (1, H, W, N) with the Gaussian; or its adjoint, which differs for even
        kernels alone.
        """
        for axis, taps in zip((1, 2), self.taps, strict=True):
            x = blur_axis(x, taps[::-1] if back else taps, axis, back, ctx)
        return x

    def cost(self, shape, out):
        return shape[1] * shape[2] * (4 * shape[0] + 2 * sum(self.kernel))
