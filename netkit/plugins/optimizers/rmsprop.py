"""RMSprop."""

from netkit.optimizer import Optimizer, number
from netkit.plugins.optimizers.sgd import share


class RmsProp(Optimizer):
    """Divide the gradient by the root of a running mean of its square (Tieleman & Hinton 2012).

    beta: how much of the running mean stays at each step.  inertia: momentum of what is divided.
    """

    slots = ("s", "v")

    def __init__(self, eta=1e-3, beta=0.99, epsilon=1e-8, inertia=0.0, **common):
        super().__init__(eta, **common)
        self.beta, self.epsilon, self.inertia = (
            share("beta", beta),
            number("epsilon", epsilon),
            share("inertia", inertia),
        )

    def update(self, x, dx, slots, age, rate):
        s, v, spare = slots["s"], slots["v"], self.spare(x)
        spare[...] = dx
        spare *= dx
        spare -= s
        spare *= 1 - self.beta
        s += spare
        spare[...] = s
        spare **= 0.5
        spare += self.epsilon
        dx /= spare
        v *= self.inertia
        v += dx
        dx[...] = v
        dx *= rate
        x -= dx
