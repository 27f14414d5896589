"""Padding and cutting: zeros or a mirror image around the maps, a part of them."""

from netkit.errors import NetkitError
from netkit.layer import Layer, count, pair


class Zpad(Layer):
    """Put zeros around each map.

    pad: how many on every side, or [height, width], or [top, left, bottom, right] (EBLearn's dims).
    Or kernel: kernel // 2 at the top and left, (kernel - 1) // 2 at the bottom and right, which
    keep a convolution's size.
    """

    def __init__(self, pad=None, kernel=None):
        self.sides = sides(type(self).__name__.lower(), pad, kernel)

    def build(self, shape):
        top, left, bottom, right = self.sides
        return shape[0], shape[1] + top + bottom, shape[2] + left + right

    def primitive(self):
        top, left, bottom, right = self.sides
        return {"kind": "pad", "pad": (top, left)} if (top, left) == (bottom, right) else None

    def forward(self, x, ctx):
        y, inside = framed(x, self.sides, ctx)
        return y, lambda dy: dy[inside]

    def box(self, low, high):
        return tuple(a - p for a, p in zip(low, self.sides[:2], strict=True)), tuple(
            b - p for b, p in zip(high, self.sides[:2], strict=True)
        )


class Mpad(Zpad):
    """Put a mirror image of each map around it; the outermost pixel is the mirror and not repeated.

    pad or kernel, as in zpad.
    """

    def build(self, shape):
        for pad, size, side in zip(
            self.sides, shape[1:] * 2, ("top", "left", "bottom", "right"), strict=True
        ):
            if pad >= size:
                raise NetkitError(
                    f"{self.name}: {pad} pixels at the {side} do not fit a mirror of {size}: pad less"
                )
        return super().build(shape)

    def primitive(self):
        return None

    def forward(self, x, ctx):
        return mirrored(x, self.sides, ctx)


class Narrow(Layer):
    """Keep `size` of the maps (dim 0), rows (dim 1) or columns (dim 2), from `offset` on.

    Of rows and columns it cuts a border: over a larger image, detection cuts as much from the
    sides.
    """

    def __init__(self, dim, size, offset=0):
        self.dim, self.size, self.offset = (
            count(dim, "dim", 0),
            count(size, "size"),
            count(offset, "offset", 0),
        )
        if self.dim > 2:
            raise NetkitError(f"dim={dim}: 0 are the maps, 1 the rows, 2 the columns")

    def build(self, shape):
        self.after = shape[self.dim] - self.offset - self.size
        if self.after < 0:
            raise NetkitError(
                f"{self.name}: {self.size} from {self.offset} do not fit into dim {self.dim} of its input {shape}: "
                f"make them fit {shape[self.dim]}"
            )
        return tuple(self.size if dim == self.dim else n for dim, n in enumerate(shape))

    def forward(self, x, ctx):
        kept = (slice(None),) * self.dim + (slice(self.offset, x.shape[self.dim] - self.after),)

        def backward(dy):
            dx = ctx.empty(x.shape)
            dx.fill(0)
            dx[kept] = dy
            return dx

        return x[kept], backward

    def box(self, low, high):
        cut = [self.offset if self.dim == dim else 0 for dim in (1, 2)]
        return tuple(a + c for a, c in zip(low, cut, strict=True)), tuple(
            b + c for b, c in zip(high, cut, strict=True)
        )


def sides(name, pad, kernel):
    """Return the padding as (top, left, bottom, right), of the two ways to give it."""
    if (pad is None) == (kernel is None):
        raise NetkitError(f"{name}: pad={pad} kernel={kernel}: give one of the two")
    if kernel is not None:
        kh, kw = pair(kernel, "kernel")
        return kh // 2, kw // 2, (kh - 1) // 2, (kw - 1) // 2
    if isinstance(pad, (list, tuple)) and len(pad) == 4:
        return tuple(count(p, "pad", 0) for p in pad)
    return pair(pad, "pad", 0) * 2


def framed(x, around, ctx):
    """Return x (C, H, W, N) with zeros around = (top, left, bottom, right), and the index of x in
    it.
    """
    (maps, height, width, n), (top, left, bottom, right) = x.shape, around
    inside = slice(None), slice(top, top + height), slice(left, left + width)
    if not any(around):
        return x, inside
    y = ctx.empty((maps, height + top + bottom, width + left + right, n))
    y.fill(0)
    y[inside] = x
    return y, inside


def mirrored(x, around, ctx):
    """Return x with its mirror image around = (top, left, bottom, right), and backward(dy) ->
    dx.
    """
    (_, height, width, _), (top, left, bottom, right) = x.shape, around
    y, inside = framed(x, around, ctx)
    rows, columns = reflections(top, bottom, height), reflections(left, right, width)
    for outer, inner in rows:
        y[:, outer] = y[:, inner]
    for outer, inner in columns:
        y[:, :, outer] = y[:, :, inner]

    def backward(dy):
        if not any(around):
            return dy
        dx = ctx.empty(dy.shape)
        dx[...] = dy
        for outer, inner in columns:
            dx[:, :, inner] += dx[:, :, outer]
        for outer, inner in rows:
            dx[:, inner] += dx[:, outer]
        return dx[inside]

    return y, backward


def reflections(before, after, size):
    """Return pairs (place outside, place whose mirror image it is) along a padded axis."""
    first, last = before, before + size - 1
    return [(first - k, first + k) for k in range(1, before + 1)] + [
        (last + k, last - k) for k in range(1, after + 1)
    ]
