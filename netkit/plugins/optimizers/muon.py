"""Muon."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from netkit.checks import Amount, Count, ShareBelow1
from netkit.net import named_layers
from netkit.plugins.optimizers.adam import Adam
from netkit.types import Array, Shape

if TYPE_CHECKING:
    from netkit.net import Net

# Of the polynomial a s + b s³ + c s⁵ that takes singular values s in (0, 1] to about 1 (Jordan).
QUINTIC = 3.4445, -4.7750, 2.0315


class Kernels(NamedTuple):
    """Where the kernels of a layer stand in the flat weights, and as which matrices to see them.

    shape: (groups, outputs of a group, inputs of each output).
    """

    place: slice
    shape: Shape


class Muon(Adam):
    """Move each matrix of weights by the orthogonal matrix nearest to its momentum (Jordan 2024).

    So all directions in a layer are learnt at one speed, which saves updates where batches are
    large. The matrix of a convolution has a row for each output map. Nesterov's momentum is used,
    and five steps of a Newton-Schulz iteration, which bring the singular values near 1. A matrix
    moves by 0.2 sqrt(its longer side) times eta, in the mean as much as Adam's weights do (Liu et
    al. 2025), so that one eta serves for both. The last layer, and all that is no matrix, is
    trained by Adam.

    momentum: of the matrices.  steps: of the iteration.  beta1, beta2, epsilon: Adam's.  decay:
    times eta and each weight, taken off it at each step.
    """

    slots = ("m", "s", "v")

    def __init__(
        self,
        eta: Amount = 1e-3,
        momentum: ShareBelow1 = 0.95,
        steps: Count = 5,
        **common: Any,
    ) -> None:
        super().__init__(eta, **common)
        self.momentum = momentum
        self.steps = steps
        self.kernels: list[Kernels] = []

    def begin(self, net: "Net", iterations: int) -> None:
        super().begin(net, iterations)
        self.xp = net.ops.xp
        self.kernels = list(matrices_inside(net))

    def update(self, x: Array, dx: Array, slots: dict[str, Array], age: int, rate: float) -> None:
        moves = []
        for place, shape in self.kernels:
            g, v = dx[place], slots["v"][place]
            v += (1 - self.momentum) * (g - v)
            ahead = g + self.momentum * (v - g)
            size = 0.2 * max(shape[1:]) ** 0.5
            move = orthogonal(self.xp, ahead.reshape(shape), self.steps)
            moves.append(size * move.reshape(-1))
            g[...] = 0  # to Adam, they have no gradient
        super().update(x, dx, slots, age, rate)
        for (place, _), move in zip(self.kernels, moves, strict=True):
            x[place] -= rate * move


def matrices_inside(net: "Net") -> Iterator[Kernels]:
    """Yield the matrices of weights of a net, but for those of its last layer with weights.

    Each row of one reads all inputs of its layer, or of its group: kernels of a connection table,
    which read different maps, are no matrix.
    """
    layers = dict(named_layers(net.layers))
    last = [name for name, layer in layers.items() if layer.weights][-1:]
    for name, layer in layers.items():
        for weight in layer.weights if name not in last else ():
            if len(weight.shape) == 2 and weight.shape[1] == weight.fan_in:
                _, place, (rows, columns) = net.places[f"{name}.{weight.name}"]
                groups = getattr(layer, "groups", 1)
                yield Kernels(place, (groups, rows // groups, columns))


def orthogonal(xp: Any, a: Array, steps: int) -> Array:
    """Return about UV' for each matrix a = USV' of (..., rows, columns), without computing it.

    The singular values of the result are between 0.7 and 1.2, those that were tiny excepted. Each
    step makes (b + c aa' + d aa'aa') a of a. All of them are products from the left, so that the
    steps are taken on the small matrix aa' alone.
    """
    tall = a.shape[-2] > a.shape[-1]
    a = a.swapaxes(-1, -2) if tall else a
    a = a / ((a * a).sum((-1, -2), keepdims=True) ** 0.5 + 1e-7)  # no singular value is above 1
    first, third, fifth = QUINTIC
    square = a @ a.swapaxes(-1, -2)
    left = eye = xp.eye(a.shape[-2], dtype=a.dtype)
    for _ in range(steps):
        one = first * eye + third * square + fifth * (square @ square)
        left = one @ left
        square = one @ square @ one
    a = left @ a
    return a.swapaxes(-1, -2) if tall else a
