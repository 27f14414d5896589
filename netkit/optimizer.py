"""Optimizer: the contract of an update rule on the flat weights, and what all rules have in
common.
"""

from functools import lru_cache
from math import cos, pi, prod

from netkit.checks import Checked
from netkit.errors import NetkitError

SCHEDULES = {  # t runs from 0 to 1 over the run
    "constant": lambda t, warmup: 1.0,
    "cosine": lambda t, warmup: (1 + cos(pi * t)) / 2,
    "step": lambda t, warmup: 1.0 if t < 0.5 else 0.1 if t < 0.75 else 0.01,
    "onecycle": lambda t, warmup: (
        0.04 + 0.96 * (1 - cos(pi * t / warmup)) / 2
        if t < warmup
        else (1 + cos(pi * (t - warmup) / (1 - warmup))) / 2
    ),
}


class Optimizer(Checked):
    """An update rule. A subclass names its running vectors in `slots` and writes `update`.

    A subclass with arguments of its own takes `**common` beside them and hands it to
    `super().__init__`.

    eta: learning rate.  schedule: how eta changes over the run, one of SCHEDULES; onecycle rises
    over the first `warmup` of it and falls to zero (Smith 2018).  anneal_value, anneal_period: at
    every anneal_period samples, the k-th time, eta is divided by 1 + k anneal_value for good, as
    EBLearn does.  reg_l1, reg_l2: weight decay, reg_l1 sign(x) + reg_l2 x is added to the gradient
    once reg_time samples were shown.  gradient_threshold: a gradient that is longer (Euclidean
    norm) is scaled down to this length; 0: never.
    """

    slots = ()
    kept = None  # see `spare`

    def __init__(
        self,
        eta,
        schedule="constant",
        warmup=0.2,
        anneal_value=0.0,
        anneal_period=0,
        reg_l1=0.0,
        reg_l2=0.0,
        reg_time=0,
        gradient_threshold=0.0,
    ):
        if schedule not in SCHEDULES:
            raise NetkitError(f"schedule={schedule}: there are {', '.join(SCHEDULES)}")
        if not 0 < number("warmup", warmup) < 1:
            raise NetkitError(f"warmup={warmup}: give a share of the run between 0 and 1")
        self.eta, self.schedule, self.warmup = (
            number("eta", eta),
            SCHEDULES[schedule],
            float(warmup),
        )
        self.anneal_value = number("anneal_value", anneal_value)
        self.anneal_period = number("anneal_period", anneal_period)
        self.reg_l1, self.reg_l2, self.reg_time = (
            number("reg_l1", reg_l1),
            number("reg_l2", reg_l2),
            reg_time,
        )
        number("reg_time", reg_time)
        self.gradient_threshold = number("gradient_threshold", gradient_threshold)

    def init(self, x):
        """Return the running vectors, zeros like the flat weights x: {name: vector}."""
        return {name: x * 0 for name in self.slots}

    def prepare(self, trainer):
        """Called before every update, for a rule that needs passes of its own: change
        `trainer.slots` in place.

        The trainer has the `net`, `dataset`, `energy`, `shards` (`shards.gradient` fills net.grads),
        `shown`, how many samples of this iteration were shown, and a `key`, whole numbers to draw
        from. What `prepare` leaves in net.grads is overwritten.
        """

    def rate(self, progress, samples=0):
        """Return the learning rate at `progress`, from 0 at the start of the run to 1, after so
        many samples.
        """
        eta = self.eta * self.schedule(progress, self.warmup)
        if self.anneal_value and self.anneal_period:
            eta /= annealed(self.anneal_value, int(samples // self.anneal_period))
        return eta

    def step(self, x, dx, slots, age, progress, samples=0):
        """Change x in place; `age` counts updates from 1, `samples` what was shown. dx may be used
        as scratch.
        """
        if self.gradient_threshold:
            square = self.spare(x)
            square[...] = dx
            square *= dx
            length = float(square.sum()) ** 0.5
            if length > self.gradient_threshold:
                dx *= self.gradient_threshold / length
        if samples >= self.reg_time:
            if self.reg_l2:
                pull = self.spare(x)
                pull[...] = x
                pull *= self.reg_l2
                dx += pull
            if self.reg_l1:
                dx += self.reg_l1 * ((x > 0) * 1.0 - (x < 0) * 1.0).astype(x.dtype)
        self.update(x, dx, slots, age, self.rate(progress, samples))

    def spare(self, x):
        """Return a vector like the weights x to work in, the same at every step, whose numbers are
        nobody's.
        """
        if self.kept is None or self.kept.shape != x.shape or self.kept.dtype != x.dtype:
            self.kept = x * 0
        return self.kept

    def update(self, x, dx, slots, age, rate):
        """Change the weights x by the gradient dx, in place; dx may be used as scratch."""
        raise NotImplementedError

    def idle(self):
        """Yield a line for each setting that has no effect beside the others."""
        for one, other in (("anneal_value", "anneal_period"), ("anneal_period", "anneal_value")):
            if getattr(self, one) and not getattr(self, other):
                yield f"{one}={getattr(self, one):g} has no effect without {other}"
        if self.reg_time and not (self.reg_l1 or self.reg_l2):
            yield f"reg_time={self.reg_time:g} has no effect without reg_l1 or reg_l2"


def number(name, value, least=0):
    """Return a setting as a float, if it is a number of at least `least`."""
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or not least <= value < float("inf")
    ):
        raise NetkitError(f"{name}={value}: give a number from {least}")
    return float(value)


@lru_cache(64)
def annealed(value, times):
    """Return what EBLearn has divided eta by after so many periods: (1 + value) (1 + 2 value) (1 +
    3 value) ...
    """
    return prod(1 + k * value for k in range(1, times + 1))
