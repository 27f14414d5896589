"""Update rules, each on the whole flat vector of weights."""

import numpy as np

from netkit.curvature import gauss_newton
from netkit.errors import NetkitError, flag
from netkit.optimizer import Optimizer, number


class Sgd(Optimizer):
    """x -= eta v, with v = dx + inertia v: gradient descent, with momentum where inertia is not 0.

    nesterov: x -= eta (dx + inertia v), the gradient as if one step ahead (Nesterov 1983, Sutskever et al. 2013).
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


class Adam(Optimizer):
    """Divide a running mean of the gradient by the root of one of its square (Kingma & Ba 2015).

    decay: times eta and each weight, taken off it at each step (AdamW, Loshchilov & Hutter 2019).
    """

    slots = ("m", "s")

    def __init__(self, eta=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, decay=0.0, **common):
        super().__init__(eta, **common)
        self.beta1, self.beta2, self.epsilon = share("beta1", beta1), share("beta2", beta2), number("epsilon", epsilon)
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


class Sdlm(Sgd):
    """Stochastic diagonal Levenberg-Marquardt: every weight has a rate of its own, eta / (mu + h).

    h is the diagonal of the Gauss-Newton matrix, the mean over `ndiaghessian` training samples, estimated before each
    iteration and again at every `hessian_period` samples of it (LeCun, Bottou, Bengio & Haffner 1998, appendix C).
    For each sample, noise whose covariance is the energy's second derivative at the outputs is sent back through
    the net: the square of a weight's gradient is then, on average, its h (netkit.curvature).

    ndiaghessian: 0 means h = 1 - mu, plain descent, as in EBLearn.
    """

    slots = ("v", "h")

    def __init__(self, eta=1e-4, mu=0.02, ndiaghessian=100, hessian_period=4000, **common):
        super().__init__(eta, **common)
        self.mu, self.ndiaghessian, self.hessian_period = number("mu", mu), ndiaghessian, hessian_period
        for name, value, least in (("ndiaghessian", ndiaghessian, 0), ("hessian_period", hessian_period, 1)):
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise NetkitError(f"{name}={value}: give a whole number from {least}")
        if not self.mu:
            raise NetkitError("mu=0: give a number over 0: a weight without curvature would have no end to its rate")

    def prepare(self, trainer):
        before = trainer.shown - trainer.batch_size
        if trainer.shown and trainer.shown // self.hessian_period == max(0, before) // self.hessian_period:
            return
        h = trainer.slots["h"]
        if not self.ndiaghessian:
            h.fill(1 - self.mu)
            return
        images, labels = trainer.samples
        rng = np.random.default_rng([*trainer.key, 3])
        chosen = trainer.net.ops.asarray(rng.integers(0, len(labels), self.ndiaghessian))
        gauss_newton(trainer.shards, trainer.energy, images[chosen], labels[chosen], trainer.key, h)

    def update(self, x, dx, slots, age, rate):
        spare = self.spare(x)
        spare[...] = slots["h"]
        spare += self.mu
        dx /= spare
        super().update(x, dx, slots, age, rate)


def share(name, value):
    """Return a setting as a float, if it is a number from 0 to below 1."""
    if not number(name, value) < 1:
        raise NetkitError(f"{name}={value}: give a number from 0 to below 1")
    return float(value)
