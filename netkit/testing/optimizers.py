"""check_optimizer: what the author of an update rule runs to know that it is right."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from netkit.backends.base import Backend
from netkit.energy import Energy
from netkit.net import Net
from netkit.optimizer import Optimizer
from netkit.passes import Shards
from netkit.testing.alike import check_alike, devices
from netkit.testing.layers import Offset
from netkit.types import Array

SAMPLES, OUTPUTS = 6, 3


class Squares(Energy):
    """Half the squared distance of the outputs to 1 for the class and -1 for the others."""

    def forward(self, y: Array, labels: Array) -> tuple[Array, Callable[[Any], Array]]:
        hit = self.ops.xp.arange(y.shape[0])[:, None] == labels
        diff = y[:, 0, 0] - (2 * hit - 1).astype(y.dtype)
        return 0.5 * (diff * diff).sum(0), lambda scale: (diff * scale)[:, None, None]

    def answer(self, y: Array) -> tuple[Array, Array]:
        return y.argmax(0), y.max(0)


def check_optimizer(
    make: Callable[[], Optimizer],
    steps: int = 50,
    *,
    decays: bool = False,
    seed: int = 0,
) -> None:
    """Check an update rule on a small quadratic problem, also resumed, also on a strict device.

    make: a function without arguments that returns a new optimizer.  Its `steps` must make the
    energy smaller; a gradient of zero must leave the weights where they are, except with
    `decays=True` or weight decay (reg_l1, reg_l2); and all that it remembers must be in its slots,
    so that a copy of them, given to a new one, goes on with the same numbers. Raises
    AssertionError.
    """
    found = []
    for dtype, ops in devices():
        whole = Job(make(), ops, dtype, seed)
        before = whole.energy()
        first = whole.run(steps // 2)
        copies = {name: slot.copy() for name, slot in whole.slots.items()}
        values = whole.net.values.copy()
        whole.run(steps - steps // 2, first)
        assert whole.energy() < before, (
            f"{steps} steps took the energy from {before:.6g} to {whole.energy():.6g}: "
            "give a rule, or an eta, that makes it smaller"
        )
        again = Job(make(), ops, dtype, seed)
        again.net.values[...] = values
        again.take(copies)
        again.run(steps - steps // 2, first)
        end, resumed = (ops.to_host(job.net.values) for job in (whole, again))
        assert np.array_equal(end, resumed), (
            "resumed from its slots it goes on with other numbers: keep all that it remembers in "
            "slots, and change them in place"
        )
        found.append([end.copy()])
        if not decays:
            check_rest(make(), ops, dtype, seed)
    check_alike(found)


def check_rest(rule: Optimizer, ops: Backend, dtype: str, seed: int) -> None:
    """Check that a new rule leaves the weights where they are if their gradient is zero."""
    if rule.reg_l1 or rule.reg_l2:
        return
    job = Job(rule, ops, dtype, seed)
    before = ops.to_host(job.net.values).copy()
    rule.prepare(job.trainer)
    job.net.grads.fill(0)
    rule.step(job.net.values, job.net.grads, job.slots, 1, 0.0, 0)
    assert np.array_equal(ops.to_host(job.net.values), before), (
        "a gradient of zero moves the weights: if it is meant to, check with decays=True"
    )


class Job:
    """A net whose energy is quadratic in its weights, trained by a rule."""

    def __init__(self, rule: Optimizer, ops: Backend, dtype: str, seed: int) -> None:
        rng = np.random.default_rng(seed)
        images = rng.normal(size=(SAMPLES, OUTPUTS, 1, 1)).astype(dtype)
        self.rule = rule
        self.net = Net({"offset": Offset()}, (OUTPUTS, 1, 1), ops, dtype=dtype, seed=seed)
        self.net.values[...] = ops.asarray(rng.normal(size=OUTPUTS), dtype)
        rule.begin(self.net, 1)
        self.loss = Squares()
        self.loss.ops = ops
        self.shards = Shards(self.net)
        self.samples = ops.samples(images, np.arange(SAMPLES) % OUTPUTS)
        self.take(rule.init(self.net.values))
        for name, slot in self.slots.items():
            same = slot.shape == self.net.values.shape and slot.dtype == dtype
            assert same, f"slot {name}: {slot.shape} {slot.dtype}: give a vector like the weights"
        assert set(self.slots) == set(rule.slots), (
            f"init made the slots {sorted(self.slots)}, the class names {sorted(rule.slots)}"
        )

    def take(self, slots: dict[str, Array]) -> None:
        """Go on with these running vectors."""
        self.slots = slots
        self.trainer: Any = SimpleNamespace(
            net=self.net,
            shards=self.shards,
            energy=self.loss,
            slots=slots,
            samples=self.samples,
            key=(0,),
            shown=0,
            batch_size=SAMPLES,
        )

    def energy(self) -> float:
        """Return the mean energy with the present weights."""
        return float(self.shards.test(*self.samples, self.loss)[0].mean())

    def run(self, steps: int, done: int = 0) -> int:
        """Take so many steps after those done; return how many there were in all."""
        for age in range(done + 1, done + steps + 1):
            self.trainer.shown = (age - 1) * SAMPLES
            self.trainer.key = (0, age)
            self.rule.prepare(self.trainer)
            self.shards.gradient(*self.samples, self.loss, (0, age))
            self.rule.step(self.net.values, self.net.grads, self.slots, age, 0.0, age * SAMPLES)
            assert self.net.values.dtype == self.net.dtype, "the weights changed their type"
        return done + steps
