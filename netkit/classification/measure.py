"""Measure: how many answers are right, class by class, and which are the worst."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from netkit.classification.classifier import Answered
from netkit.classification.items import UNKNOWN
from netkit.errors import NetkitError, shown
from netkit.files.images import read_image
from netkit.types import Array

WORST = 20  # wrong answers that are kept with their images


class Mistake(NamedTuple):
    """A wrong answer: the image by name, its class, the answer, how far that is believed.

    image: (C, H, W), as the net saw it; None where only its name is known.
    """

    energy: float
    name: str
    truth: str
    answer: str
    confidence: float
    image: Array | None


class Measure:
    """Collect answers to images whose classes are known, then say how good they are.

    top: how many of the likeliest classes are asked whether the right one is among them.
    """

    def __init__(self, classes: Sequence[str], top: int = 1) -> None:
        self.classes = list(classes)
        self.top = top
        k = len(self.classes)
        self.counts = np.zeros((k, k), np.int64)  # images of each class (rows) and each answer
        self.among_top = 0
        self.energy = 0.0
        self.worst: list[Mistake] = []  # wrong answers, the highest energy first

    @property
    def images(self) -> int:
        """How many images are measured."""
        return int(self.counts.sum())

    def add(self, answered: Answered) -> None:
        """Count a batch; images whose class is not known are left out."""
        batch, scores = answered.batch, answered.scores
        known = np.flatnonzero(batch.truth != UNKNOWN)
        truth, labels = batch.truth[known], scores.labels[known]
        np.add.at(self.counts, (truth, labels), 1)
        self.among_top += int((scores.order[known, : self.top] == truth[:, None]).sum())
        self.energy += float(answered.energies[known].sum())
        for number in known[truth != labels]:
            self.keep(answered, int(number))

    def keep(self, answered: Answered, number: int) -> None:
        """Keep a wrong answer if it is among the worst so far."""
        batch, answer = answered.batch, answered.answers[number]
        energy = float(np.nan_to_num(answered.energies[number]))
        if self.is_worse(energy):
            truth = self.classes[batch.truth[number]]
            image = batch.images[number].copy()
            self.insert(
                Mistake(energy, batch.names[number], truth, answer.name, answer.confidence, image)
            )

    def is_worse(self, energy: float) -> bool:
        """Return whether a wrong answer is among the worst so far."""
        return len(self.worst) < WORST or energy > self.worst[-1].energy

    def insert(self, mistake: Mistake) -> None:
        """Put a wrong answer among the worst."""
        self.worst.append(mistake)
        self.worst.sort(key=lambda mistake: -mistake.energy)  # of equals, the first stays first
        del self.worst[WORST:]

    def add_row(self, row: Mapping[str, Any]) -> str:
        """Count an answer as answers.jsonl has it; return the image's name.

        Raises NetkitError for a row of other classes.
        """
        try:
            name, truth, label = str(row["image"]), row.get("truth"), int(row["label"])
            if truth is None:
                return name
            energy = float(row["energy"] or 0)
            self.counts[self.classes.index(truth), label] += 1
            self.among_top += truth in [one["class"] for one in row["top"]]
            self.energy += energy
            if truth != row["class"] and self.is_worse(energy):
                answer, belief = str(row["class"]), float(row["confidence"])
                self.insert(Mistake(energy, name, truth, answer, belief, None))
            return name
        except (KeyError, ValueError, TypeError, IndexError) as error:
            raise NetkitError(
                f"answers of {shown(row.get('image'))} cannot be read ({error}): begin anew"
            ) from None

    def find_images(self, fitting: Callable[[Array], Array]) -> None:
        """Read the images of the worst answers again that are known by their names alone.

        fitting: makes them those that the net saw.
        """
        for k, mistake in enumerate(self.worst):
            if mistake.image is None and Path(mistake.name).is_file():
                with suppress(NetkitError):  # it was there; without it the page has one less
                    image = read_image(mistake.name, getattr(fitting, "shape", (3,))[0])
                    self.worst[k] = mistake._replace(image=fitting(image))

    def summary(self) -> dict[str, Any]:
        """Return {name: number} of all of it; shares are in 0..1, None where they are of nothing.

        accuracy: the share of right answers.  balanced_accuracy: the mean of the recalls.
        macro_f1: the mean of the F1 of the classes that occur.  largest_class: the share of the
        class with the most images, which a net that always answers it would reach.
        """
        right, there, said = np.diag(self.counts), self.counts.sum(1), self.counts.sum(0)
        rows = {
            name: {
                "images": int(there[k]),
                "answers": int(said[k]),
                "precision": share(right[k], said[k]),
                "recall": share(right[k], there[k]),
                "f1": share(2 * right[k], there[k] + said[k]),
            }
            for k, name in enumerate(self.classes)
        }
        occurring = [row for row in rows.values() if row["images"]]
        return {
            "images": self.images,
            "right": int(right.sum()),
            "accuracy": share(right.sum(), self.images),
            "balanced_accuracy": mean([row["recall"] for row in occurring]),
            "macro_f1": mean([row["f1"] for row in occurring]),
            f"among_top_{self.top}": share(self.among_top, self.images),
            "largest_class": share(there.max(initial=0), self.images),
            "energy": share(self.energy, self.images),
            "classes": rows,
            "confusion": self.counts.tolist(),
        }


def share(part: Any, of: Any) -> float | None:
    """Return a share; None of nothing."""
    return float(part / of) if of else None


def mean(values: Sequence[float | None]) -> float | None:
    """Return the mean of the values that are there; None of none."""
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else None
