"""Contrast normalisation with all of EBLearn's options (plain wstd is in normalisation.py, and
quicker).
"""

from netkit.errors import NetkitError
from netkit.layer import Layer, pair
from netkit.net import build, chain
from netkit.plugins.layers.blur import blur_axis, gaussian
from netkit.plugins.layers.padding import framed, mirrored, sides
from netkit.plugins.layers.wstd import Wstd


class Neighbourhood(Layer):
    """A weighted sum of the neighbourhood of each pixel, which the layers below subtract and divide
    by.

    kernel: its window, weighted by exp(-d² / (gaussian_coeff · kernel / 4)), which sums to 1 (over
    the maps together, with across_features).  mirror: a mirror image around the maps instead of
    zeros. across_features: one sum for all maps; or else each map by itself.  learn: train the
    window, from that start.
    """

    def __init__(self, kernel, mirror=False, across_features=True, learn=False, gaussian_coeff=2.0):
        self.kernel, self.mirror, self.across = (
            pair(kernel, "kernel"),
            bool(mirror),
            bool(across_features),
        )
        self.learn, self.coeff = bool(learn), float(gaussian_coeff)
        if not self.coeff > 0:
            raise NetkitError(f"gaussian_coeff={gaussian_coeff}: give a number above 0")

    def build(self, shape):
        if self.mirror and (self.kernel[0] // 2 >= shape[1] or self.kernel[1] // 2 >= shape[2]):
            raise NetkitError(
                f"{self.name}: maps of {shape[1]}x{shape[2]} have no mirror image for kernel "
                f"{self.kernel[0]}x{self.kernel[1]}: make it smaller, or mirror: false"
            )
        self.maps = shape[0]
        share = shape[0] ** -0.5 if self.across else 1
        self.taps = [gaussian(k, share, self.coeff) for k in self.kernel]
        if self.learn:
            self.weight(
                "w", self.kernel, start=[[a * b for b in self.taps[1]] for a in self.taps[0]]
            )
        return shape

    def around(self, x, ctx):
        """Return the weighted sum of x (1 or C, H, W, N), as large as x, and backward(dy) -> dx."""
        if not (self.mirror or self.learn):
            return self.blur(x, ctx), lambda dy: self.blur(dy, ctx, back=True)
        padded, unpad = self.padded(x, ctx)
        if self.learn:
            y, back = learned(padded, x.shape, ctx)
        else:
            y, back = self.inner(padded, x.shape, ctx)
        return y, lambda dy: unpad(back(dy))

    def blur(self, x, ctx, back=False):
        for axis, taps in zip((1, 2), self.taps, strict=True):
            x = blur_axis(x, taps[::-1] if back else taps, axis, back, ctx)
        return x

    def padded(self, x, ctx):
        around = sides(self.name, None, self.kernel)
        if self.mirror:
            return mirrored(x, around, ctx)
        y, inside = framed(x, around, ctx)
        return y, lambda dy: dy[inside]

    def cost(self, shape, out):
        window = self.kernel[0] * self.kernel[1] if self.learn else sum(self.kernel)
        return shape[1] * shape[2] * (window * (1 if self.across else shape[0]) + shape[0])

    def inner(self, padded, shape, ctx):
        """Return the sums at the places that stand a window inside of `padded`."""
        top, left = self.kernel[0] // 2, self.kernel[1] // 2
        inside = slice(None), slice(top, top + shape[1]), slice(left, left + shape[2])

        def backward(dy):
            wide = ctx.empty(padded.shape)
            wide.fill(0)
            wide[inside] = dy
            return self.blur(wide, ctx, back=True)

        return self.blur(padded, ctx)[inside], backward


def learned(padded, shape, ctx):
    """Return the sums of `padded` weighted by the trained window ctx.p.w, an array of `shape`."""
    w, height, width = ctx.p.w, shape[1], shape[2]
    places = [(i, j) for i in range(w.shape[0]) for j in range(w.shape[1])]
    y = ctx.empty(shape)
    y.fill(0)
    for i, j in places:
        y += w[i, j] * padded[:, i : i + height, j : j + width]

    def backward(dy):
        dx = ctx.empty(padded.shape)
        dx.fill(0)
        for i, j in places:
            ctx.g.w[i, j] += (dy * padded[:, i : i + height, j : j + width]).sum()
            dx[:, i : i + height, j : j + width] += w[i, j] * dy
        return dx

    return y, backward


class Snorm(Neighbourhood):
    """Subtract the weighted mean of the neighbourhood: y = x - G(sum of x over maps) (EBLearn's
    snorm).
    """

    def forward(self, x, ctx):
        total = x.sum(0, keepdims=True) if self.across else x
        mean, back = self.around(total, ctx)
        y = ctx.xp.subtract(x, mean, out=ctx.empty(x.shape))

        def backward(dy):
            spread = back(-dy.sum(0, keepdims=True) if self.across else -dy)
            return ctx.xp.add(dy, spread, out=ctx.empty(x.shape))

        return y, backward


class Dnorm(Neighbourhood):
    """Divide by the weighted deviation of the neighbourhood (EBLearn's dnorm).

    y = x / max(s, mean of s) with s = sqrt(G(sum of x² over maps) + epsilon); the mean is over the
    whole image and all maps. threshold=false: y = x / s.
    """

    def __init__(
        self,
        kernel,
        mirror=False,
        across_features=True,
        learn=False,
        gaussian_coeff=2.0,
        epsilon=1e-6,
        threshold=True,
    ):
        super().__init__(kernel, mirror, across_features, learn, gaussian_coeff)
        self.epsilon, self.threshold = float(epsilon), bool(threshold)

    def forward(self, x, ctx):
        xp = ctx.xp
        square = xp.multiply(x, x, out=ctx.empty(x.shape))
        power, back = self.around(square.sum(0, keepdims=True) if self.across else square, ctx)
        s = xp.sqrt(xp.maximum(power, 0) + self.epsilon)  # a trained window may make a sum negative
        mean = s.mean((0, 1, 2), keepdims=True)  # (1, 1, 1, N)
        d = xp.maximum(s, mean) if self.threshold else s
        y = xp.divide(x, d, out=ctx.empty(x.shape))

        def backward(dy):
            ds = -(dy * y).sum(0, keepdims=True) / d if self.across else -dy * y / d
            if self.threshold:
                above = s > mean
                ds = ds * above + (ds * ~above).sum((0, 1, 2), keepdims=True) / (
                    s.size // s.shape[3]
                )
            spread = back(0.5 * ds / s * (power > 0))
            dx = xp.multiply(x, 2 * spread, out=ctx.empty(x.shape))
            dx += dy / d
            return dx

        return y, backward


class Cnorm(Layer):
    """Subtract the weighted mean of the neighbourhood, then divide by its deviation: snorm, dnorm
    (EBLearn's cnorm).

    learn trains the window of the deviation, learn_mean that of the mean; global_norm first brings
    the whole image to zero mean and unit deviation. The other options are those of snorm and dnorm.
    """

    def __init__(
        self,
        kernel,
        epsilon=1e-6,
        mirror=False,
        across_features=True,
        threshold=True,
        learn=False,
        learn_mean=False,
        gaussian_coeff=2.0,
        global_norm=False,
    ):
        same = {
            "mirror": mirror,
            "across_features": across_features,
            "gaussian_coeff": gaussian_coeff,
        }
        self.layers = {"global": GlobalNorm()} if global_norm else {}
        self.layers["mean"] = Snorm(kernel, learn=learn_mean, **same)
        self.layers["deviation"] = Dnorm(
            kernel, learn=learn, epsilon=epsilon, threshold=threshold, **same
        )

    def build(self, shape):
        return build(self.layers, shape, self.name + ".")[-1]

    def forward(self, x, ctx):
        return chain(self.layers, x, ctx.children)

    def cost(self, shape, out):
        return sum(layer.cost(shape, shape) for layer in self.layers.values())


class GlobalNorm(Layer):
    """Bring each whole image, all its maps together, to zero mean and unit deviation (EBLearn's
    global_norm).
    """

    def forward(self, x, ctx):
        xp, n = ctx.xp, x.size // x.shape[3]
        v = xp.subtract(x, x.mean((0, 1, 2), keepdims=True), out=ctx.empty(x.shape))
        deviation = xp.sqrt((v * v).mean((0, 1, 2), keepdims=True))
        deviation += deviation == 0  # a flat image stays at zero
        v /= deviation

        def backward(dy):
            dx = xp.subtract(dy, dy.mean((0, 1, 2), keepdims=True), out=ctx.empty(x.shape))
            dx -= v * ((dy * v).sum((0, 1, 2), keepdims=True) / n)
            dx /= deviation
            return dx

        return v, backward


def wstd(
    kernel=5,
    epsilon=1e-6,
    mirror=False,
    across_features=True,
    threshold=True,
    learn=False,
    learn_mean=False,
    gaussian_coeff=2.0,
    global_norm=False,
):
    """Make EBLearn's wstd, which is its cnorm: the quick layer if no option is used."""
    plain = across_features and threshold and gaussian_coeff == 2
    if plain and not (mirror or learn or learn_mean or global_norm):
        return Wstd(kernel, epsilon)
    return Cnorm(
        kernel,
        epsilon,
        mirror,
        across_features,
        threshold,
        learn,
        learn_mean,
        gaussian_coeff,
        global_norm,
    )
