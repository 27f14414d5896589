"""Stochastic diagonal Levenberg-Marquardt, EBLearn's rule."""

from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.checks import Amount, Count, Positive, Whole
from netkit.plugins.optimizers.curvature import gauss_newton
from netkit.plugins.optimizers.sgd import Sgd
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer


class Sdlm(Sgd):
    """Stochastic diagonal Levenberg-Marquardt: every weight has a rate of its own, eta / (mu + h).

    h is the diagonal of the Gauss-Newton matrix, the mean over `ndiaghessian` training samples,
    estimated before each iteration and again at every `hessian_period` samples of it (LeCun,
    Bottou, Bengio & Haffner 1998, appendix C). For each sample, noise whose covariance is the
    energy's second derivative at the outputs is sent back through the net: the square of a weight's
    gradient is then, on average, its h (netkit.plugins.optimizers.curvature).

    mu: above 0, for a weight without curvature would have no end to its rate.  ndiaghessian: 0
    means h = 1 - mu, plain descent, as in EBLearn.
    """

    slots = ("v", "h")

    def __init__(
        self,
        eta: Amount = 1e-4,
        mu: Positive = 0.02,
        ndiaghessian: Whole = 100,
        *,
        hessian_period: Count = 4000,
        **common: Any,
    ) -> None:
        super().__init__(eta, **common)
        self.mu = mu
        self.ndiaghessian = ndiaghessian
        self.hessian_period = hessian_period

    def prepare(self, trainer: "Trainer") -> None:
        before = max(0, trainer.shown - trainer.batch_size)
        if trainer.shown and trainer.shown // self.hessian_period == before // self.hessian_period:
            return
        h = trainer.slots["h"]
        if not self.ndiaghessian:
            h.fill(1 - self.mu)
            return
        images, labels = trainer.samples
        rng = np.random.default_rng([*trainer.key, 3])
        chosen = trainer.net.ops.asarray(rng.integers(0, len(labels), self.ndiaghessian))
        gauss_newton(
            trainer.shards,
            trainer.energy,
            images[chosen],
            labels=labels[chosen],
            key=trainer.key,
            out=h,
        )

    def update(self, x: Array, dx: Array, slots: dict[str, Array], age: int, rate: float) -> None:
        if self.in_one_pass(x, dx, slots["v"], rate=rate, h=slots["h"], mu=self.mu):
            return
        divisor = self.scratch(x)
        divisor[...] = slots["h"]
        divisor += self.mu
        dx /= divisor
        super().update(x, dx, slots, age, rate)
