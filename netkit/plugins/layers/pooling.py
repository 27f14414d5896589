"""Pooling: one number for each window of a map."""

from netkit.layer import Layer, pair


class Pool(Layer):
    """A layer that makes one number of each window of each map. Windows that do not fit whole are
    left out.
    """

    def __init__(self, kernel, stride=None):
        self.kernel = pair(kernel, "kernel")
        self.stride = pair(stride, "stride") if stride is not None else self.kernel

    def build(self, shape):
        self.fits(self.kernel, shape)
        return shape[0], *self.size(shape[1], shape[2])

    def size(self, height, width):
        """Return the output's height and width for an input's."""
        return tuple(
            (n - k) // s + 1
            for n, k, s in zip((height, width), self.kernel, self.stride, strict=True)
        )

    def empty(self, x, ctx):
        """Return an array for the output."""
        return ctx.empty((x.shape[0], *self.size(x.shape[1], x.shape[2]), x.shape[3]))

    def box(self, low, high):
        bounds = zip(low, high, self.kernel, self.stride, strict=True)
        low, high = zip(*[(a * s, (b - 1) * s + k) for a, b, k, s in bounds], strict=True)
        return low, high

    def cost(self, shape, out):
        return out[0] * out[1] * out[2] * self.kernel[0] * self.kernel[1]


class MaxPool(Pool):
    """Take the largest of each window; stride is the kernel if not given."""

    def primitive(self):
        return {"kind": "maxpool", "kernel": self.kernel, "stride": self.stride}

    def forward(self, x, ctx):
        y = ctx.ops.maxpool(x, self.kernel, self.stride, self.empty(x, ctx))

        def backward(dy):
            return ctx.ops.maxpool_back(x, y, dy, self.kernel, self.stride, ctx.empty(x.shape))

        return y, backward


class AvgPool(Pool):
    """Take the mean of each window; stride is the kernel if not given."""

    def primitive(self):
        scale = 1 / (self.kernel[0] * self.kernel[1])
        return {"kind": "sumpool", "kernel": self.kernel, "stride": self.stride, "scale": scale}

    def forward(self, x, ctx):
        y = ctx.ops.sumpool(x, self.kernel, self.stride, self.empty(x, ctx))
        part = 1 / (self.kernel[0] * self.kernel[1])
        y *= part

        def backward(dy):
            dx = ctx.ops.sumpool_back(dy, self.kernel, self.stride, ctx.empty(x.shape))
            dx *= part
            return dx

        return y, backward


class GlobalAvgPool(AvgPool):
    """Take the mean of each whole map: an average pooling as large as the input it was built
    for.
    """

    def __init__(self):
        super().__init__(1)

    def build(self, shape):
        self.kernel, self.stride = shape[1:], (1, 1)
        return super().build(shape)


class Subs(Pool):
    """Subsample as LeNet does: the sum of each window, times one trained coefficient a map, plus a
    bias.

    The coefficients start at 1/sqrt(window), as EBLearn's do. EBLearn's `subs` is this with
    bias=false.
    """

    def __init__(self, kernel, stride=None, bias=True):
        super().__init__(kernel, stride)
        self.bias = bias

    def build(self, shape):
        self.weight("c", (shape[0],), start=(self.kernel[0] * self.kernel[1]) ** -0.5)
        if self.bias:
            self.weight("b", (shape[0],))
        return super().build(shape)

    def primitive(self):
        return {
            "kind": "sumpool",
            "kernel": self.kernel,
            "stride": self.stride,
            "weights": ("c", "b"),
        }

    def forward(self, x, ctx):
        c = ctx.p.c[:, None, None, None]
        sums = ctx.ops.sumpool(x, self.kernel, self.stride, self.empty(x, ctx))
        y = ctx.xp.multiply(sums, c, out=ctx.empty(sums.shape))
        if self.bias:
            y += ctx.p.b[:, None, None, None]

        def backward(dy):
            scaled = ctx.xp.multiply(dy, sums, out=ctx.empty(dy.shape))
            ctx.g.c += scaled.sum((1, 2, 3))
            if self.bias:
                ctx.g.b += dy.sum((1, 2, 3))
            if not ctx.wants_dx:
                return None
            ctx.xp.multiply(dy, c, out=scaled)
            return ctx.ops.sumpool_back(scaled, self.kernel, self.stride, ctx.empty(x.shape))

        return y, backward
