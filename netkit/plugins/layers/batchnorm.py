"""Batch normalisation: batchnorm."""

from typing import TYPE_CHECKING, Any

from netkit.checks import Amount, Share
from netkit.layer import Layer
from netkit.plugins.layers.arrays import over_maps
from netkit.types import Array, Backward, Shape

if TYPE_CHECKING:
    from netkit.context import Context
    from netkit.export.graph import Graph


class BatchNorm(Layer):
    """Bring each map to zero mean and unit variance over the batch; then scale and shift it.

    Scale and shift are trained, one each a map. Running means (weight `momentum` on the newest)
    serve outside training (Ioffe & Szegedy 2015). The batch is what one thread has of it, and the
    running means of all threads are averaged; in a run of several processes it is the whole batch.
    """

    def __init__(self, momentum: Share = 0.1, epsilon: Amount = 1e-5) -> None:
        self.momentum = momentum
        self.epsilon = epsilon

    def build(self, shape: Shape) -> Shape:
        self.weight("scale", (shape[0],), start=1.0)
        self.weight("shift", (shape[0],))
        self.state("mean", (shape[0],))
        self.state("variance", (shape[0],), start=1.0)
        return shape

    def primitive(self) -> dict[str, Any]:
        return {
            "kind": "batchnorm",
            "scale": self.epsilon,
            "momentum": self.momentum,
            "weights": ("scale", "shift"),
        }

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        n: float = x.size // x.shape[0]
        if ctx.training:
            mean = x.mean((1, 2, 3))
            v = ctx.xp.subtract(x, over_maps(mean), out=ctx.empty(x.shape))
            variance = ctx.xp.multiply(v, v, out=ctx.empty(x.shape)).mean((1, 2, 3))
            if ctx.divided:
                mean, variance, n = self.of_all(mean, variance, n, ctx)
                v = ctx.xp.subtract(x, over_maps(mean), out=v)
            self.remember(mean, variance * (n / max(1, n - 1)), ctx)
        else:
            v = ctx.xp.subtract(x, over_maps(ctx.s.mean), out=ctx.empty(x.shape))
            variance = ctx.s.variance
        inverse = 1 / ctx.xp.sqrt(variance + self.epsilon)
        v *= over_maps(inverse)  # the normalised input
        y = ctx.xp.multiply(v, over_maps(ctx.p.scale), out=ctx.empty(x.shape))
        y += over_maps(ctx.p.shift)
        training = ctx.training

        def backward(dy: Array) -> Array:
            dscale, dshift = (dy * v).sum((1, 2, 3)), dy.sum((1, 2, 3))
            ctx.g.scale += dscale
            ctx.g.shift += dshift
            dx = ctx.empty(x.shape)
            dx[...] = dy
            if training:  # mean and variance move with x too
                slopes = ctx.over_ranks(ctx.xp.stack([dshift, dscale])) / n
                dx -= over_maps(slopes[0])
                dx -= v * over_maps(slopes[1])
            dx *= over_maps(ctx.p.scale * inverse)
            return dx

        return y, backward

    def of_all(
        self, mean: Array, variance: Array, n: float, ctx: "Context"
    ) -> tuple[Array, Array, float]:
        """Return the mean, the variance (C,) and the count of a batch that processes share.

        mean, variance, n: of the part that this one has. The sums are taken about the running mean,
        which all have: about zero they would lose what differences of large numbers lose.
        """
        off = (mean - ctx.s.mean).astype("float64")
        sums = ctx.xp.stack([off * 0 + n, off * n, (variance + off * off) * n])
        counts, off, square = ctx.over_ranks(sums)
        off = off / counts
        variance = ctx.xp.maximum(square / counts - off * off, 0)
        return (
            ctx.s.mean + off.astype(mean.dtype),
            variance.astype(mean.dtype),
            float(counts[0]),
        )

    def remember(self, mean: Array, variance: Array, ctx: "Context") -> None:
        """Move the running statistics towards those of a batch, (C,) each."""
        ctx.s.mean += self.momentum * (mean - ctx.s.mean)
        ctx.s.variance += self.momentum * (variance - ctx.s.variance)

    def cost(self, shape: Shape, out: Shape) -> int:
        return shape[0] * shape[1] * shape[2]

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        arrays = (p[name] for name in ("scale", "shift", "mean", "variance"))
        return graph.add("BatchNormalization", x, *arrays, epsilon=self.epsilon)
