"""Sampling: which training samples an iteration shows, in which order, and which of them it learns
from.
"""

import numpy as np

from netkit.energy import Energy
from netkit.errors import NetkitError, flag


class Sampling:
    """The order of the samples, drawn from (seed, pass) alone, so that a resumed run sees the same.

    epoch_mode: 1, an iteration is a pass over all samples; 0, it is the next `epoch_size` samples
    (as many as there are if null), and passes go on from one iteration to the next. shuffle_passes:
    mix every pass; without, samples come as the data set has them. balanced_training: each class is
    shown equally often, small ones again and again until the largest is through;
    class_probabilities, a list of one number a class, sets other shares. random_class_order: the
    order in which the classes take turns then is random. sample_probabilities: samples are drawn by
    chance and with replacement, in proportion to their energy when they were last shown
    (hardest_focus) or to how far it is below the largest one; never less likely than
    min_sample_weight (0..1) of the likeliest. per_class_norm: in proportion to the largest energy
    of their class. ignore_correct: no gradient of samples that are answered right already.
    """

    def __init__(
        self,
        epoch_mode=1,
        epoch_size=None,
        shuffle_passes=True,
        balanced_training=False,
        class_probabilities=None,
        random_class_order=True,
        sample_probabilities=False,
        hardest_focus=True,
        per_class_norm=False,
        min_sample_weight=0.0,
        ignore_correct=False,
    ):
        if epoch_mode not in (0, 1) or isinstance(epoch_mode, bool):
            raise NetkitError(
                f"epoch_mode={epoch_mode}: there are 0, epoch_size samples, and 1, all samples"
            )
        if epoch_size is not None and (
            isinstance(epoch_size, bool) or not isinstance(epoch_size, int) or epoch_size < 1
        ):
            raise NetkitError(
                f"epoch_size={epoch_size}: give a whole number from 1, or null for all samples"
            )
        if not isinstance(min_sample_weight, (int, float)) or not 0 <= min_sample_weight <= 1:
            raise NetkitError(f"min_sample_weight={min_sample_weight}: give a number from 0 to 1")
        self.epoch_mode, self.epoch_size, self.class_probabilities = (
            epoch_mode,
            epoch_size,
            class_probabilities,
        )
        self.shuffle_passes = flag("shuffle_passes", shuffle_passes)
        self.balanced_training = flag("balanced_training", balanced_training)
        self.random_class_order = flag("random_class_order", random_class_order)
        self.sample_probabilities = flag("sample_probabilities", sample_probabilities)
        self.hardest_focus, self.per_class_norm = (
            flag("hardest_focus", hardest_focus),
            flag("per_class_norm", per_class_norm),
        )
        self.min_sample_weight, self.ignore_correct = (
            min_sample_weight,
            flag("ignore_correct", ignore_correct),
        )

    def length(self, labels):
        """Return how many samples an iteration shows."""
        if self.epoch_mode == 0:
            return self.epoch_size or len(labels)
        return int(self.counts(labels).sum()) if self.by_class else len(labels)

    def order(self, labels, iteration, seed=0, energies=None):
        """Return the indices of the samples that iteration `iteration` shows, counted from 0.

        labels: (N,).  energies: of each sample when it was last shown, (N,), NaN if it never was.
        """
        size = int(self.counts(labels).sum()) if self.by_class else len(labels)
        length = self.length(labels)
        at, end, parts = iteration * length, (iteration + 1) * length, []
        for k in range(at // size, -(-end // size)):
            one = self.one_pass(labels, np.random.default_rng([seed, k]), energies)
            parts.append(one[max(0, at - k * size) : end - k * size])
        return np.concatenate(parts)

    @property
    def by_class(self):
        return self.balanced_training or self.class_probabilities is not None

    def counts(self, labels):
        """Return how often each class is shown in a pass."""
        have = np.bincount(labels)
        if self.class_probabilities is None:
            return np.where(have, have.max(), 0)
        shares = self.class_probabilities
        if len(shares) < len(have) or min(shares) < 0 or not sum(shares[: len(have)]) > 0:
            raise NetkitError(
                f"class_probabilities={shares}: give one number from 0 for each of {len(have)} classes"
            )
        shares = np.where(have, shares[: len(have)], 0)
        return np.round(shares / shares.sum() * len(labels)).astype(int)

    def one_pass(self, labels, rng, energies):
        """Return the indices of a pass."""
        weights = self.weights(labels, energies) if self.sample_probabilities else None
        if not self.by_class:
            return self.pick(np.arange(len(labels)), len(labels), weights, rng)
        counts = self.counts(labels)
        lists = [
            self.pick(np.flatnonzero(labels == c), n, weights, rng) for c, n in enumerate(counts)
        ]
        return in_turns(lists, rng if self.random_class_order else None)

    def pick(self, members, size, weights, rng):
        """Return `size` of the indices `members`: by chance if there are weights, else round after
        round of all.
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

    def weights(self, labels, energies):
        """Return how likely each sample is, 1 for the likeliest; one that was never shown counts as
        it.
        """
        if energies is None or np.isnan(energies).all():
            return np.ones(len(labels))
        known = np.where(
            np.isnan(energies), np.nanmax(energies) if self.hardest_focus else 0, energies
        )
        largest = np.maximum.reduceat(
            known[np.argsort(labels, kind="stable")], first_of_each(labels)
        )
        largest = (
            largest[np.unique(labels, return_inverse=True)[1]]
            if self.per_class_norm
            else known.max()
        )
        share = known / np.maximum(largest, 1e-300)
        weights = share if self.hardest_focus else 1 - share
        return np.maximum(weights / max(weights.max(), 1e-300), max(self.min_sample_weight, 1e-6))

    def learns(self, energy):
        """Return the energy that training follows: without the gradient of right answers if they
        are ignored.
        """
        return OnlyWrong(energy) if self.ignore_correct else energy

    def idle(self):
        """Yield a line for each setting that has no effect beside the others."""
        if self.epoch_mode == 1 and self.epoch_size:
            yield f"epoch_size={self.epoch_size} has no effect with epoch_mode=1: an iteration is all samples"
        if self.sample_probabilities and not self.shuffle_passes:
            yield "shuffle_passes=false has no effect with sample_probabilities: samples are drawn by chance"
        if not self.sample_probabilities:
            for name, default in (
                ("hardest_focus", True),
                ("per_class_norm", False),
                ("min_sample_weight", 0),
            ):
                if getattr(self, name) != default:
                    yield f"{name}={getattr(self, name)} has no effect without sample_probabilities"
        if not self.random_class_order and not self.by_class:
            yield "random_class_order=false has no effect without balanced_training"


def in_turns(lists, rng):
    """Return the indices of some lists spread evenly over each other; equal places in random order
    if `rng`.
    """
    places = np.concatenate(
        [(np.arange(len(part)) + 0.5) / len(part) for part in lists if len(part)]
    )
    ties = rng.random(len(places)) if rng else np.arange(len(places))
    return np.concatenate(lists)[np.lexsort((ties, places))]


def first_of_each(labels):
    """Return where each class begins among the sorted labels."""
    return np.flatnonzero(np.diff(np.sort(labels), prepend=-1))


class OnlyWrong(Energy):
    """Another energy without the gradient of the samples that are answered right."""

    def __init__(self, energy):
        self.energy, self.ops = energy, energy.ops

    def forward(self, y, labels):
        energies, back = self.energy.forward(y, labels)
        wrong = self.energy.answer(y)[0][0, 0] != labels
        return energies, lambda scale: back((wrong * scale).astype(y.dtype))

    def noise(self, y, uniform):
        return self.energy.noise(y, uniform)

    def answer(self, y):
        return self.energy.answer(y)
