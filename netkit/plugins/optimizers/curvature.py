"""Curvature: the diagonal of the Gauss-Newton matrix, from gradients alone."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from netkit.energy import Energy
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.passes import Shards


def gauss_newton(
    shards: "Shards",
    energy: Energy,
    images: Array,
    *,
    labels: Array,
    key: tuple[int, ...],
    out: Array,
) -> Array:
    """Write the Gauss-Newton diagonal, its mean over some samples, into `out` and return it.

    images (N, C, H, W), labels (N,).  key: whole numbers that the noise depends on.  out: flat,
    like the weights. The running statistics of the net stay as they were; net.grads does not.

    With J the derivative of the outputs by a weight, and H the second derivative of the energy by
    the outputs, the number wanted for that weight is J'HJ. To have it exactly would take a pass
    backward for each output. Instead one pass sends back, in place of dy, random noise n of mean 0
    and covariance H: the weight's gradient is then J'n, and its square is J'HJ on average
    (Hutchinson 1990).

    Between any two layers, each number that is sent back changes its sign at random. Products of
    two different numbers then are as often positive as negative and vanish on average, and only
    squares are left: that is LeCun's recursion from layer to layer, which leaves out what is off
    the diagonal at each of them (LeCun et al. 1998, appendix C), as EBLearn has it. The squares of
    several samples must not mix either, so there is one sample a pass.
    """
    net, state, noise = shards.net, shards.net.state.copy(), Noise(energy)
    out.fill(0)
    for k in range(len(labels)):
        noise.key = (*key, k)
        send_back(shards, images[k : k + 1], labels[k : k + 1], noise)
        out += net.grads * net.grads
    out /= max(1, len(labels))
    net.state[...] = state
    return out


def send_back(shards: "Shards", images: Array, labels: Array, noise: "Noise") -> None:
    """Fill net.grads with what noise at the outputs gives, with random signs between layers."""
    worker, net, ops = shards.workers[0], shards.net, shards.net.ops
    worker.training = True
    worker.key = (*noise.key, 0)
    worker.batch_key = noise.key
    worker.first = 0
    worker.grads.fill(0)
    worker.state[...] = net.state

    def change_signs(k: int, dy: Array) -> Array:
        draw = ops.uniform(dy.shape, *noise.key, 13, k)
        return dy * (2.0 * (draw < 0.5) - 1.0).astype(dy.dtype)

    # Not at the outputs, whose products belong to H: only between layers.
    y, backward = net.forward(worker.to_input(images), worker.contexts, on_gradient=change_signs)
    backward(noise.forward(y, labels)[1](1.0))


class Noise(Energy):
    """Another energy, with noise in place of the gradient at the outputs.

    Its covariance is the other energy's second derivative there.
    """

    penalties = False

    def __init__(self, energy: Energy) -> None:
        self.energy = energy
        self.ops = energy.ops
        self.key: tuple[int, ...] = (0,)

    def forward(self, y: Array, labels: Array) -> tuple[Array, Callable[[Any], Array]]:
        draw = self.ops.uniform(y.shape, *self.key, 11)
        noise = self.energy.noise(y, labels, draw).astype(y.dtype)
        return noise[0, 0, 0] * 0, lambda scale: noise * scale

    def answer(self, y: Array) -> tuple[Array, Array]:
        return self.energy.answer(y)
