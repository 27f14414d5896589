"""Sampling: which training samples an iteration shows, and in which order."""

from collections.abc import Iterator
from math import inf
from typing import Literal

import numpy as np

from netkit.checks import Amounts, Checked, Count, Share
from netkit.energy import Energy
from netkit.errors import NetkitError
from netkit.training.only_wrong import OnlyWrong
from netkit.types import Array

ENOUGH = 64  # updates in an iteration: what passes=auto sees to


class Sampling(Checked):
    """The order of the samples, drawn from (seed, pass) alone, so that a resumed run sees the same.

    epoch_mode: 1, an iteration is a pass over all samples; 0, it is the next `epoch_size` samples
    (as many as there are if null), and passes go on from one iteration to the next. passes: with
    epoch_mode=1, so many of them make an iteration; auto: as few as make 64 updates of batch_size
    samples, so that a small set is shown as often as it needs, changed by chance in other ways each
    time, while tests and files of an iteration stay few. shuffle_passes:
    mix every pass; without, samples come as the data set has them. balanced_training: each class is
    shown equally often, small ones again and again until the largest is through;
    class_probabilities, a list of one number a class, sets other shares. random_class_order: the
    order in which the classes take turns then is random. sample_probabilities: samples are drawn by
    chance and with replacement, in proportion to their energy when they were last shown
    (hardest_focus) or to how far it is below the largest one; never less likely than
    min_sample_weight (0..1) of the likeliest. per_class_norm: in proportion to the largest energy
    of their class. ignore_correct: no gradient of samples that are answered right already.  views:
    an update shows each of its samples so many times, each time changed by chance in another way
    (Hoffer, Ben-Nun, Hubara, Giladi, Hoefler & Soudry 2020).
    """

    def __init__(
        self,
        epoch_mode: Literal[0, 1] = 1,
        epoch_size: Count | None = None,
        shuffle_passes: bool = True,
        *,
        balanced_training: bool = False,
        class_probabilities: Amounts | None = None,
        random_class_order: bool = True,
        sample_probabilities: bool = False,
        hardest_focus: bool = True,
        per_class_norm: bool = False,
        min_sample_weight: Share = 0.0,
        ignore_correct: bool = False,
        views: Count = 1,
        passes: Count | Literal["auto"] = 1,
        batch_size: Count = 16,
    ) -> None:
        self.epoch_mode = epoch_mode
        self.epoch_size = epoch_size
        self.shuffle_passes = shuffle_passes
        self.balanced_training = balanced_training
        self.class_probabilities = class_probabilities
        self.random_class_order = random_class_order
        self.sample_probabilities = sample_probabilities
        self.hardest_focus = hardest_focus
        self.per_class_norm = per_class_norm
        self.min_sample_weight = min_sample_weight
        self.ignore_correct = ignore_correct
        self.views = views
        self.passes = passes
        self.batch_size = batch_size

    def length(self, labels: Array) -> int:
        """Return how many samples an iteration shows, for the labels (N,) of all."""
        if self.epoch_mode == 0:
            return self.epoch_size or len(labels)
        return self.times(labels) * self.of_a_pass(labels)

    def times(self, labels: Array) -> int:
        """Return how many passes make an iteration with epoch_mode=1."""
        if self.passes != "auto":
            return self.passes
        return max(1, -(-ENOUGH * self.batch_size // max(1, self.of_a_pass(labels))))

    def order(
        self, labels: Array, iteration: int, seed: int = 0, energies: Array | None = None
    ) -> Array:
        """Return the indices of the samples that iteration `iteration` shows, counted from 0.

        labels: (N,).  energies: of each sample when it was last shown, (N,), NaN if it never was.
        """
        size, length = self.of_a_pass(labels), self.length(labels)
        at, end = iteration * length, (iteration + 1) * length
        parts = []
        for k in range(at // size, -(-end // size)):
            one = self.one_pass(labels, np.random.default_rng([seed, k]), energies)
            parts.append(one[max(0, at - k * size) : end - k * size])
        return np.concatenate(parts)

    @property
    def by_class(self) -> bool:
        """Whether each class is shown a number of times of its own."""
        return self.balanced_training or self.class_probabilities is not None

    def of_a_pass(self, labels: Array) -> int:
        """Return how many samples a pass shows."""
        return int(self.counts(labels).sum()) if self.by_class else len(labels)

    def counts(self, labels: Array) -> Array:
        """Return how often each class is shown in a pass."""
        have = np.bincount(labels)
        if self.class_probabilities is None:
            return np.where(have, have.max(), 0)
        given = self.class_probabilities
        if len(given) < len(have) or not 0 < sum(given[: len(have)]) < inf:
            raise NetkitError(
                f"class_probabilities={given}: "
                f"give one number from 0 for each of {len(have)} classes"
            )
        shares = np.where(have, given[: len(have)], 0)
        return np.round(shares / shares.sum() * len(labels)).astype(int)

    def one_pass(self, labels: Array, rng: np.random.Generator, energies: Array | None) -> Array:
        """Return the indices of a pass."""
        weights = self.weights(labels, energies) if self.sample_probabilities else None
        if not self.by_class:
            return self.pick(np.arange(len(labels)), len(labels), weights, rng)
        counts = self.counts(labels)
        lists = [
            self.pick(np.flatnonzero(labels == c), n, weights, rng) for c, n in enumerate(counts)
        ]
        return in_turns(lists, rng if self.random_class_order else None)

    def pick(
        self, members: Array, size: int, weights: Array | None, rng: np.random.Generator
    ) -> Array:
        """Return `size` of the indices `members`: by chance with weights, else all in turn.

        More than there are begin anew after the last.
        """
        if not size:
            return members[:0]
        if weights is not None:
            return rng.choice(members, size, p=weights[members] / weights[members].sum())
        rounds = [
            rng.permutation(members) if self.shuffle_passes else members
            for _ in range(-(-size // len(members)))
        ]
        return np.concatenate(rounds)[:size]

    def weights(self, labels: Array, energies: Array | None) -> Array:
        """Return how likely each sample is (N,): 1 the likeliest, and those never shown."""
        if energies is None or np.isnan(energies).all():
            return np.ones(len(labels))
        unseen = np.nanmax(energies) if self.hardest_focus else 0
        known = np.where(np.isnan(energies), unseen, energies)
        if self.per_class_norm:
            by_class = known[np.argsort(labels, kind="stable")]
            of_class = np.maximum.reduceat(by_class, first_of_each(labels))
            largest = of_class[np.unique(labels, return_inverse=True)[1]]
        else:
            largest = known.max()
        share = known / np.maximum(largest, 1e-300)
        weights = share if self.hardest_focus else 1 - share
        return np.maximum(weights / max(weights.max(), 1e-300), max(self.min_sample_weight, 1e-6))

    def learns(self, energy: Energy) -> Energy:
        """Return the energy to train on; right answers have no gradient if ignore_correct."""
        return OnlyWrong(energy) if self.ignore_correct else energy

    def unused_settings(self) -> Iterator[str]:
        """Yield a line for each setting that has no effect beside the others."""
        if self.epoch_mode == 1 and self.epoch_size:
            yield (
                f"epoch_size={self.epoch_size} has no effect with epoch_mode=1: "
                "an iteration is all samples"
            )
        if self.epoch_mode == 0 and self.passes not in (1, "auto"):
            yield (
                f"passes={self.passes} has no effect with epoch_mode=0: "
                "an iteration is epoch_size samples"
            )
        if self.sample_probabilities and not self.shuffle_passes:
            yield (
                "shuffle_passes=false has no effect with sample_probabilities: "
                "samples are drawn by chance"
            )
        if not self.sample_probabilities:
            for name, usual in (
                ("hardest_focus", True),
                ("per_class_norm", False),
                ("min_sample_weight", 0),
            ):
                if getattr(self, name) != usual:
                    yield f"{name}={getattr(self, name)} has no effect without sample_probabilities"
        if not self.random_class_order and not self.by_class:
            yield "random_class_order=false has no effect without balanced_training"


def in_turns(lists: list[Array], rng: np.random.Generator | None) -> Array:
    """Return the indices of some lists, each spread evenly over the whole.

    Indices that fall on one place come in the order of the lists, or with `rng` in random order.
    """
    full = [part for part in lists if len(part)]
    places = np.concatenate([(np.arange(len(part)) + 0.5) / len(part) for part in full])
    ties = rng.random(len(places)) if rng else np.arange(len(places))
    return np.concatenate(lists)[np.lexsort((ties, places))]


def first_of_each(labels: Array) -> Array:
    """Return where each class begins among the sorted labels."""
    return np.flatnonzero(np.diff(np.sort(labels), prepend=-1))
