"""Random shifts, turns, changes of size and elastic bends of training images: jitter."""

from math import exp, pi
from typing import TYPE_CHECKING, Annotated, Any

from netkit.checks import Bound, Twice
from netkit.plugins.augmentation.augmentation import Augmentation
from netkit.plugins.layers.blur import blur
from netkit.types import Array, Backward, Shape

if TYPE_CHECKING:
    from netkit.context import Context

PIXELS = Bound(least=0, most=1e6)


class Jitter(Augmentation):
    """Show each training image moved by a random affine map, read bilinearly, zeros outside.

    shift: up to so many pixels each way, or [down, across].  rotate: up to so many degrees.  scale,
    shear: up to so much each way (0.1: from 0.9 to 1.1). Each is drawn evenly, for each image at
    each step. elastic: bend the image, each pixel by about so many pixels each way, its neighbours
    within `smooth` pixels alike (Simard, Steinkraus & Platt 2003).  Outside training it does
    nothing.
    """

    def __init__(
        self,
        shift: Annotated[tuple[float, float], Twice(PIXELS)] = (0.0, 0.0),
        rotate: Annotated[float, Bound(least=0, most=180)] = 0.0,
        scale: Annotated[float, Bound(least=0, most=0.9)] = 0.0,
        shear: Annotated[float, Bound(least=0, most=10)] = 0.0,
        elastic: Annotated[float, PIXELS] = 0.0,
        smooth: Annotated[float, Bound(least=0.5, most=100)] = 4.0,
    ) -> None:
        self.shift = shift
        self.rotate = rotate * pi / 180
        self.scale = scale
        self.shear = shear
        self.elastic = elastic
        self.smooth = smooth

    @property
    def keeps_boxes(self) -> bool:  # type: ignore[override]
        return not self.elastic

    def primitive(self) -> dict[str, Any] | None:
        ranges = (self.rotate, self.scale, self.shear, *self.shift)
        return None if self.elastic else {"kind": "jitter", "constants": ranges}

    def augment(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        draw = self.draw(x.shape, ctx)
        places = self.places(draw, x.shape, ctx)
        ctx.moved(places)
        rows, columns = self.sources(places, draw, x.shape, ctx)  # (H, W, N) each
        y, taps = bilinear(x, rows, columns, ctx)

        def backward(dy: Array) -> Array:
            dx = ctx.xp.zeros_like(x)
            flat = dx.reshape(x.shape[0], -1)
            for index, share in taps:
                ctx.ops.add_at(flat, index.reshape(-1), (dy * share).reshape(x.shape[0], -1))
            return dx

        return y, backward

    def draw(self, shape: Shape, ctx: "Context") -> Array:
        """Return numbers in ±1, (6 + 2HW, N): six for the map, two a pixel for bends if any."""
        bends = 2 * shape[1] * shape[2] if self.elastic else 0
        return (2 * ctx.uniform_by_image(6 + bends, shape[3]) - 1).astype(ctx.dtype)

    def places(self, draw: Array, shape: Shape, ctx: "Context") -> Array:
        """Return each image's affine map m, (6, N).

        Pixel (r, c) comes from row m0 r + m1 c + m2, column m3 r + m4 c + m5.
        """
        xp, middle, centre = ctx.xp, (shape[1] - 1) / 2, (shape[2] - 1) / 2
        angle, zoom, shear = self.rotate * draw[0], 1 + self.scale * draw[1:3], self.shear * draw[3]
        m = xp.empty((2, 3, shape[3]), draw.dtype)  # of rows and of columns
        m[0, 0] = m[1, 1] = xp.cos(angle)
        m[0, 1] = xp.sin(angle)
        xp.negative(m[0, 1], out=m[1, 0])
        m[0, 1] += shear
        m[:, :2] /= zoom[:, None]
        half, shift = xp.asarray([[middle, centre], self.shift], draw.dtype)[..., None]
        m[:, 2] = half + shift * draw[4:6] - m[:, 0] * middle - m[:, 1] * centre
        return m.reshape(6, -1)

    def sources(self, m: Array, draw: Array, shape: Shape, ctx: "Context") -> tuple[Array, Array]:
        """Return the row and the column in x that each pixel comes from, (H, W, N) each."""
        xp, (_, height, width, n) = ctx.xp, shape
        r = xp.arange(height, dtype=ctx.dtype)[:, None, None]
        c = xp.arange(width, dtype=ctx.dtype)[None, :, None]
        rows, columns = m[0] * r + m[1] * c + m[2], m[3] * r + m[4] * c + m[5]
        if self.elastic:
            down, across = self.bend(draw[6:].reshape(2, height, width, n), ctx)
            rows, columns = rows + down, columns + across
        return rows, columns

    def bend(self, noise: Array, ctx: "Context") -> Array:
        """Return smooth displacements of about `elastic` pixels, of noise in ±1 (2, H, W, N)."""
        reach = int(3 * self.smooth)
        taps = [exp(-0.5 * (d / self.smooth) ** 2) for d in range(-reach, reach + 1)]
        # So that the standard deviation is `elastic`: that of even noise in ±1 is 1/sqrt(3).
        gain = self.elastic * 3**0.5 / sum(t * t for t in taps)
        return blur(noise, (taps, taps), ctx) * gain


def bilinear(
    x: Array, rows: Array, columns: Array, ctx: "Context"
) -> tuple[Array, list[tuple[Array, Array]]]:
    """Return x (C, H, W, N) read between its pixels, and the (flat index, share) of each read.

    rows, columns: where to read, (H, W, N) each.
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
