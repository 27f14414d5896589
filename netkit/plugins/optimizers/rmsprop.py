"""RMSprop."""

from typing import Any

from netkit.checks import Amount, ShareBelow1
from netkit.optimizer import Optimizer
from netkit.types import Array


class RmsProp(Optimizer):
    """Divide the gradient by the root of a running mean of its square (Tieleman & Hinton 2012).

    beta: how much of the running mean stays at each step.  inertia: momentum of what is divided.
    """

    slots = ("s", "v")

    def __init__(
        self,
        eta: Amount = 1e-3,
        beta: ShareBelow1 = 0.99,
        epsilon: Amount = 1e-8,
        *,
        inertia: ShareBelow1 = 0.0,
        **common: Any,
    ) -> None:
        super().__init__(eta, **common)
        self.beta = beta
        self.epsilon = epsilon
        self.inertia = inertia

    def update(self, x: Array, dx: Array, slots: dict[str, Array], age: int, rate: float) -> None:
        s, v = slots["s"], slots["v"]
        if self.ops is not None and self.ops.rmsprop(
            *(x, dx, s),
            v=v,
            rate=rate,
            share=1 - self.beta,
            epsilon=self.epsilon,
            inertia=self.inertia,
        ):
            return
        scratch = self.scratch(x)
        scratch[...] = dx
        scratch *= dx
        scratch -= s
        scratch *= 1 - self.beta
        s += scratch  # s = beta s + (1 - beta) dx²
        scratch[...] = s
        scratch **= 0.5
        scratch += self.epsilon
        dx /= scratch
        v *= self.inertia
        v += dx
        dx[...] = v
        dx *= rate
        x -= dx
