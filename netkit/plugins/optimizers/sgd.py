"""Stochastic gradient descent, with momentum."""

from netkit.errors import NetkitError, flag
from netkit.optimizer import Optimizer, number


class Sgd(Optimizer):
    """x -= eta v, with v = dx + inertia v: gradient descent, with momentum where inertia is not 0.

    nesterov: x -= eta (dx + inertia v), the gradient as if one step ahead (Nesterov 1983, Sutskever
    et al. 2013).
    """

    slots = ("v",)

    def __init__(self, eta=0.01, inertia=0.0, nesterov=False, **common):
        super().__init__(eta, **common)
        self.inertia, self.nesterov = share("inertia", inertia), flag("nesterov", nesterov)

    def update(self, x, dx, slots, age, rate):
        if self.inertia:
            v, spare = slots["v"], self.spare(x)
            v *= self.inertia
            v += dx
            if self.nesterov:
                spare[...] = v
                spare *= self.inertia
                dx += spare
            else:
                dx[...] = v
        dx *= rate
        x -= dx


def share(name, value):
    """Return a setting as a float, if it is a number from 0 to below 1."""
    if not number(name, value) < 1:
        raise NetkitError(f"{name}={value}: give a number from 0 to below 1")
    return float(value)
