"""Validation: what is tested after an iteration, and when that says to stop."""

from math import ceil
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from netkit.checks import Checked, Count, Whole
from netkit.dataset import Samples
from netkit.energy import Energy
from netkit.errors import NetkitError
from netkit.training.finding import Found, find
from netkit.training.shared import answers_of_all, find_by_all
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.passes import Shards
    from netkit.training.trainer import Trainer

Row = dict[str, float]  # the results of an iteration, by name
SCORES = {"test_correct": "{:.2f}%", "test_map": "{:.4f}"}  # what is best where it is highest


class Tested(NamedTuple):
    """What a net answered to some samples: energies (N,) and the classes answered (N,)."""

    samples: Samples
    energies: Array
    answers: Array

    @property
    def energy(self) -> float:
        """The mean energy; 0 of no samples."""
        return float(self.energies.sum()) / max(1, len(self.energies))

    @property
    def correct(self) -> float:
        """The percentage of right answers."""
        right = int((self.answers == self.samples.labels).sum())
        return 100 * right / max(1, len(self.answers))


Result: TypeAlias = Tested | Found  # of a test


class Validation(Checked):
    """The tests after each iteration.

    no_training_test: energy and correct of a row are as met during the iteration; without it, the
    training samples are tested anew after it, as EBLearn does. no_testing_test: the validation
    samples are not tested, and a row has no test_energy and test_correct.  max_testing: test on the
    first so many samples only; 0: all. early_stopping: stop after so many iterations without a
    better test_correct, those of a warm-up not counted; null: never.

    Of data with boxes a row has no correct and, in place of test_correct, test_map: the mean
    average precision at an intersection over union of 0.5, in 0..1.
    """

    def __init__(
        self,
        no_training_test: bool = True,
        no_testing_test: bool = False,
        max_testing: Whole = 0,
        *,
        early_stopping: Count | None = None,
    ) -> None:
        if early_stopping and no_testing_test:
            raise NetkitError(
                f"early_stopping={early_stopping}: "
                "needs the tests that no_testing_test=true leaves out"
            )
        self.no_training_test = no_training_test
        self.no_testing_test = no_testing_test
        self.max_testing = max_testing or None
        self.early_stopping = early_stopping

    def row(self, trainer: "Trainer", energy: float, correct: float) -> tuple[Row, Result | None]:
        """Return the results of an iteration, and the test of the validation samples, if any.

        energy, correct: as met during the iteration.
        """
        trainer.quantized.before_test(trainer)
        if trainer.dataset.boxes:
            return self.row_of_boxes(trainer, energy)
        row = {"energy": energy, "correct": correct}
        if not self.no_training_test:
            again = self.test(trainer, trainer.dataset.train)
            row = {"energy": again.energy, "correct": again.correct}
        tested = self.tested(trainer)
        if not isinstance(tested, Tested):
            return row, None
        return row | {"test_energy": tested.energy, "test_correct": tested.correct}, tested

    def row_of_boxes(self, trainer: "Trainer", energy: float) -> tuple[Row, Found | None]:
        """Return the results of an iteration over data with boxes, and what was found."""
        row = {"energy": energy}
        if not self.no_training_test:
            row = {"energy": self.found(trainer, trainer.dataset.train).energy}
        found = self.tested(trainer)
        if not isinstance(found, Found):
            return row, None
        return row | {"test_energy": found.energy, "test_map": found.map}, found

    def tested(self, trainer: "Trainer") -> Result | None:
        """Test the present weights on the validation samples; None with no_testing_test."""
        if self.no_testing_test:
            return None
        test = self.found if trainer.dataset.boxes else self.test
        return test(trainer, trainer.dataset.val)

    def test(self, trainer: "Trainer", samples: Samples) -> Tested:
        """Test the present weights on samples, the first max_testing of them."""
        few = self.some(samples)
        many = trainer.ranks.many
        return Tested(few, *(answers_of_all(trainer, few) if many else trainer.answers(few)))

    def found(self, trainer: "Trainer", samples: Samples) -> Found:
        """Look with the present weights for boxes in samples, the first max_testing of them."""
        few = self.some(samples)
        if trainer.ranks.many:
            return find_by_all(trainer, few)
        return find(trainer.shards, trainer.energy, few, trainer.dataset.classes)

    def some(self, samples: Samples) -> Samples:
        """Return the first max_testing samples."""
        return Samples(samples.images[: self.max_testing], samples.labels[: self.max_testing])

    def best(self, rows: list[Row]) -> bool:
        """Return whether the last row is the best so far; without tests, the last always is."""
        return score(rows[-1]) >= max(map(score, rows))

    def stop(self, trainer: "Trainer") -> str:
        """Return why a run ends after the iterations that are done; empty if it goes on.

        Those of a warm-up do not count, for what a net learns while the learning rate rises says
        nothing of what it will learn.
        """
        rows, iterations = trainer.rows, trainer.iterations
        if not self.early_stopping or not rows or len(rows) >= iterations:
            return ""
        warmup = ceil(trainer.optimizer.schedule.warmup * iterations)
        name = score_name(rows[-1])
        results = [row[name] for row in rows]
        best = results.index(max(results)) + 1
        if len(results) - max(best, warmup) < self.early_stopping:
            return ""
        return (
            f"early_stopping={self.early_stopping}: ended after iteration {len(rows)} of "
            f"{iterations}, for none since iteration {best} was better than its "
            f"{name}={SCORES[name].format(max(results))}"
        )


def score_name(row: Row) -> str:
    """Return the name of the result that says how good an iteration is; "" if there is none."""
    return next((name for name in SCORES if name in row), "")


def score(row: Row) -> float:
    """Return the result that says how good an iteration is; 0 if it was not tested."""
    return row.get(score_name(row), 0)


def answers(
    shards: "Shards", energy: Energy, samples: Samples, *, size: int = 250
) -> tuple[Array, Array]:
    """Return the energy and the answered class of each sample, two arrays (N,).

    size: samples at a time.
    """
    images, labels = shards.ops.samples(*samples)
    parts = [(np.zeros(0), np.zeros(0, np.int64))]
    for at in range(0, len(labels), size):
        part = slice(at, at + size)
        parts.append(shards.test(images[part], labels[part], energy))
    energies, answered = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return energies, answered
