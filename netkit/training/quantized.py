"""Training that sees weights and maps as eight bits have them: quantize=true."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from netkit.rounding import Formats
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer


class Quantized:
    """Says when a net rounds while it learns, and finds anew how.

    find: returns the formats for the weights as they are; None for a net that does not round.
    after: the iterations that are trained in floats first, while weights change most and no range
    fits for long; tests round from the beginning.

    Formats are found before every test, before the first update that rounds, and before those 1, 2,
    4, 8, ... updates later. Weights need none: the largest of each map is one.
    """

    def __init__(self, find: Callable[[], Formats] | None = None, after: float = 0.0) -> None:
        self.find = find
        self.after = after
        self.found: list[Array] = []  # the weights and statistics that formats were found for

    def before_update(self, trainer: "Trainer") -> None:
        """Begin to round if it is time, and find the formats anew if it is time for that."""
        if trainer.net.rounding is None:
            return
        updates = trainer.steps // max(1, trainer.iterations)
        rounded = trainer.step - round(self.after * updates)  # updates that have rounded
        trainer.net.rounding.on = rounded >= 0
        if rounded >= 0 and (not trainer.shown or not rounded & (rounded - 1)):
            self.look(trainer)

    def before_test(self, trainer: "Trainer") -> None:
        """Round by formats for the weights that are to be tested and saved."""
        if trainer.net.rounding is not None:
            trainer.net.rounding.on = True
            self.look(trainer)

    def look(self, trainer: "Trainer") -> None:
        """Find the formats for the present weights; every process of a run takes rank 0's."""
        rounding, ranks = trainer.net.rounding, trainer.ranks
        assert rounding is not None
        formats: Formats = rounding.formats
        if ranks.writes and self.find is not None and self.changed(trainer):
            formats = self.find()
        rounding.take(ranks.comm.share(formats) if ranks.many else formats)

    def changed(self, trainer: "Trainer") -> bool:
        """Return whether weights or statistics are others than last time, and note them.

        A net that has diverged keeps its formats; that it has is said elsewhere.
        """
        net = trainer.net
        vectors = [net.ops.to_host(each) for each in (net.values, net.state)]
        if self.found and all(map(np.array_equal, self.found, vectors)):
            return False
        self.found = [each.copy() for each in vectors]
        return all(np.isfinite(each).all() for each in vectors)
