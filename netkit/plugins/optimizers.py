"""Update rules, each on the whole flat vector of weights."""

from netkit.optimizer import Optimizer


class Sgd(Optimizer):
    """x -= eta v, with v = dx + inertia v: gradient descent, with momentum where inertia is not 0."""

    slots = ("v",)

    def __init__(self, eta=0.01, inertia=0.0, schedule="constant", warmup=0.2, reg=0.0):
        super().__init__(eta, schedule, warmup, reg)
        self.inertia = float(inertia)

    def update(self, x, dx, slots, age, rate):
        v = slots["v"]
        v *= self.inertia
        v += dx
        x -= v * rate


class Adam(Optimizer):
    """Divide a running mean of the gradient by the root of one of its square (Kingma & Ba 2015).

    decay: times eta and each weight, taken off it at each step (AdamW, Loshchilov & Hutter 2019).
    """

    slots = ("m", "s")

    def __init__(
        self, eta=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, decay=0.0, schedule="constant", warmup=0.2, reg=0.0
    ):
        super().__init__(eta, schedule, warmup, reg)
        self.beta1, self.beta2, self.epsilon, self.decay = float(beta1), float(beta2), float(epsilon), float(decay)

    def update(self, x, dx, slots, age, rate):
        m, s = slots["m"], slots["s"]
        m += (1 - self.beta1) * (dx - m)
        dx *= dx
        dx -= s
        dx *= 1 - self.beta2
        s += dx
        # Both running means start from zero: the two divisors undo that.
        scale = rate / (1 - self.beta1**age)
        root = s**0.5
        root *= (1 - self.beta2**age) ** -0.5
        root += self.epsilon
        if self.decay:
            x -= (rate * self.decay) * x
        x -= scale * (m / root)
