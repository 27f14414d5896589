"""Resize: maps made larger or smaller, by a fixed ratio."""

from netkit.errors import NetkitError
from netkit.layer import Layer, pair


class Resize(Layer):
    """Resize each map by `ratio`, a number or [height, width]; or to `size` [height, width].

    mode: nearest; bilinear reads between pixels whose centres keep their places
    (align_corners=False elsewhere); mean averages all that a new pixel covers, the best for making
    maps smaller.  A size is turned into the ratio that it is of the input that the net was built
    for, so that larger images work in detection.
    """

    def __init__(self, ratio=None, size=None, mode="bilinear"):
        if (ratio is None) == (size is None):
            raise NetkitError(f"resize: ratio={ratio} size={size}: give one of the two")
        if mode not in WEIGHTS:
            raise NetkitError(f"resize mode={mode}: there are {', '.join(WEIGHTS)}")
        self.ratio, self.size, self.mode = ratio, size and pair(size, "size"), mode
        if ratio is not None:
            self.ratio = tuple(ratio) if isinstance(ratio, (list, tuple)) else (ratio, ratio)
            plain = all(
                isinstance(r, (int, float)) and not isinstance(r, bool) and r > 0
                for r in self.ratio
            )
            if len(self.ratio) != 2 or not plain:
                raise NetkitError(
                    f"resize ratio={ratio}: give a number above 0, or two as [height, width]"
                )

    def build(self, shape):
        if self.size:
            self.ratio = tuple(to / have for to, have in zip(self.size, shape[1:], strict=True))
        self.built, self.ends = shape[1:], self.sizes(shape[1:])
        return shape[0], *self.ends

    def sizes(self, sizes):
        """Return the output's height and width for an input's."""
        return tuple(max(1, round(n * r)) for n, r in zip(sizes, self.ratio, strict=True))

    def forward(self, x, ctx):
        maps, height, width, n = x.shape
        h, w = self.sizes((height, width))
        down, across = self.shares(height, h, ctx), self.shares(width, w, ctx)
        rows = ctx.xp.matmul(
            down, x.reshape(maps, height, width * n), out=ctx.empty((maps, h, width * n))
        )
        rows = rows.reshape(maps, h, width, n)
        y = ctx.xp.matmul(across, rows, out=ctx.empty((maps, h, w, n)))

        def backward(dy):
            drows = ctx.xp.matmul(across.T, dy, out=ctx.empty(rows.shape)).reshape(
                maps, h, width * n
            )
            return ctx.xp.matmul(down.T, drows, out=ctx.empty((maps, height, width * n))).reshape(
                x.shape
            )

        return y, backward

    def shares(self, have, want, ctx):
        """Return the share of each old place in each new one, (want, have)."""
        return WEIGHTS[self.mode](ctx.xp, have, want).astype(ctx.dtype)

    def box(self, low, high):
        reach = 1 if self.mode == "bilinear" else 0.5 if self.mode == "nearest" else 0
        low = tuple((a + (reach and 0.5)) / r - reach for a, r in zip(low, self.ratio, strict=True))
        high = tuple(
            (b - (reach and 0.5)) / r + reach for b, r in zip(high, self.ratio, strict=True)
        )
        return low, high


def places(xp, have, want):
    """Return where between the old places the new ones lie: (want,)."""
    at = (xp.arange(want, dtype="float64") + 0.5) * (have / want) - 0.5
    return xp.clip(at, 0, have - 1)


def bilinear(xp, have, want):
    away = xp.absolute(places(xp, have, want)[:, None] - xp.arange(have))
    return xp.maximum(1 - away, 0)


def nearest(xp, have, want):
    at = xp.floor((xp.arange(want, dtype="float64") + 0.5) * (have / want))
    return 1.0 * (at[:, None] == xp.arange(have))


def mean(xp, have, want):
    first = xp.arange(want, dtype="float64")[:, None] * (have / want)
    covered = xp.minimum(first + have / want, xp.arange(1, have + 1)) - xp.maximum(
        first, xp.arange(have)
    )
    return xp.maximum(covered, 0) * (want / have)


WEIGHTS = {"nearest": nearest, "bilinear": bilinear, "mean": mean}
