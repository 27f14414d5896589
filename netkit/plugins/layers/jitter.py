"""Jitter: small random shifts, turns, changes of size and elastic bends, in training only."""

from math import exp, pi

from netkit.errors import NetkitError
from netkit.layer import Layer
from netkit.plugins.layers.blur import blur_axis


class Jitter(Layer):
    """Show each training image moved by a random affine map, interpolated bilinearly, zeros
    outside.

    shift: up to so many pixels each way, or [down, across].  rotate: up to so many degrees.  scale,
    shear: up to so much each way (0.1: from 0.9 to 1.1). Each is drawn evenly, for each image at
    each step. elastic: bend the image, each pixel by about so many pixels each way, its neighbours
    within `smooth` pixels alike (Simard, Steinkraus & Platt 2003).  Outside training it does
    nothing.
    """

    def __init__(self, shift=0.0, rotate=0.0, scale=0.0, shear=0.0, elastic=0.0, smooth=4.0):
        down, across = (
            shift if isinstance(shift, (list, tuple)) and len(shift) == 2 else (shift, shift)
        )
        checked = {
            "shift": (down, 0, 1e6),
            "shift ": (across, 0, 1e6),
            "rotate": (rotate, 0, 180),
            "scale": (scale, 0, 0.9),
            "shear": (shear, 0, 10),
            "elastic": (elastic, 0, 1e6),
            "smooth": (smooth, 0.5, 100),
        }
        for name, (value, least, most) in checked.items():
            if (
                isinstance(value, bool)
                or not isinstance(value, (int, float))
                or not least <= value <= most
            ):
                raise NetkitError(
                    f"jitter {name.strip()}={value}: give a number from {least} to {most:g}"
                )
        self.shift, self.rotate = (float(down), float(across)), rotate * pi / 180
        self.scale, self.shear, self.elastic, self.smooth = (
            float(scale),
            float(shear),
            float(elastic),
            float(smooth),
        )

    def forward(self, x, ctx):
        if not ctx.training:
            return x, lambda dy: dy
        draw = self.draw(x.shape, ctx)
        places = self.places(draw, x.shape, ctx)
        if not (self.elastic or ctx.wants_dx):
            y = ctx.empty(x.shape)
            if ctx.ops.affine(x, places, y):
                return y, lambda dy: None
        rows, columns = self.sources(places, draw, x.shape, ctx)  # (H, W, N) each
        y, taps = bilinear(x, rows, columns, ctx)

        def backward(dy):
            dx = ctx.xp.zeros_like(x)
            flat = dx.reshape(x.shape[0], -1)
            for index, share in taps:
                ctx.ops.add_at(flat, index.reshape(-1), (dy * share).reshape(x.shape[0], -1))
            return dx

        return y, backward

    def draw(self, shape, ctx):
        """Return random numbers in ±1 for each image: six for the map, two a pixel for the
        bends.
        """
        bends = 2 * shape[1] * shape[2] if self.elastic else 0
        return (2 * ctx.uniform((6 + bends, shape[3])) - 1).astype(ctx.dtype)

    def places(self, draw, shape, ctx):
        """Return each image's affine map, (6, N): pixel (r, c) comes from row m0 r + m1 c + m2,
        column m3 r + ...
        """
        xp, middle, centre = ctx.xp, (shape[1] - 1) / 2, (shape[2] - 1) / 2
        angle, zoom, shear = self.rotate * draw[0], 1 + self.scale * draw[1:3], self.shear * draw[3]
        cos, sin = xp.cos(angle), xp.sin(angle)
        rows = cos / zoom[0], (sin + shear) / zoom[0]
        columns = -sin / zoom[1], cos / zoom[1]
        down = middle + self.shift[0] * draw[4] - rows[0] * middle - rows[1] * centre
        across = centre + self.shift[1] * draw[5] - columns[0] * middle - columns[1] * centre
        return xp.stack([*rows, down, *columns, across])

    def sources(self, m, draw, shape, ctx):
        """Return the row and the column in x that each pixel of the output comes from."""
        xp, (_, height, width, n) = ctx.xp, shape
        r = xp.arange(height, dtype=ctx.dtype)[:, None, None]
        c = xp.arange(width, dtype=ctx.dtype)[None, :, None]
        rows, columns = m[0] * r + m[1] * c + m[2], m[3] * r + m[4] * c + m[5]
        if self.elastic:
            down, across = self.bend(draw[6:].reshape(2, height, width, n), ctx)
            rows, columns = rows + down, columns + across
        return rows, columns

    def bend(self, noise, ctx):
        """Return smooth random displacements (2, H, W, N) of about `elastic` pixels, made of even
        noise in ±1.
        """
        reach = int(3 * self.smooth)
        taps = [exp(-0.5 * (d / self.smooth) ** 2) for d in range(-reach, reach + 1)]
        gain = (
            self.elastic * 3**0.5 / sum(t * t for t in taps)
        )  # so that the standard deviation is `elastic`
        return blur_axis(blur_axis(noise, taps, 1, False, ctx), taps, 2, False, ctx) * gain


def bilinear(x, rows, columns, ctx):
    """Return x (C, H, W, N) read at places (H, W, N) between its pixels, and the (flat index,
    share) of each read.
    """
    xp, (maps, height, width, n) = ctx.xp, x.shape
    top, left = xp.floor(rows), xp.floor(columns)
    down, right = rows - top, columns - left
    samples, flat = xp.arange(n), x.reshape(maps, -1)
    y, taps = ctx.empty((maps, *rows.shape)), []
    y.fill(0)
    for i, share_i in ((top, 1 - down), (top + 1, down)):
        for j, share_j in ((left, 1 - right), (left + 1, right)):
            inside = (i >= 0) & (i < height) & (j >= 0) & (j < width)
            at = xp.clip(i, 0, height - 1) * width + xp.clip(j, 0, width - 1)
            index = at.astype(xp.int64) * n + samples
            taps.append((index, share_i * share_j * inside))
            y += flat[:, index] * taps[-1][1]
    return y, taps
