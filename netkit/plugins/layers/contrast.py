"""Contrast normalisation: wstd, cnorm, globalnorm (the steps of cnorm: neighbourhood.py)."""

from typing import TYPE_CHECKING, Any

from netkit.checks import Amount, Pair
from netkit.layer import Layer
from netkit.net import build
from netkit.plugins.layers.blur import blur
from netkit.plugins.layers.chain import Chain
from netkit.plugins.layers.neighbourhood import Dnorm, Snorm
from netkit.plugins.layers.padding import Mirror
from netkit.types import Array, Backward, Shape

if TYPE_CHECKING:
    from netkit.context import Context
    from netkit.export.graph import Graph


class GlobalNorm(Layer):
    """Bring each whole image, all its maps together, to zero mean and unit deviation.

    EBLearn's global_norm.
    """

    local = False
    prepares = True

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        xp, n = ctx.xp, x.size // x.shape[3]
        v = xp.subtract(x, x.mean((0, 1, 2), keepdims=True), out=ctx.empty(x.shape))
        deviation = xp.sqrt((v * v).mean((0, 1, 2), keepdims=True))
        deviation += deviation == 0  # a flat image stays at zero
        v /= deviation

        def backward(dy: Array) -> Array:
            dx = xp.subtract(dy, dy.mean((0, 1, 2), keepdims=True), out=ctx.empty(x.shape))
            dx -= v * ((dy * v).sum((0, 1, 2), keepdims=True) / n)
            dx /= deviation
            return dx

        return v, backward

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        v = graph.add("Sub", x, graph.add("ReduceMean", x, axes=[1, 2, 3], keepdims=1))
        power = graph.add("ReduceMean", graph.add("Mul", v, v), axes=[1, 2, 3], keepdims=1)
        return graph.add("Div", v, graph.add("Max", graph.add("Sqrt", power), 1e-30))


class Cnorm(Chain):
    """Subtract the weighted mean of the neighbourhood, then divide by its deviation.

    It is snorm and then dnorm, with their options (EBLearn's cnorm; Jarrett, Kavukcuoglu, Ranzato &
    LeCun 2009). learn trains the window of the deviation, learn_mean that of the mean; global_norm
    first brings the whole image to zero mean and unit deviation.
    """

    inner = ()

    def __init__(
        self,
        kernel: Pair,
        epsilon: Amount = 1e-6,
        mirror: Mirror = False,
        across_features: bool = True,
        threshold: bool = True,
        learn: bool = False,
        learn_mean: bool = False,
        gaussian_coeff: Amount = 2.0,
        global_norm: bool = False,
        floor: Amount = 0.0,
    ) -> None:
        options: tuple[Mirror, bool] = (mirror, across_features)
        self.mean = Snorm(kernel, *options, learn_mean, gaussian_coeff)
        self.deviation = Dnorm(kernel, *options, learn, gaussian_coeff, epsilon, threshold, floor)
        start: dict[str, Layer] = {"global": GlobalNorm()} if global_norm else {}
        self.layers = {**start, "mean": self.mean, "deviation": self.deviation}


class Wstd(Cnorm):
    """Normalise the contrast over a neighbourhood: cnorm, by a quicker way if no option is used.

    With G the correlation with a Gaussian (zeros around the image) that sums to 1 over window and
    maps together: v = x - G(sum of x over maps);  s = sqrt(G(sum of v² over maps) + epsilon);  y =
    v / max(s, mean of s). The mean of s is over the whole map, so a sample's answer depends on all
    of its image. As EBLearn's wstd, window exp(-(dy² + dx²) / (2 · kernel / 4)).
    """

    local = False

    def __init__(self, kernel: Pair = (5, 5), **options: Any) -> None:
        super().__init__(kernel, **options)
        mean, deviation = self.mean, self.deviation
        usual = mean.across and deviation.threshold and not deviation.floor
        trained = mean.learn or deviation.learn
        self.quick = usual and not (trained or mean.mirror or "global" in self.layers)
        self.steps = self.layers
        if self.quick:
            self.layers = {}

    def build(self, shape: Shape) -> Shape:
        if not self.quick:
            return super().build(shape)
        build(self.steps, shape, self.name + ".")  # they make the taps
        return shape

    def primitive(self) -> dict[str, Any] | None:
        if not self.quick:
            return None
        taps = [tap for axis in self.mean.taps for tap in axis]
        settings = {"constants": taps, "scale": self.deviation.epsilon}
        return {"kind": "wstd", "kernel": self.mean.kernel, **settings}

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        if not self.quick:
            return super().forward(x, ctx)
        xp, taps = ctx.xp, self.mean.taps
        v = xp.subtract(x, blur(x.sum(0, keepdims=True), taps, ctx), out=ctx.empty(x.shape))
        square = xp.multiply(v, v, out=ctx.empty(x.shape))
        s = blur(square.sum(0, keepdims=True), taps, ctx)
        s += self.deviation.epsilon
        xp.sqrt(s, out=s)
        mean = s.mean((1, 2), keepdims=True)  # (1, 1, 1, N)
        d = xp.maximum(s, mean, out=ctx.empty((1, *x.shape[1:])))
        y = xp.divide(v, d, out=ctx.empty(x.shape))

        def backward(dy: Array) -> Array:
            dd = -(dy * y).sum(0, keepdims=True) / d  # (1, H, W, N)
            above = s > mean
            ds = dd * above
            ds += (dd * ~above).mean((1, 2), keepdims=True)
            ds /= s  # twice the gradient at the blurred squares: the 2 of d(v²) is in it
            dv = xp.divide(dy, d, out=ctx.empty(x.shape))
            dv += xp.multiply(v, blur(ds, taps, ctx, back=True), out=square)
            dv -= blur(dv.sum(0, keepdims=True), taps, ctx, back=True)
            return dv

        return y, backward

    def cost(self, shape: Shape, out: Shape) -> int:
        if not self.quick:
            return super().cost(shape, out)
        return shape[1] * shape[2] * (4 * shape[0] + 2 * sum(self.mean.kernel))

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        return graph.chain(self.steps, x, self.name + ".")
