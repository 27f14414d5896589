"""Answers: what a net says of images, read from its outputs, the likeliest class first."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from netkit.types import Array

if TYPE_CHECKING:
    from netkit.energy import Energy


class Answer(NamedTuple):
    """What a net says of one image: the class, by number and name, and how far it is believed.

    top: (name, confidence) of the likeliest classes, the answer first; confidences are in 0..1.
    """

    label: int
    name: str
    confidence: float
    top: tuple[tuple[str, float], ...]


class Scores(NamedTuple):
    """What is read from the outputs for N images and K classes.

    confidences: (N, K), how far each class is believed, in 0..1.  labels: (N,), the answers.
    order: (N, K), the classes, the answer first, then the likeliest.
    """

    confidences: Array
    labels: Array
    order: Array

    def answers(self, classes: Sequence[str], top: int = 1) -> list[Answer]:
        """Return the Answer to each image, with its `top` likeliest classes."""
        order = self.order[:, :top]
        beliefs = np.take_along_axis(self.confidences, order, axis=1)
        made = []
        for numbers, shares in zip(order.tolist(), beliefs.tolist(), strict=True):
            pairs = tuple((classes[k], c) for k, c in zip(numbers, shares, strict=True))
            made.append(Answer(numbers[0], *pairs[0], pairs))
        return made


def scores_of(energy: "Energy", y: Array, classes: int) -> Scores:
    """Return the Scores of outputs y (outputs, 1, 1, N), an array of the host.

    classes: how many there are; one output may stand for two.
    """
    ops = energy.ops
    device = ops.asarray(y)
    labels = np.array(ops.to_host(energy.answer(device)[0])[0, 0])
    confidences = np.array(ops.to_host(energy.confidences(device))[:, 0, 0].T)
    values = y[:, 0, 0].T
    if confidences.shape[1] == 1 and classes == 2:  # one output for two classes
        confidences = np.concatenate([confidences, 1 - confidences], axis=1)
        values = np.concatenate([values, -values], axis=1)
    others = labels[:, None] != np.arange(classes)
    # By the last key first: the answer, then the confidence; outputs tell those apart that
    # confidences, which end at 1, do not.
    return Scores(confidences, labels, np.lexsort((-values, -confidences, others)))
