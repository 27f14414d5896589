"""Cross-entropy that looks away from what is answered well already: focal."""

from collections.abc import Callable
from typing import Any

from netkit.checks import Amount
from netkit.plugins.energies.cross_entropy import CrossEntropy, exponentials, softmax, softmax_noise
from netkit.types import Array

NEAR = 1e-6  # below this, -log(1 - q) / q is 1


class Focal(CrossEntropy):
    """(1 - p)^gamma times the cross-entropy -log p, for the softmax p of the class's output.

    So what is answered well already counts little, and what is hard the more (Lin, Goyal, Girshick,
    He & Dollár 2017, equation 4).  gamma: 0 is the cross-entropy, 2 is theirs; their weight alpha
    of a class is class_weight.
    """

    def __init__(self, gamma: Amount = 2.0) -> None:
        super().__init__()
        self.gamma = gamma

    def forward(self, y: Array, labels: Array) -> tuple[Array, Callable[[Any], Array]]:
        y, xp = y[:, 0, 0], self.ops.xp
        y, e, total = exponentials(xp, y)
        at = labels, xp.arange(y.shape[1])
        loss = xp.log(total) - y[at]  # -log p
        p = e[at] / total
        focus = (1 - p) ** self.gamma

        def backward(scale: Any) -> Array:
            dy = e / total
            dy[at] -= 1
            dy *= focus * (1 + self.gamma * p * slope(xp, loss, 1 - p)) * scale
            return dy[:, None, None]

        return focus * loss, backward

    def noise(self, y: Array, labels: Array, uniform: Array) -> Array:
        # With v = p - (1 at the label) and g the factor of the gradient g v, the second derivative
        # is g S - g' p_t vv', for the S = diag(p) - pp' of the cross-entropy. Noise n of covariance
        # S has in n_t, at the label, all that goes along v: that part is scaled by the root of m,
        # which is 1 - g' (1 - p_t) / g. Where m < 0 the energy bends down along v: none is left.
        xp = self.ops.xp
        hit = xp.arange(y.shape[0])[:, None, None, None] == labels
        p, n = softmax(xp, y), softmax_noise(xp, y, uniform)
        own, own_noise = (p * hit).sum(0), (n * hit).sum(0)
        loss, q = -xp.log(xp.maximum(own, 1e-30)), 1 - own
        gamma, r = self.gamma, slope(xp, loss, q)
        g = 1 + gamma * own * r  # times q ** gamma
        m = 1 - gamma * (loss - 2 - (gamma - 1) * own * r) / g
        along = (1 - xp.maximum(m, 0) ** 0.5) * own_noise / xp.maximum(q, NEAR)
        return (n + (p - hit) * along) * (q**gamma * g) ** 0.5


def slope(xp: Any, loss: Array, q: Array) -> Array:
    """Return -log(1 - q) / q for loss = -log(1 - q), also where q is 0 and it is 1."""
    return xp.where(q > NEAR, loss / xp.maximum(q, NEAR), 1.0).astype(loss.dtype)
