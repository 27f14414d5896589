"""Classifier: a trained net that gives each image one answer."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from netkit.classification.answers import Answer, Scores, scores_of
from netkit.classification.batches import Batch
from netkit.classification.fitting import Fitting
from netkit.classification.items import UNKNOWN
from netkit.passes import Shards
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.energy import Energy
    from netkit.net import Net


class Answered(NamedTuple):
    """A Batch and what the net says of it.

    energies: (N,), of the images whose class is known; NaN of the others.
    """

    batch: Batch
    scores: Scores
    answers: list[Answer]
    energies: Array


class Classifier:
    """Answer images, a batch at a time, each batch over the cores.

    energy: what reads answers from outputs.  classes: their names.  fitting: how images become the
    net's.  top: how many of the likeliest classes an Answer has.
    """

    def __init__(
        self,
        net: "Net",
        energy: "Energy",
        classes: Sequence[str],
        *,
        fitting: Fitting,
        top: int = 1,
    ) -> None:
        self.net = net
        self.energy = energy
        self.classes = list(classes)
        self.fitting = fitting
        self.top = min(top, len(self.classes))
        self.shards = Shards(net)

    def each(self, batches: Iterable[Batch]) -> Iterator[Answered]:
        """Yield what the net says of each Batch, in order."""
        with self.net.ops.limits():
            for batch in batches:
                yield self.answer(batch)

    def answer(self, batch: Batch) -> Answered:
        """Return what the net says of a Batch, which may be empty."""
        count = len(self.classes)
        if not len(batch.images):
            none = np.zeros((0, count))
            empty = Scores(none, np.zeros(0, np.int64), none.astype(np.int64))
            return Answered(batch, empty, [], np.zeros(0))
        y = self.shards.outputs(self.net.ops.asarray(batch.images))
        scores = scores_of(self.energy, y, count)
        return Answered(
            batch, scores, scores.answers(self.classes, self.top), self.energies(y, batch.truth)
        )

    def energies(self, y: Array, truth: Array) -> Array:
        """Return the energy of each image whose class is known, NaN of the others, (N,)."""
        energies, known = np.full(len(truth), np.nan), np.flatnonzero(truth != UNKNOWN)
        if len(known):
            ops = self.net.ops
            of_known = self.energy.forward(ops.asarray(y[..., known]), ops.asarray(truth[known]))
            energies[known] = ops.to_host(of_known[0])
        return energies
