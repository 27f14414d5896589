"""Optimizer: the contract of an update rule on the flat weights, with its learning rate over a run."""

from math import cos, pi

from netkit.errors import NetkitError

SCHEDULES = {
    "constant": lambda t, warmup: 1.0,
    "cosine": lambda t, warmup: (1 + cos(pi * t)) / 2,
    "step": lambda t, warmup: 1.0 if t < 0.5 else 0.1 if t < 0.75 else 0.01,
    "onecycle": lambda t, warmup: (
        0.04 + 0.96 * (1 - cos(pi * t / warmup)) / 2 if t < warmup else (1 + cos(pi * (t - warmup) / (1 - warmup))) / 2
    ),
}


class Optimizer:
    """An update rule. A subclass names its running vectors in `slots` and writes `update`.

    eta: learning rate.  schedule: how eta changes over the run, one of SCHEDULES; onecycle rises over the first
    `warmup` of it and falls to zero (Smith 2018).  reg: times each weight, added to its gradient (EBLearn's reg_l2).
    """

    slots = ()

    def __init__(self, eta, schedule="constant", warmup=0.2, reg=0.0):
        for name, value, least in (("eta", eta, 0), ("reg", reg, 0), ("warmup", warmup, 0)):
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= least:
                raise NetkitError(f"{name}={value}: give a number from {least}")
        if schedule not in SCHEDULES:
            raise NetkitError(f"schedule={schedule}: there are {', '.join(SCHEDULES)}")
        if not 0 < warmup < 1:
            raise NetkitError(f"warmup={warmup}: give a share of the run between 0 and 1")
        self.eta, self.schedule, self.warmup, self.reg = float(eta), SCHEDULES[schedule], float(warmup), float(reg)

    def init(self, x):
        """Return the running vectors, zeros like the flat weights x: {name: vector}."""
        return {name: x * 0 for name in self.slots}

    def rate(self, progress):
        """Return the learning rate at `progress`, from 0 at the start of the run to 1 at its end."""
        return self.eta * self.schedule(progress, self.warmup)

    def step(self, x, dx, slots, age, progress):
        """Change x in place; `age` counts updates from 1. dx may be used as scratch."""
        if self.reg:
            dx += self.reg * x
        self.update(x, dx, slots, age, self.rate(progress))

    def update(self, x, dx, slots, age, rate):
        """Change the weights x by the gradient dx, in place."""
        raise NotImplementedError
