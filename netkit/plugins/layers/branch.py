"""Branch: several paths over the same maps, joined: a multi-scale network, say."""

from functools import partial

from netkit.errors import NetkitError
from netkit.layer import Layer
from netkit.net import build


class Branch(Layer):
    """Give x to each of the inner layers, and join what they make of it: several scales, several
    kernels.

    join: concat puts maps of one size one behind the other.  sum adds them.  flat puts all numbers
    of each path into one long vector, for a classifier that sees several scales (EBLearn's mflat
    merge; Sermanet & LeCun 2011). An inner layer is one path: a `chain` if it has several steps, an
    empty one to pass x on as it is.

    Over an image larger than the one it was built for, flat takes at each place the windows that
    the paths had there: paths that subsample less take larger steps, so that all of them answer for
    the same pixels.
    """

    def __init__(self, layers, join="concat"):
        self.layers, self.join = layers, join
        if not layers:
            raise NetkitError("branch: there are no layers in it: give at least one path")
        if join not in ("concat", "sum", "flat"):
            raise NetkitError(f"join={join}: there are concat, sum, flat")

    def build(self, shape):
        ends = [
            build({name: layer}, shape, self.name + ".")[0] for name, layer in self.layers.items()
        ]
        self.ends = ends
        like = 0 if self.join == "sum" else 1  # from which dimension on the paths must agree
        if self.join != "flat" and len({end[like:] for end in ends}) > 1:
            said = ", ".join(f"{name} {end}" for name, end in zip(self.layers, ends, strict=True))
            raise NetkitError(
                f"{self.name}: join={self.join} needs paths of one size: {said}; join=flat takes any"
            )
        self.windows = [end[1:] if self.join == "flat" else (1, 1) for end in ends]
        self.strides = self.common_steps(ends)
        if self.join == "flat":
            return sum(c * h * w for c, h, w in ends), 1, 1
        return ends[0] if self.join == "sum" else (sum(end[0] for end in ends), *ends[0][1:])

    def common_steps(self, ends):
        """Return the stride of each path that makes all of them step over the same number of
        pixels.
        """
        steps = [step(layer) for layer in self.layers.values()]
        most = [max(s[axis] for s in steps) for axis in (0, 1)]
        strides = [tuple(m / s for m, s in zip(most, each, strict=True)) for each in steps]
        whole = all(
            abs(s - round(s)) < 1e-6 for pair in strides for s in pair
        )  # a resize's steps are fractions
        strides = [tuple(round(s) for s in pair) for pair in strides] if whole else strides
        one = self.join == "flat" or ends[0][1:] == (1, 1)
        if not whole or (not one and any(pair != (1, 1) for pair in strides)):
            said = ", ".join(
                f"{name} {s[0]}x{s[1]}" for name, s in zip(self.layers, steps, strict=True)
            )
            raise NetkitError(
                f"{self.name}: the paths step over different numbers of pixels: {said}: "
                "subsample them alike, or by whole multiples with join=flat"
            )
        return strides

    def forward(self, x, ctx):
        paths = zip(self.layers.values(), ctx.children, strict=True)
        ends, backs = zip(*[layer.forward(x, child) for layer, child in paths], strict=True)
        parts = [self.taken(y, k, ctx) for k, y in enumerate(ends)]
        h, w = (min(part.shape[axis] for part, _ in parts) for axis in (1, 2))
        y, places = self.joined([part[:, :h, :w] for part, _ in parts], ctx)

        def backward(dy):
            total = None
            for (part, give), back, place in zip(parts, backs, places, strict=True):
                wide = ctx.empty(part.shape)
                wide.fill(0)
                wide[:, :h, :w] = dy[place]
                dx = back(give(wide))
                if ctx.wants_dx:
                    total = dx if total is None else ctx.xp.add(total, dx, out=ctx.empty(x.shape))
            return total

        return y, backward

    def taken(self, y, k, ctx):
        """Return path k's windows as maps (C, h, w, N) on the common steps, and the way back."""
        (kh, kw), stride = self.windows[k], self.strides[k]
        if (kh, kw) == stride == (1, 1):
            return y, lambda d: d
        c, height, width, n = y.shape
        h, w = (
            (size - win) // s + 1
            for size, win, s in zip((height, width), (kh, kw), stride, strict=True)
        )
        windows = ctx.ops.windows(y, (kh, kw), stride, ctx.empty((c, kh, kw, h, w, n)))

        def give(d):
            return ctx.ops.unwindow(d.reshape(windows.shape), stride, ctx.empty(y.shape))

        return windows.reshape(-1, h, w, n), give

    def joined(self, parts, ctx):
        """Return the parts joined, and the place of each in the result."""
        _, h, w, n = parts[0].shape
        if self.join == "sum":
            y = ctx.empty(parts[0].shape)
            y[...] = parts[0]
            for part in parts[1:]:
                y += part
            return y, [slice(None)] * len(parts)
        ends, at = [], 0
        for part in parts:
            ends.append(slice(at, at + part.shape[0]))
            at += part.shape[0]
        y = ctx.empty((at, h, w, n))
        for place, part in zip(ends, parts, strict=True):
            y[place] = part
        return y, ends

    def cost(self, shape, out):
        return sum(
            layer.cost(shape, end)
            for layer, end in zip(self.layers.values(), self.ends, strict=True)
        )

    def box(self, low, high):
        boxes = []
        for layer, window, stride in zip(
            self.layers.values(), self.windows, self.strides, strict=True
        ):
            first = tuple(a * s for a, s in zip(low, stride, strict=True))
            last = tuple((b - 1) * s + k for b, s, k in zip(high, stride, window, strict=True))
            boxes.append(layer.box(first, last))
        lows, highs = zip(*boxes, strict=True)  # the pixels of all paths together
        return tuple(map(min, zip(*lows, strict=True))), tuple(map(max, zip(*highs, strict=True)))


merge = partial(Branch, join="flat")  # what EBLearn's ms and flat or mflat merge do


def step(layer):
    """Return how many pixels (down, right) lie between neighbouring cells of a layer's output."""
    (here, _), (there, _) = layer.box((0, 0), (1, 1)), layer.box((1, 1), (2, 2))
    return tuple(b - a for a, b in zip(here, there, strict=True))
