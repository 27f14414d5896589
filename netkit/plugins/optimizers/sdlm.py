"""Stochastic diagonal Levenberg-Marquardt, EBLearn's rule."""

import numpy as np

from netkit.errors import NetkitError
from netkit.optimizer import number
from netkit.plugins.optimizers.curvature import gauss_newton
from netkit.plugins.optimizers.sgd import Sgd


class Sdlm(Sgd):
    """Stochastic diagonal Levenberg-Marquardt: every weight has a rate of its own, eta / (mu + h).

    h is the diagonal of the Gauss-Newton matrix, the mean over `ndiaghessian` training samples,
    estimated before each iteration and again at every `hessian_period` samples of it (LeCun,
    Bottou, Bengio & Haffner 1998, appendix C). For each sample, noise whose covariance is the
    energy's second derivative at the outputs is sent back through the net: the square of a weight's
    gradient is then, on average, its h (netkit.plugins.optimizers.curvature).

    ndiaghessian: 0 means h = 1 - mu, plain descent, as in EBLearn.
    """

    slots = ("v", "h")

    def __init__(self, eta=1e-4, mu=0.02, ndiaghessian=100, hessian_period=4000, **common):
        super().__init__(eta, **common)
        self.mu, self.ndiaghessian, self.hessian_period = (
            number("mu", mu),
            ndiaghessian,
            hessian_period,
        )
        for name, value, least in (
            ("ndiaghessian", ndiaghessian, 0),
            ("hessian_period", hessian_period, 1),
        ):
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise NetkitError(f"{name}={value}: give a whole number from {least}")
        if not self.mu:
            raise NetkitError(
                "mu=0: give a number over 0: a weight without curvature would have no end to its rate"
            )

    def prepare(self, trainer):
        before = trainer.shown - trainer.batch_size
        if (
            trainer.shown
            and trainer.shown // self.hessian_period == max(0, before) // self.hessian_period
        ):
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
