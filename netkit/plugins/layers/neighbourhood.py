"""The two steps of contrast normalisation by themselves: snorm, dnorm (together: contrast.py)."""

from typing import TYPE_CHECKING

import numpy as np

from netkit.checks import Amount, Pair
from netkit.errors import NetkitError
from netkit.layer import Layer
from netkit.limits import check_window
from netkit.plugins.layers.arrays import Adjoint, pad_zeros
from netkit.plugins.layers.blur import blur, gaussian
from netkit.plugins.layers.padding import Mirror, half_windows, onnx_mirrored, pad_mirrored
from netkit.types import Array, Backward, Shape

if TYPE_CHECKING:
    from netkit.context import Context
    from netkit.export.graph import Graph


class Neighbourhood(Layer):
    """A weighted sum G of the neighbourhood of each pixel, which the layers below use.

    kernel: its window, weighted by exp(-d² / (gaussian_coeff · kernel / 4)), which sums to 1 (over
    the maps together, with across_features); gaussian_coeff=0 stands for kernel / 4.  mirror: a
    mirror image around the maps instead of zeros (repeat: EBLearn's).  across_features: one sum for
    all maps; or else each map by itself.  learn: train the window, from that start.
    """

    local = False

    def __init__(
        self,
        kernel: Pair,
        mirror: Mirror = False,
        across_features: bool = True,
        learn: bool = False,
        gaussian_coeff: Amount = 2.0,
    ) -> None:
        self.kernel = kernel
        self.mirror = mirror
        self.across = across_features
        self.learn = learn
        self.coeff = gaussian_coeff

    def build(self, shape: Shape) -> Shape:
        check_window(self.kernel, self.name)
        kh, kw = self.kernel
        if self.mirror and (kh // 2 >= shape[1] or kw // 2 >= shape[2]):
            raise NetkitError(
                f"{self.name}: maps of {shape[1]}x{shape[2]} have no mirror image for kernel "
                f"{kh}x{kw}: make it smaller, or mirror: false"
            )
        self.maps = shape[0]
        # The window is a product of two rows of taps: each has its part of the maps' share.
        share = shape[0] ** -0.5 if self.across else 1
        self.taps = [gaussian(k, share, self.coeff) for k in self.kernel]
        if self.learn:
            window = [[a * b for b in self.taps[1]] for a in self.taps[0]]
            self.weight("w", self.kernel, start=window)
        return shape

    def around(self, x: Array, ctx: "Context") -> tuple[Array, Adjoint]:
        """Return the weighted sums of x (1 or C, H, W, N), as large as x, and the way back."""
        if not (self.mirror or self.learn):
            return blur(x, self.taps, ctx), lambda dy: blur(dy, self.taps, ctx, back=True)
        padded, unpad = self.padded(x, ctx)
        sums = trained_sums if self.learn else self.inner_sums
        y, back = sums(padded, x.shape, ctx)
        return y, lambda dy: unpad(back(dy))

    def padded(self, x: Array, ctx: "Context") -> tuple[Array, Adjoint]:
        """Return x with half a window around it, and the way back."""
        sides = half_windows(self.kernel)
        if self.mirror:
            return pad_mirrored(x, sides, ctx, self.mirror)
        y, inside = pad_zeros(x, sides, ctx)
        return y, lambda dy: dy[inside]

    def inner_sums(self, padded: Array, shape: Shape, ctx: "Context") -> tuple[Array, Adjoint]:
        """Return the sums, of `shape`, at the places that stand half a window inside `padded`."""
        top, left = self.kernel[0] // 2, self.kernel[1] // 2
        inside = slice(None), slice(top, top + shape[1]), slice(left, left + shape[2])

        def backward(dy: Array) -> Array:
            wide = ctx.empty(padded.shape)
            wide.fill(0)
            wide[inside] = dy
            return blur(wide, self.taps, ctx, back=True)

        return blur(padded, self.taps, ctx)[inside], backward

    def cost(self, shape: Shape, out: Shape) -> int:
        window = self.kernel[0] * self.kernel[1] if self.learn else sum(self.kernel)
        return shape[1] * shape[2] * (window * (1 if self.across else shape[0]) + shape[0])

    def onnx_around(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        """Append `around` to an ONNX graph: it is a convolution with the window."""
        window = p["w"] if self.learn else np.outer(*map(np.array, self.taps))
        tiles = (1, self.maps, 1, 1) if self.across else (self.maps, 1, 1, 1)
        groups = 1 if self.across else self.maps
        sides = half_windows(self.kernel)
        if self.mirror:
            x, sides = onnx_mirrored(graph, x, sides, self.mirror), (0, 0, 0, 0)
        return graph.add("Conv", x, np.tile(window, tiles), pads=sides, group=groups)


def trained_sums(padded: Array, shape: Shape, ctx: "Context") -> tuple[Array, Adjoint]:
    """Return the sums of `padded` weighted by the trained window ctx.p.w, an array of `shape`."""
    w, height, width = ctx.p.w, shape[1], shape[2]
    places = [(i, j) for i in range(w.shape[0]) for j in range(w.shape[1])]
    y = ctx.empty(shape)
    y.fill(0)
    for i, j in places:
        y += w[i, j] * padded[:, i : i + height, j : j + width]

    def backward(dy: Array) -> Array:
        dx = ctx.empty(padded.shape)
        dx.fill(0)
        for i, j in places:
            ctx.g.w[i, j] += (dy * padded[:, i : i + height, j : j + width]).sum()
            dx[:, i : i + height, j : j + width] += w[i, j] * dy
        return dx

    return y, backward


class Snorm(Neighbourhood):
    """Subtract the weighted mean of the neighbourhood: y = x - G(sum of x over maps).

    EBLearn's snorm. kernel: the window.  mirror: a mirror image around the maps, not zeros; repeat:
    EBLearn's, which has their first row and column twice.  across_features=false: the mean of each
    map by itself.  learn: train the window.
    gaussian_coeff: how wide the window's Gaussian is; 0 stands for kernel / 4.
    """

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        total = x.sum(0, keepdims=True) if self.across else x
        mean, back = self.around(total, ctx)
        y = ctx.xp.subtract(x, mean, out=ctx.empty(x.shape))

        def backward(dy: Array) -> Array:
            spread = back(-dy.sum(0, keepdims=True) if self.across else -dy)
            return ctx.xp.add(dy, spread, out=ctx.empty(x.shape))

        return y, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        return graph.add("Sub", x, self.onnx_around(graph, x, p))


class Dnorm(Neighbourhood):
    """Divide by the weighted deviation of the neighbourhood (EBLearn's dnorm).

    y = x / max(s, mean of s) with s = sqrt(G(sum of x² over maps) + epsilon); the mean is over the
    whole image and all maps. threshold=false: y = x / s.  floor: the least that is divided by, 1 in
    EBLearn where there is no threshold. The others are snorm's.
    """

    def __init__(
        self,
        kernel: Pair,
        mirror: Mirror = False,
        across_features: bool = True,
        learn: bool = False,
        gaussian_coeff: Amount = 2.0,
        epsilon: Amount = 1e-6,
        threshold: bool = True,
        floor: Amount = 0.0,
    ) -> None:
        super().__init__(kernel, mirror, across_features, learn, gaussian_coeff)
        self.epsilon = epsilon
        self.threshold = threshold
        self.floor = floor

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        xp = ctx.xp
        square = xp.multiply(x, x, out=ctx.empty(x.shape))
        power, back = self.around(square.sum(0, keepdims=True) if self.across else square, ctx)
        s = xp.sqrt(xp.maximum(power, 0) + self.epsilon)  # a trained window may make a sum negative
        mean = s.mean((0, 1, 2), keepdims=True) * self.threshold  # (1, 1, 1, N)
        least = xp.maximum(mean, self.floor)
        d = xp.maximum(s, least)
        y = xp.divide(x, d, out=ctx.empty(x.shape))

        def backward(dy: Array) -> Array:
            ds = -(dy * y).sum(0, keepdims=True) / d if self.across else -dy * y / d
            above = s > least
            below = (ds * ~above).sum((0, 1, 2), keepdims=True)
            below *= mean > self.floor  # it reaches s by the mean, where that is divided by
            ds = ds * above + below / (s.size // s.shape[3])
            spread = back(0.5 * ds / s * (power > 0))
            dx = xp.multiply(x, 2 * spread, out=ctx.empty(x.shape))
            dx += dy / d
            return dx

        return y, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        power = graph.add("Max", self.onnx_around(graph, graph.add("Mul", x, x), p), 0)
        s = graph.add("Sqrt", graph.add("Add", power, self.epsilon))
        if self.threshold:
            s = graph.add("Max", s, graph.add("ReduceMean", s, axes=[1, 2, 3], keepdims=1))
        if self.floor:
            s = graph.add("Max", s, self.floor)
        return graph.add("Div", x, s)
