"""The cross-entropy of the softmax, with smoothed labels: cross_entropy."""

from collections.abc import Callable, Iterator
from math import exp, inf
from typing import TYPE_CHECKING, Any

from netkit.checks import ShareBelow1
from netkit.energy import Energy, output_range
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.net import Net


class CrossEntropy(Energy):
    """Minus the logarithm of the softmax of the class's output.

    smoothing: this share of the target is spread evenly over all classes, the class's own among
    them (Szegedy et al. 2016, section 7): then no output need grow without end.  The confidence is
    the largest softmax.
    """

    def __init__(self, smoothing: ShareBelow1 = 0.0) -> None:
        self.smoothing = smoothing

    def forward(self, y: Array, labels: Array) -> tuple[Array, Callable[[Any], Array]]:
        y, xp = y[:, 0, 0], self.ops.xp
        y, e, total = exponentials(xp, y)
        at = labels, xp.arange(y.shape[1])
        spread = self.smoothing / y.shape[0]
        wanted = y[at]
        if spread:
            wanted = (1 - self.smoothing) * wanted + spread * y.sum(0)
        energies = xp.log(total) - wanted

        def backward(scale: Any) -> Array:
            dy = e / total
            dy[at] -= 1 - self.smoothing
            if spread:
                dy -= spread
            dy *= scale
            return dy[:, None, None]

        return energies, backward

    def primitive(self) -> dict[str, Any] | None:
        return {"kind": "cross_entropy", "setting": self.smoothing}

    def warnings(self, net: "Net") -> Iterator[str]:
        low, high = output_range(net)
        if low == -inf:
            return  # a class can be as unlikely as it has to be
        last, classes = list(net.layers.values())[-1], net.shapes[-1][0]
        said = f"energy: {last.name} ({last.kind}), the last layer, gives numbers from {low:.3g}"
        if high < inf:
            surest = 1 / (1 + (classes - 1) * exp(low - high))
            said += f" to {high:.3g}, so that no answer among {classes} classes can be surer "
            said += f"than {surest:.0%}"
        else:
            said += " on, so that a class cannot be made unlikely"
        yield f"{said}: leave it out" + (", or use energy=l2" if low <= -1 and high >= 1 else "")

    def noise(self, y: Array, labels: Array, uniform: Array) -> Array:
        return softmax_noise(self.ops.xp, y, uniform)

    def answer(self, y: Array) -> tuple[Array, Array]:
        return y.argmax(0), 1 / exponentials(self.ops.xp, y)[2]

    def best(self, y: Array) -> Array:
        return y.argmax(0)

    def confidences(self, y: Array) -> Array:
        return softmax(self.ops.xp, y)

    def reading(self) -> dict[str, Any]:
        return {"kind": "softmax"}


def exponentials(xp: Any, y: Array) -> tuple[Array, Array, Array]:
    """Return outputs y (K, ...) less the largest of the K, exp of that, and the sum of those."""
    y = y - y.max(0)
    e = xp.exp(y)
    return y, e, e.sum(0)


def softmax(xp: Any, y: Array) -> Array:
    """Return the softmax of outputs y over their first axis, (K, ...)."""
    _, e, total = exponentials(xp, y)
    return e / total


def softmax_noise(xp: Any, y: Array, uniform: Array) -> Array:
    """Return noise with the covariance diag(p) - pp', for the softmax p of y (K, h, w, N).

    That is the second derivative of the cross-entropy, whatever its target is. The noise is p minus
    a class drawn from it, by Gumbel's trick.  uniform: numbers in [0, 1), like y.
    """
    drawn = (y - xp.log(-xp.log(uniform + 1e-300))).argmax(0)
    return softmax(xp, y) - (xp.arange(y.shape[0])[:, None, None, None] == drawn)
