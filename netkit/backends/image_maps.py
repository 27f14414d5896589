"""ImageMaps: primitives that do something else to each image of a batch, for augmentation."""

from typing import Any

from netkit.checks import Checked
from netkit.types import Array


class ImageMaps(Checked):
    """The part of a backend that moves, cuts and recolours images, each in its own way.

    Arrays are images last, (C, H, W, N); what is asked for each image ends with N. Here in plain
    array code: the reference that a faster backend is tested against.
    """

    xp: Any = None

    def add_at(self, out: Array, index: Array, values: Array) -> None:
        """Add values (C, p) to out (C, q) at the columns `index` (p,), which may repeat."""
        self.xp.add.at(out, (slice(None), index), values)

    def pick(self, x: Array, rows: Array, columns: Array, out: Array) -> Array:
        """Write into `out` (C, h, w, N) what stands in x (C, H, W, N) at the places of each image.

        rows (h, N), columns (w, N): int32; -1 for none, where a zero is written.
        """
        index, inside = self.places(x.shape, rows, columns)
        out[...] = x.reshape(x.shape[0], -1)[:, index]
        out *= inside
        return out

    def unpick(self, dy: Array, rows: Array, columns: Array, out: Array) -> Array:
        """Write into `out` (C, H, W, N) the gradient at x of `pick`, for dy (C, h, w, N)."""
        index, inside = self.places(out.shape, rows, columns)
        out.fill(0)
        flat, shares = out.reshape(out.shape[0], -1), (dy * inside).reshape(dy.shape[0], -1)
        self.add_at(flat, index.reshape(-1), shares)
        return out

    def places(self, shape: tuple[int, ...], rows: Array, columns: Array) -> tuple[Array, Array]:
        """Return where in a flat map of `shape` each pixel is, (h, w, N), and which are in it."""
        xp, width, n = self.xp, shape[2], shape[3]
        inside = (rows >= 0)[:, None] & (columns >= 0)
        at = rows.astype(xp.int64)[:, None] * width + columns
        return xp.where(inside, at, 0) * n + xp.arange(n), inside

    def cut(self, x: Array, box: Array, out: Array) -> Array:
        """Write x (C, H, W, N) into `out`, with zeros in a box of each image.

        box (4, N): int32; its first row, the row after its last, and the same of columns.
        """
        _, height, width, _ = x.shape
        top, bottom, left, right = box
        r, c = self.xp.arange(height)[:, None], self.xp.arange(width)[:, None]
        rows, columns = (r >= top) & (r < bottom), (c >= left) & (c < right)
        return self.xp.multiply(x, ~(rows[:, None] & columns), out=out)

    def recolour(
        self, x: Array, mix: Array, move: Array, low: float, high: float, out: Array
    ) -> Array:
        """Write each pixel's channels mixed anew into `out` (C, H, W, N), cut to low..high.

        Channel i of image n is the sum of mix[i, j, n] times channel j, and move[n]; mix (C, C, N),
        move (N,).
        """
        for i in range(len(x)):
            out[i] = (mix[i][:, None, None] * x).sum(0) + move
        return self.xp.clip(out, low, high, out=out)

    def blur(self, x: Array, taps: Array, axis: int, out: Array, back: bool = False) -> Array:
        """Write x (C, H, W, N) into `out`, weighted along its rows (axis 1) or columns (axis 2).

        taps (2r + 1, N): the weights of the r pixels before, of each one itself, and of the r
        behind; the outermost pixels go on beyond the sides.  back: x is the gradient there, and
        what is written the one at the input.
        """
        xp, length, reach = self.xp, x.shape[axis], len(taps) // 2
        out.fill(0)
        for k, weights in enumerate(taps):
            if not back:
                places = xp.clip(xp.arange(length) + k - reach, 0, length - 1)
                out += weights * xp.take(x, places, axis=axis)
                continue
            for i in range(length):  # several of them may be one
                j = min(max(i + k - reach, 0), length - 1)
                out[at(axis, j)] += weights * x[at(axis, i)]
        return out


def at(axis: int, k: int) -> tuple[Any, ...]:
    """Return the index of row k (axis 1) or column k (axis 2) of maps."""
    return (slice(None),) * axis + (k,)
