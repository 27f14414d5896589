"""Adam and AdamW."""

from netkit.optimizer import Optimizer, number
from netkit.plugins.optimizers.sgd import share


class Adam(Optimizer):
    """Divide a running mean of the gradient by the root of one of its square (Kingma & Ba 2015).

    decay: times eta and each weight, taken off it at each step (AdamW, Loshchilov & Hutter 2019).
    """

    slots = ("m", "s")

    def __init__(self, eta=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, decay=0.0, **common):
        super().__init__(eta, **common)
        self.beta1, self.beta2, self.epsilon = (
            share("beta1", beta1),
            share("beta2", beta2),
            number("epsilon", epsilon),
        )
        self.decay = number("decay", decay)

    def update(self, x, dx, slots, age, rate):
        m, s, spare = slots["m"], slots["s"], self.spare(x)
        spare[...] = dx
        spare -= m
        spare *= 1 - self.beta1
        m += spare
        dx *= dx
        dx -= s
        dx *= 1 - self.beta2
        s += dx
        # Both running means start from zero: the two divisors undo that.
        scale = rate / (1 - self.beta1**age)
        root = dx
        root[...] = s
        root **= 0.5
        root *= (1 - self.beta2**age) ** -0.5
        root += self.epsilon
        if self.decay:
            x *= 1 - rate * self.decay
        spare[...] = m
        spare /= root
        spare *= scale
        x -= spare
