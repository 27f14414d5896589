"""Rate finder: a short run whose learning rate rises, to see which one trains best."""

from collections.abc import Iterator
from copy import copy
from itertools import count
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from netkit.checks import Checked, Count, Positive
from netkit.errors import NetkitError
from netkit.passes import no_float_warnings
from netkit.schedule import Schedule
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer

DIVERGED = 4.0  # times the smallest smoothed energy: the run ends there
WINDOW = 11  # batches that a smoothed energy is the mean of


class Found(NamedTuple):
    """What a run with a rising rate showed: rates, energies of the batches, the smoothed energies.

    eta: the rate to take; None if the energy never fell.
    """

    rates: Array
    energies: Array
    smooth: Array
    eta: float | None


class RateFinder(Checked):
    """Find a learning rate: eta rises at each update by the same factor (Smith 2017).

    find_rate_from, find_rate_to: the first and the last rate.  find_rate_updates: how many updates
    lie between. It ends before the last one when the energy has become four times its smallest.
    """

    def __init__(
        self,
        find_rate_from: Positive = 1e-6,
        find_rate_to: Positive = 10.0,
        find_rate_updates: Count = 150,
    ) -> None:
        if not find_rate_from < find_rate_to:
            raise NetkitError(
                f"find_rate_from={find_rate_from:g}: find_rate_to={find_rate_to:g} must be larger"
            )
        if find_rate_updates < 3 * WINDOW:
            raise NetkitError(
                f"find_rate_updates={find_rate_updates}: give {3 * WINDOW} or more, for the "
                "energies of single batches differ by chance"
            )
        self.first = find_rate_from
        self.last = find_rate_to
        self.updates = find_rate_updates

    @no_float_warnings
    def run(self, trainer: "Trainer") -> Found:
        """Run a new trainer; its weights and statistics are afterwards what they were before."""
        net, rule = trainer.net, trainer.optimizer
        before = net.values.copy(), net.state.copy()
        trainer.optimizer = copy(rule)
        trainer.optimizer.schedule = Schedule("constant")
        trainer.optimizer.anneal_value = 0.0
        try:
            with net.ops.limits():
                rates, energies = self.rise(trainer)
        finally:
            trainer.optimizer = rule
            net.values[...], net.state[...] = before
        return Found(rates, energies, smoothed(energies), proposed(rates, energies))

    def rise(self, trainer: "Trainer") -> tuple[Array, Array]:
        """Train with rising rates; return them and the mean energy of each batch before it."""
        rates = np.geomspace(self.first, self.last, self.updates)
        energies: list[float] = []
        for rate, chosen in zip(rates, batches(trainer), strict=False):
            trainer.optimizer.eta = float(rate)
            trainer.optimizer.prepare(trainer)
            energies.append(float(trainer.gradient(chosen)[0].mean()))
            if diverged(energies):
                break
            trainer.update(len(chosen))
        energies = energies[:-1] if not isfinite(energies[-1]) else energies
        return rates[: len(energies)], np.array(energies)


def batches(trainer: "Trainer") -> Iterator[Array]:
    """Yield the indices of one batch after the other, one iteration after the other."""
    for iteration in count():
        order = trainer.begin_iteration(iteration)
        for at in range(0, len(order), trainer.batch_size):
            yield order[at : at + trainer.batch_size]


def diverged(energies: list[float]) -> bool:
    """Return whether the last energies are no numbers, or far above the smallest ones so far."""
    if not isfinite(energies[-1]):
        return True
    if len(energies) < 2 * WINDOW:
        return False  # the first batches may be easy ones
    smooth = smoothed(np.array(energies))
    return bool(smooth[-1] > DIVERGED * smooth.min())


def smoothed(energies: Array) -> Array:
    """Return the mean of each energy and of those around it, the nearer ones counting more."""
    if len(energies) < WINDOW:
        return energies
    weights = np.hanning(WINDOW + 2)[1:-1]
    sizes = np.convolve(np.ones_like(energies), weights, "same")  # at the ends there are fewer
    return np.convolve(energies, weights, "same") / sizes


def proposed(rates: Array, energies: Array) -> float | None:
    """Return a rate to train with, of two digits: a quarter of the one of the smallest energy.

    None if the energy, smoothed, never fell: by a twentieth of what it was, and by more than
    batches differ by chance. At the smallest energy rates already are about to be too large; a
    tenth of that one, which is often taken, learns less in a run of few iterations
    (docs/training.md).
    """
    smooth = smoothed(energies)
    best = int(smooth.argmin())
    start = smooth[: max(1, min(WINDOW, best))].mean()
    chance = 1.5 * (energies - smooth)[: best + 1].std()  # beyond it they may diverge
    fell = start - smooth[best] > max(0.05 * start, chance)
    return float(f"{rates[best] / 4:.2g}") if fell else None
