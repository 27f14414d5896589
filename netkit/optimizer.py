"""Optimizer: the contract of an update rule on the flat weights, and what all rules share."""

from collections.abc import Iterator
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Literal

from netkit.checks import Amount, Checked, Positive, Share, ShareBelow1
from netkit.errors import NetkitError
from netkit.schedule import MILESTONES, START, STEP_FACTOR, Schedule
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.backends.base import Backend
    from netkit.net import Net
    from netkit.training.trainer import Trainer


class Optimizer(Checked):
    """An update rule: a subclass names its running vectors in `slots` and writes `update`.

    All weights of a net are one flat vector x, and their gradients another, dx, of the same length
    and type; a rule works on them in place. A subclass with arguments of its own takes `**common`
    beside them and hands it to `super().__init__`; the arguments are what its YAML takes.

    eta: learning rate.  schedule: how eta changes over the run.  It first rises from start_factor
    times eta over the share `warmup` of the run (null: 0.2 for onecycle, else none), or over
    warmup_iterations; then linear, cosine and onecycle (Smith 2018) fall to end_factor times eta,
    and step multiplies it by step_factor at each of the milestones, shares of the run.
    anneal_value, anneal_period: at every anneal_period samples, the k-th time, eta is divided by
    1 + k anneal_value for good, as EBLearn does.  reg_l1, reg_l2: weight decay, reg_l1 sign(x) +
    reg_l2 x is added to the gradient once reg_time samples were shown.  reg_biases: false leaves
    out of all decay what has one number a map: biases, scales and shifts (He et al. 2019).
    gradient_threshold: a gradient that is longer (Euclidean norm) is scaled down to this length; 0:
    never.
    """

    slots: tuple[str, ...] = ()  # names of its running vectors; a checkpoint keeps them
    decay: float = 0.0  # of a rule that decays weights beside the gradient
    ops: "Backend | None" = None  # of the run's net, once it has begun
    _scratch: Array | None = None  # see `scratch`
    _decayed: Array | None = None  # 1 for each weight that is decayed, else 0; None: all are

    def __init__(
        self,
        eta: Amount,
        schedule: Literal["constant", "linear", "cosine", "step", "onecycle"] = "constant",
        warmup: ShareBelow1 | None = None,
        *,
        warmup_iterations: Positive | None = None,
        start_factor: Share = START,
        end_factor: Share = 0.0,
        milestones: tuple[float, ...] = MILESTONES,
        step_factor: Positive = STEP_FACTOR,
        anneal_value: Amount = 0.0,
        anneal_period: Amount = 0,
        reg_l1: Amount = 0.0,
        reg_l2: Amount = 0.0,
        reg_time: Amount = 0,
        reg_biases: bool = True,
        gradient_threshold: Amount = 0.0,
    ) -> None:
        if warmup is not None and warmup_iterations is not None:
            raise NetkitError(
                f"warmup={warmup:g}: warmup_iterations={warmup_iterations:g} says it too: "
                "give one of them"
            )
        self.eta = eta
        self.schedule = Schedule(
            schedule,
            warmup,
            start_factor=start_factor,
            end_factor=end_factor,
            milestones=milestones,
            step_factor=step_factor,
        )
        self.warmup_iterations = warmup_iterations
        self.anneal_value = anneal_value
        self.anneal_period = anneal_period
        self.reg_l1 = reg_l1
        self.reg_l2 = reg_l2
        self.reg_time = reg_time
        self.reg_biases = reg_biases
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

    def begin(self, net: "Net", iterations: int) -> None:
        """Take what depends on the net and on how long the run is; called once, before it."""
        self.ops = net.ops
        over = self.warmup_iterations
        if over is not None and iterations:
            if over >= iterations:
                raise NetkitError(
                    f"warmup_iterations={over:g}: the run has iterations={iterations}: give fewer"
                )
            self.schedule.warmup = over / iterations
        if not self.reg_biases:
            self._decayed = matrices(net)

    def unused_settings(self) -> Iterator[str]:
        """Yield a line for each setting that has no effect beside the others."""
        for one, other in (("anneal_value", "anneal_period"), ("anneal_period", "anneal_value")):
            if getattr(self, one) and not getattr(self, other):
                yield f"{one}={getattr(self, one):g} has no effect without {other}"
        if self.reg_time and not (self.reg_l1 or self.reg_l2):
            yield f"reg_time={self.reg_time:g} has no effect without reg_l1 or reg_l2"
        if not (self.reg_biases or self.reg_l1 or self.reg_l2 or self.decay):
            yield "reg_biases=false has no effect without weight decay"
        yield from self.schedule.unused_settings(warms_up=bool(self.warmup_iterations))

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
        if samples >= self.reg_time and (self.reg_l1 or self.reg_l2):
            self.add_decay(x, dx)
        self.update(x, dx, slots, age, self.rate(progress, samples))

    def add_decay(self, x: Array, dx: Array) -> None:
        """Add reg_l2 x + reg_l1 sign(x) to the gradient dx, in place."""
        l2, l1, ops = self.reg_l2, self.reg_l1, self.ops
        if ops is not None and ops.decay(dx, x, self._decayed, l2=l2, l1=l1):
            return
        if l2:
            dx += self.pull(x, l2)
        if l1:
            dx += self.pull(((x > 0) * 1.0 - (x < 0) * 1.0).astype(x.dtype), l1)

    def rate(self, progress: float, samples: int = 0) -> float:
        """Return the learning rate at `progress`, 0..1 over the run, after so many samples."""
        eta = self.eta * self.schedule(progress)
        if self.anneal_value and self.anneal_period:
            eta /= annealed(self.anneal_value, int(samples // self.anneal_period))
        return eta

    def pull(self, x: Array, amount: float) -> Array:
        """Return amount times x, in `scratch`, with zeros where weights are not decayed."""
        pull = self.scratch(x)
        pull[...] = x
        pull *= amount
        if self._decayed is not None:
            pull *= self._decayed
        return pull

    def shrink(self, x: Array, share: float) -> None:
        """Take a share of each weight that is decayed off it, in place."""
        if self._decayed is None:
            x *= 1 - share
        else:
            x -= self.pull(x, share)

    def scratch(self, x: Array) -> Array:
        """Return a vector like the weights x to compute in, the same memory at each call.

        So an update allocates nothing; what it holds is lost at the next call.
        """
        vector = self._scratch
        if vector is None or vector.shape != x.shape or vector.dtype != x.dtype:
            vector = self._scratch = x * 0
        return vector


def matrices(net: "Net") -> Array:
    """Return a vector like the weights, 1 where they are matrices and kernels and 0 elsewhere.

    Biases, scales and shifts have one dimension, a number a map.
    """
    ones = net.ops.xp.zeros_like(net.values)
    for kind, place, dimensions in net.places.values():
        if kind == "weights" and len(dimensions) > 1:
            ones[place] = 1
    return ones


@lru_cache(64)
def annealed(value: float, times: int) -> float:
    """Return what EBLearn has divided eta by: (1 + value) (1 + 2 value) ... (1 + times value)."""
    return prod(1 + k * value for k in range(1, times + 1))
