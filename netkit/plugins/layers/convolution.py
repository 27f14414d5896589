"""Convolutions: correlation with trained kernels, over part of the image or all of it."""

from netkit.layer import Layer, count, pair
from netkit.plugins.layers.tables import pairs


class Conv(Layer):
    """Correlate with `out` kernels and add a bias: y[o] = b[o] + sum over i of x[i] correlated with
    W[o, i].

    out: maps.  kernel, stride, pad (zeros around): a number, or [height, width]. table: for each
    output map, the list of the input maps that it sees (LeCun 1998, table 1); all if not given. Or
    a .mat or .yaml file of it; or {fan_in: 4, seed: 0}, drawn at random; or {pairs: [[input,
    output], ...]}. Then W holds one kernel a pair, in the order of the table.
    """

    def __init__(self, out, kernel, stride=1, pad=0, bias=True, table=None):
        self.out, self.bias, self.table = count(out, "out"), bias, table
        self.kernel, self.stride, self.pad = (
            pair(kernel, "kernel"),
            pair(stride, "stride"),
            pair(pad, "pad", 0),
        )

    def build(self, shape):
        maps, (kh, kw), (ph, pw) = shape[0], self.kernel, self.pad
        self.fits(self.kernel, (maps, shape[1] + 2 * ph, shape[2] + 2 * pw))
        self.maps = maps
        self.pairs = pairs(self.table, maps, self.out, self.name) if self.table else None
        if self.pairs:
            fan_in = len(self.pairs[0]) / self.out * kh * kw
            self.weight("W", (len(self.pairs[0]), kh * kw), fan_in=fan_in)
        else:
            self.weight("W", (self.out, maps * kh * kw), fan_in=maps * kh * kw)
        if self.bias:
            self.weight("b", (self.out,))
        return self.out, *self.size(shape[1], shape[2])

    def primitive(self):
        if self.kernel[0] * self.kernel[1] > 4096:  # MOST of native.c
            return None
        return {
            "kind": "conv",
            "out": self.out,
            "kernel": self.kernel,
            "stride": self.stride,
            "pad": self.pad,
            "pairs": self.pairs,
            "weights": ("W", "b"),
        }

    def size(self, height, width):
        """Return the output's height and width for an input's."""
        (kh, kw), (sh, sw), (ph, pw) = self.kernel, self.stride, self.pad
        return (height + 2 * ph - kh) // sh + 1, (width + 2 * pw - kw) // sw + 1

    def forward(self, x, ctx):
        n = x.shape[3]
        h, w = self.size(x.shape[1], x.shape[2])
        padded = pad_zeros(x, self.pad, ctx)
        cols = self.columns(padded, h, w, ctx)  # (C*kh*kw, h*w*N)
        kernels = self.kernels(ctx.p.W, ctx)  # (out, C*kh*kw)
        y = ctx.ops.matmul(kernels, cols, ctx.empty((self.out, h * w * n)))
        if self.bias:
            y += ctx.p.b[:, None]

        def backward(dy):
            dy = dy.reshape(self.out, -1)
            self.add_gradient(dy, cols, ctx)
            if not ctx.wants_dx:
                return None
            dcols = ctx.ops.matmul(kernels.T, dy, ctx.empty(cols.shape))
            return self.unwindow(dcols, x.shape, h, w, ctx)

        return y.reshape(self.out, h, w, n), backward

    def columns(self, x, h, w, ctx):
        """Return the windows of x, one a column; x itself where they are the same numbers."""
        maps, height, width, n = x.shape
        if (height, width) == self.kernel or (self.kernel == (1, 1) and self.stride == (1, 1)):
            return x.reshape(-1, h * w * n)
        cols = ctx.ops.windows(
            x, self.kernel, self.stride, ctx.empty((maps, *self.kernel, h, w, n))
        )
        return cols.reshape(-1, h * w * n)

    def unwindow(self, dcols, shape, h, w, ctx):
        """Return the gradient at x (C, H, W, N) of that of its windows."""
        maps, height, width, n = shape
        ph, pw = self.pad
        padded = (maps, height + 2 * ph, width + 2 * pw, n)
        if padded[1:3] == self.kernel or (self.kernel == (1, 1) and self.stride == (1, 1)):
            dx = dcols.reshape(padded)
        else:
            dcols = dcols.reshape(maps, *self.kernel, h, w, n)
            dx = ctx.ops.unwindow(dcols, self.stride, ctx.empty(padded))
        return dx[:, ph : ph + height, pw : pw + width]

    def kernels(self, W, ctx):
        """Return the kernels as (out, C*kh*kw), with zeros where the table has no pair."""
        if not self.pairs:
            return W
        full = ctx.empty((self.out, self.maps, W.shape[1]))
        full.fill(0)
        full[self.pairs] = W
        return full.reshape(self.out, -1)

    def add_gradient(self, dy, cols, ctx):
        if self.pairs:
            full = ctx.empty((self.out, cols.shape[0]))
            full.fill(0)
            ctx.ops.add_outer(dy, cols, full, ctx.empty(full.shape))
            ctx.g.W += full.reshape(self.out, self.maps, -1)[self.pairs]
        else:
            ctx.ops.add_outer(dy, cols, ctx.g.W, ctx.empty(ctx.g.W.shape))
        if self.bias:
            ctx.g.b += dy.sum(1)

    def box(self, low, high):
        bounds = zip(low, high, self.kernel, self.stride, self.pad, strict=True)
        low, high = zip(
            *[(a * s - p, (b - 1) * s + k - p) for a, b, k, s, p in bounds], strict=True
        )
        return low, high

    def cost(self, shape, out):
        kernels = len(self.pairs[0]) if self.pairs else self.out * self.maps
        return kernels * self.kernel[0] * self.kernel[1] * out[1] * out[2]


class Linear(Conv):
    """Multiply all of the input by a matrix and add a bias: a convolution whose kernel is as large
    as its input.

    So every net is convolutional: over a larger image it gives an answer at each place (EBLearn's
    linear_replicable).
    """

    def __init__(self, out, bias=True):
        super().__init__(out, kernel=1, bias=bias)

    def build(self, shape):
        self.kernel = shape[1:]
        return super().build(shape)


def pad_zeros(x, pad, ctx):
    """Return x (C, H, W, N) with pad = (height, width) zeros on each side; x itself if there are
    none.
    """
    ph, pw = pad
    if not (ph or pw):
        return x
    maps, height, width, n = x.shape
    y = ctx.empty((maps, height + 2 * ph, width + 2 * pw, n))
    y.fill(0)
    y[:, ph : ph + height, pw : pw + width] = x
    return y
