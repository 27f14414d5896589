"""What is said of a net that answers one class for all: it has learnt nothing about the images."""

from typing import TYPE_CHECKING

import numpy as np

from netkit.training.validation import Tested

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netkit.training.finding import Found

FEW = 10  # samples of the same answer that may well be chance


def one_class_line(tested: "Tested | Found | None", classes: "Sequence[str]") -> str:
    """Return a line of warning if all samples got one answer, though they are of several classes.

    tested: the last test; None: there was none.  Returns "" where there is nothing to say.
    """
    if not isinstance(tested, Tested) or len(tested.answers) < FEW:
        return ""
    answers, labels = np.asarray(tested.answers), np.asarray(tested.samples.labels)
    if (answers != answers[0]).any() or (labels == labels[0]).all():
        return ""
    counts = np.bincount(labels, minlength=len(classes))
    answer = int(answers[0])
    largest = "the largest class, " if counts[answer] == counts.max() else ""
    return (
        f"all {len(answers):,} validation samples are answered {classes[answer]}, "
        f"{largest}{tested.correct:.2f} %: the net tells nothing apart: train it longer or with "
        "another eta, let every class count alike (class_weight=balanced), or take another arch "
        "or energy"
    )
