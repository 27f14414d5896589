"""Optimizer: the contract of an update rule on the flat weights, and what all rules share."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from math import cos, pi, prod
from typing import TYPE_CHECKING, Annotated, Literal

from netkit.checks import Amount, Bound, Checked
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer

SCHEDULES: dict[str, Callable[[float, float], float]] = {  # t runs from 0 to 1 over the run
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
    """An update rule: a subclass names its running vectors in `slots` and writes `update`.

    All weights of a net are one flat vector x, and their gradients another, dx, of the same length
    and type; a rule works on them in place. A subclass with arguments of its own takes `**common`
    beside them and hands it to `super().__init__`; the arguments are what its YAML takes.

    eta: learning rate.  schedule: how eta changes over the run, one of SCHEDULES; onecycle rises
    over the first `warmup` of it and falls to zero (Smith 2018).  anneal_value, anneal_period: at
    every anneal_period samples, the k-th time, eta is divided by 1 + k anneal_value for good, as
    EBLearn does.  reg_l1, reg_l2: weight decay, reg_l1 sign(x) + reg_l2 x is added to the gradient
    once reg_time samples were shown.  gradient_threshold: a gradient that is longer (Euclidean
    norm) is scaled down to this length; 0: never.
    """

    slots: tuple[str, ...] = ()  # names of its running vectors; a checkpoint keeps them
    _scratch: Array | None = None  # see `scratch`

    def __init__(
        self,
        eta: Amount,
        schedule: Literal["constant", "cosine", "step", "onecycle"] = "constant",
        warmup: Annotated[float, Bound(above=0, below=1)] = 0.2,
        *,
        anneal_value: Amount = 0.0,
        anneal_period: Amount = 0,
        reg_l1: Amount = 0.0,
        reg_l2: Amount = 0.0,
        reg_time: Amount = 0,
        gradient_threshold: Amount = 0.0,
    ) -> None:
        self.eta = eta
        self.schedule = SCHEDULES[schedule]
        self.warmup = warmup
        self.anneal_value = anneal_value
        self.anneal_period = anneal_period
        self.reg_l1 = reg_l1
        self.reg_l2 = reg_l2
        self.reg_time = reg_time
        self.gradient_threshold = gradient_threshold

    # ---- for a rule to write ----

    def update(self, x: Array, dx: Array, slots: dict[str, Array], age: int, rate: float) -> None:
        """Change the weights x by the gradient dx, in place.

        x, dx: flat, of one length.  dx, the decay added, may be overwritten.  slots: the rule's
        running vectors by name, like x, to be changed in place.  age: the number of this update,
        from 1, over all iterations.  rate: the learning rate, schedule and annealing applied.
        """
        raise NotImplementedError

    def prepare(self, trainer: "Trainer") -> None:
        """Do what a rule needs before an update, such as passes of its own.

        Changes `trainer.slots` in place. The trainer has the `net`, the `energy`, the `shards`
        (`shards.gradient` fills net.grads), `samples` (images and labels of this iteration, on the
        backend), `shown` (how many of them were shown), `batch_size`, and `key`, whole numbers to
        draw random ones from. What is left in net.grads is overwritten.
        """

    def unused_settings(self) -> Iterator[str]:
        """Yield a line for each setting that has no effect beside the others."""
        for one, other in (("anneal_value", "anneal_period"), ("anneal_period", "anneal_value")):
            if getattr(self, one) and not getattr(self, other):
                yield f"{one}={getattr(self, one):g} has no effect without {other}"
        if self.reg_time and not (self.reg_l1 or self.reg_l2):
            yield f"reg_time={self.reg_time:g} has no effect without reg_l1 or reg_l2"

    # ---- what all rules share ----

    def init(self, x: Array) -> dict[str, Array]:
        """Return the running vectors, zeros like the flat weights x: {name: vector}."""
        return {name: x * 0 for name in self.slots}

    def step(
        self,
        x: Array,
        dx: Array,
        slots: dict[str, Array],
        age: int,
        progress: float,
        samples: int = 0,
    ) -> None:
        """Change the weights x in place: limit the gradient, add weight decay, call `update`.

        age: the number of this update, from 1.  progress: the share of the run that is over before
        it, 0..1.  samples: how many were shown since the run began.  dx is overwritten.
        """
        if self.gradient_threshold:
            square = self.scratch(x)
            square[...] = dx
            square *= dx
            length = float(square.sum()) ** 0.5
            if length > self.gradient_threshold:
                dx *= self.gradient_threshold / length
        if samples >= self.reg_time:
            if self.reg_l2:
                pull = self.scratch(x)
                pull[...] = x
                pull *= self.reg_l2
                dx += pull
            if self.reg_l1:
                dx += self.reg_l1 * ((x > 0) * 1.0 - (x < 0) * 1.0).astype(x.dtype)
        self.update(x, dx, slots, age, self.rate(progress, samples))

    def rate(self, progress: float, samples: int = 0) -> float:
        """Return the learning rate at `progress`, 0..1 over the run, after so many samples."""
        eta = self.eta * self.schedule(progress, self.warmup)
        if self.anneal_value and self.anneal_period:
            eta /= annealed(self.anneal_value, int(samples // self.anneal_period))
        return eta

    def scratch(self, x: Array) -> Array:
        """Return a vector like the weights x to compute in, the same memory at each call.

        So an update allocates nothing; what it holds is lost at the next call.
        """
        vector = self._scratch
        if vector is None or vector.shape != x.shape or vector.dtype != x.dtype:
            vector = self._scratch = x * 0
        return vector


@lru_cache(64)
def annealed(value: float, times: int) -> float:
    """Return what EBLearn has divided eta by: (1 + value) (1 + 2 value) ... (1 + times value)."""
    return prod(1 + k * value for k in range(1, times + 1))
