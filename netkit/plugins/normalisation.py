"""Normalisation: contrast over a neighbourhood (wstd), statistics of a batch (batchnorm)."""

from math import exp

from netkit.layer import Layer, pair


class Wstd(Layer):
    """Subtract a Gaussian-weighted mean of the neighbourhood over all maps, then divide by its deviation.

    With G the correlation with a Gaussian (zeros around the image) that sums to 1 over window and maps together:
    v = x - G(sum of x over maps);  s = sqrt(G(sum of v² over maps) + epsilon);  y = v / max(s, mean of s).
    The mean of s is over the whole map, so a sample's answer depends on all of its image. As EBLearn's wstd
    (Jarrett, Kavukcuoglu, Ranzato & LeCun 2009), window exp(-(dy² + dx²) / (2 · kernel / 4)).
    """

    def __init__(self, kernel=5, epsilon=1e-6):
        self.kernel, self.epsilon = pair(kernel, "kernel"), float(epsilon)

    def build(self, shape):
        self.maps = shape[0]
        share = shape[0] ** -0.5  # a product of two one-dimensional Gaussians, the maps' share divided between them
        self.taps = [gaussian(k, share) for k in self.kernel]
        return shape

    def primitive(self):
        return {"kind": "wstd", "kernel": self.kernel, "taps": self.taps, "scale": self.epsilon}

    def forward(self, x, run):
        xp, ones = run.xp, (1, *x.shape[1:])
        v = xp.subtract(x, self.blur(x.sum(0, keepdims=True), run), out=run.empty(x.shape))
        square = xp.multiply(v, v, out=run.empty(x.shape))
        s = self.blur(square.sum(0, keepdims=True), run)
        s += self.epsilon
        xp.sqrt(s, out=s)
        mean = s.mean((1, 2), keepdims=True)  # (1, 1, 1, N)
        d = xp.maximum(s, mean, out=run.empty(ones))
        y = xp.divide(v, d, out=run.empty(x.shape))

        def backward(dy):
            dd = -(dy * y).sum(0, keepdims=True) / d  # (1, H, W, N)
            above = s > mean
            ds = dd * above
            ds += (dd * ~above).mean((1, 2), keepdims=True)
            ds /= s  # twice the gradient at the blurred squares: the 2 of d(v²) is in it
            dv = xp.divide(dy, d, out=run.empty(x.shape))
            dv += xp.multiply(v, self.blur(ds, run, back=True), out=square)
            dv -= self.blur(dv.sum(0, keepdims=True), run, back=True)
            return dv

        return y, backward

    def blur(self, x, run, back=False):
        """Correlate x (1, H, W, N) with the Gaussian; or its adjoint, which differs for even kernels alone."""
        for axis, taps in zip((1, 2), self.taps, strict=True):
            x = blur_axis(x, taps[::-1] if back else taps, axis, back, run)
        return x

    def cost(self, shape, out):
        return shape[1] * shape[2] * (4 * shape[0] + 2 * sum(self.kernel))


def gaussian(size, total, coeff=2.0):
    """Return the taps exp(-d² / (coeff · size / 4)) around the centre size // 2, scaled to sum to `total`."""
    taps = [exp(-((i - size // 2) ** 2) * 4 / (coeff * size)) for i in range(size)]
    return [t * total / sum(taps) for t in taps]


def blur_axis(x, taps, axis, back, run):
    """Correlate x (1, H, W, N) with taps along an axis, zeros outside, the result as large as x."""
    size = x.shape[axis]
    before = len(taps) // 2 if not back else len(taps) - 1 - len(taps) // 2
    y, part = run.empty(x.shape), run.empty(x.shape)
    y.fill(0)
    for k, tap in enumerate(taps):
        shift = k - before  # y[i] += tap * x[i + shift]
        low, high = max(0, -shift), min(size, size - shift)
        if low < high:
            here = (slice(None),) * axis + (slice(low, high),)
            there = (slice(None),) * axis + (slice(low + shift, high + shift),)
            y[here] += run.xp.multiply(x[there], tap, out=part[here])
    return y


class BatchNorm(Layer):
    """Scale each map to zero mean and unit variance over the batch, then by a trained scale and shift.

    Running means (weight `momentum` on the newest) serve outside training (Ioffe & Szegedy 2015). The batch is
    what one thread has of it; the running means of all threads are averaged.
    """

    def __init__(self, momentum=0.1, epsilon=1e-5):
        self.momentum, self.epsilon = float(momentum), float(epsilon)

    def build(self, shape):
        self.weight("scale", (shape[0],), start=1.0)
        self.weight("shift", (shape[0],))
        self.state("mean", (shape[0],))
        self.state("variance", (shape[0],), start=1.0)
        return shape

    def forward(self, x, run):
        n = x.size // x.shape[0]
        if run.training:
            mean = x.mean((1, 2, 3))
            v = run.xp.subtract(x, over_maps(mean), out=run.empty(x.shape))
            variance = run.xp.multiply(v, v, out=run.empty(x.shape)).mean((1, 2, 3))
            self.remember(run, mean, variance * (n / max(1, n - 1)))
        else:
            v, variance = run.xp.subtract(x, over_maps(run.s.mean), out=run.empty(x.shape)), run.s.variance
        inverse = 1 / run.xp.sqrt(variance + self.epsilon)
        v *= over_maps(inverse)  # the normalised input
        y = run.xp.multiply(v, over_maps(run.p.scale), out=run.empty(x.shape))
        y += over_maps(run.p.shift)
        training = run.training

        def backward(dy):
            dscale, dshift = (dy * v).sum((1, 2, 3)), dy.sum((1, 2, 3))
            run.g.scale += dscale
            run.g.shift += dshift
            dx = run.empty(x.shape)
            dx[...] = dy
            if training:  # mean and variance move with x too
                dx -= over_maps(dshift / n)
                dx -= v * over_maps(dscale / n)
            dx *= over_maps(run.p.scale * inverse)
            return dx

        return y, backward

    def remember(self, run, mean, variance):
        run.s.mean += self.momentum * (mean - run.s.mean)
        run.s.variance += self.momentum * (variance - run.s.variance)

    def cost(self, shape, out):
        return shape[0] * shape[1] * shape[2]


def over_maps(a):
    """Return a (C,) shaped to spread over (C, H, W, N)."""
    return a[:, None, None, None]
