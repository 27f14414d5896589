"""Jitter: small random shifts, turns and changes of size, in training only."""

from math import pi

from netkit.errors import NetkitError
from netkit.layer import Layer


class Jitter(Layer):
    """Show each training image moved by a random affine map, interpolated bilinearly, zeros outside.

    shift: up to so many pixels each way.  rotate: up to so many degrees.  scale, shear: up to so much each way
    (0.1: from 0.9 to 1.1). Each is drawn evenly, for each image at each step; outside training it does nothing.
    """

    def __init__(self, shift=0.0, rotate=0.0, scale=0.0, shear=0.0):
        for name, value, most in (
            ("shift", shift, 1e6),
            ("rotate", rotate, 180),
            ("scale", scale, 0.9),
            ("shear", shear, 10),
        ):
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
                raise NetkitError(f"jitter {name}={value}: give a number from 0 to {most:g}")
        self.shift, self.rotate, self.scale, self.shear = float(shift), rotate * pi / 180, float(scale), float(shear)

    def forward(self, x, run):
        if not run.training:
            return x, lambda dy: dy
        rows, columns = self.sources(x.shape, run)  # (H, W, N) each
        y, taps = bilinear(x, rows, columns, run)

        def backward(dy):
            dx = run.xp.zeros_like(x)
            flat = dx.reshape(x.shape[0], -1)
            for index, share in taps:
                run.ops.add_at(flat, index.reshape(-1), (dy * share).reshape(x.shape[0], -1))
            return dx

        return y, backward

    def sources(self, shape, run):
        """Return the row and the column in x that each pixel of the output comes from."""
        xp, (_, height, width, n) = run.xp, shape
        draw = (2 * run.uniform((6, n)) - 1).astype(run.dtype)
        angle, zoom, shear = self.rotate * draw[0], 1 + self.scale * draw[1:3], self.shear * draw[3]
        cos, sin = xp.cos(angle), xp.sin(angle)
        r = (xp.arange(height, dtype=run.dtype) - (height - 1) / 2)[:, None, None]
        c = (xp.arange(width, dtype=run.dtype) - (width - 1) / 2)[None, :, None]
        rows = (cos * r + (sin + shear) * c) / zoom[0] + ((height - 1) / 2 + self.shift * draw[4])
        columns = (cos * c - sin * r) / zoom[1] + ((width - 1) / 2 + self.shift * draw[5])
        return rows, columns


def bilinear(x, rows, columns, run):
    """Return x (C, H, W, N) read at places (H, W, N) between its pixels, and the (flat index, share) of each read."""
    xp, (maps, height, width, n) = run.xp, x.shape
    top, left = xp.floor(rows), xp.floor(columns)
    down, right = rows - top, columns - left
    samples, flat = xp.arange(n), x.reshape(maps, -1)
    y, taps = run.empty((maps, *rows.shape)), []
    y.fill(0)
    for i, share_i in ((top, 1 - down), (top + 1, down)):
        for j, share_j in ((left, 1 - right), (left + 1, right)):
            inside = (i >= 0) & (i < height) & (j >= 0) & (j < width)
            at = xp.clip(i, 0, height - 1) * width + xp.clip(j, 0, width - 1)
            index = at.astype(xp.int64) * n + samples
            taps.append((index, share_i * share_j * inside))
            y += flat[:, index] * taps[-1][1]
    return y, taps
