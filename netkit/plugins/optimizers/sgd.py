"""Stochastic gradient descent, with momentum."""

from typing import Any

from netkit.checks import Amount, ShareBelow1
from netkit.optimizer import Optimizer
from netkit.types import Array


class Sgd(Optimizer):
    """x -= eta v, with v = dx + inertia v: gradient descent, with momentum where inertia is not 0.

    nesterov: x -= eta (dx + inertia v), the gradient as if one step ahead (Nesterov 1983, Sutskever
    et al. 2013).
    """

    slots: tuple[str, ...] = ("v",)

    def __init__(
        self,
        eta: Amount = 0.01,
        inertia: ShareBelow1 = 0.0,
        nesterov: bool = False,
        **common: Any,
    ) -> None:
        super().__init__(eta, **common)
        self.inertia = inertia
        self.nesterov = nesterov

    def update(self, x: Array, dx: Array, slots: dict[str, Array], age: int, rate: float) -> None:
        v = slots["v"]
        if self.in_one_pass(x, dx, v, rate=rate):
            return
        if self.inertia:
            v *= self.inertia
            v += dx
            if self.nesterov:
                ahead = self.scratch(x)
                ahead[...] = v
                ahead *= self.inertia
                dx += ahead
            else:
                dx[...] = v
        dx *= rate
        x -= dx

    def in_one_pass(
        self,
        x: Array,
        dx: Array,
        v: Array,
        *,
        rate: float,
        h: Array | None = None,
        mu: float = 0.0,
    ) -> bool:
        """Update x as the backend does in one pass, if it has one; return whether it did."""
        return self.ops is not None and self.ops.sgd(
            *(x, dx, v),
            rate=rate,
            inertia=self.inertia,
            nesterov=self.nesterov,
            h=h,
            mu=mu,
        )
