"""Finding: what a net of boxes finds in the validation images, and how well that matches."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from netkit.dataset import Samples, told
from netkit.detection.boxes import clip
from netkit.detection.suppression import VOTES, Suppression
from netkit.energy import Energy
from netkit.measurement.metrics import Metrics
from netkit.types import Array

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netkit.passes import Shards

LEAST = 0.01  # confidence of an answer that is counted
CELLS = 300  # most answers of an image that are looked at, the surest
AT_ONCE = 16  # images of a pass


class Boxes(NamedTuple):
    """What is found in an image: boxes (n, 4), confidences (n,) and classes (n,)."""

    boxes: Array
    confidences: Array
    labels: Array


class Found(NamedTuple):
    """What a net finds in samples with boxes: energies (N,), Boxes of each image, and Metrics."""

    samples: Samples
    energies: Array
    boxes: list[Boxes]
    metrics: Metrics

    @property
    def energy(self) -> float:
        """The mean energy; 0 of no samples."""
        return float(self.energies.sum()) / max(1, len(self.energies))

    @property
    def map(self) -> float:
        """The mean average precision at an intersection over union of 0.5; 0 of no boxes."""
        each = [self.metrics.average_precision(k) for k in range(len(self.metrics.classes))]
        there = [value for value in each if value == value]
        return float(np.mean(there)) if there else 0.0


def find(shards: "Shards", energy: Energy, samples: Samples, classes: "Sequence[str]") -> Found:
    """Return what a net finds in samples with boxes, in pixels of its input.

    Boxes of a class that agree vote, as a detector has it.
    """
    return measured(samples, *looked(shards, energy, samples), classes=classes)


def looked(shards: "Shards", energy: Energy, samples: Samples) -> tuple[Array, list[Boxes]]:
    """Return the energy of each sample (N,), and the Boxes that are found in each."""
    ops, suppression = shards.ops, Suppression(**VOTES)
    grid, size = shards.net.grid(), shards.net.shape[1:]
    images, labels = ops.samples(*samples)
    energies, found = [np.zeros(0)], []
    for at in range(0, len(samples), AT_ONCE):
        part = slice(at, at + AT_ONCE)
        y = ops.asarray(shards.outputs(images[part]))
        energies.append(ops.to_host(energy.forward(y, labels[part])[0]))
        kinds, confidences = (ops.to_host(a) for a in energy.answer(y))
        answered = energy.boxes(y, grid)
        assert answered is not None  # an energy for boxes gives them
        sides = ops.to_host(answered)
        for k in range(y.shape[3]):
            surest = best_cells(confidences[..., k])
            boxes = clip(sides[..., k].reshape(4, -1)[:, surest].T, size)
            sure, which = confidences[..., k].reshape(-1)[surest], kinds[..., k].reshape(-1)[surest]
            some = (boxes[:, 2:] > boxes[:, :2]).all(1)
            kept = Boxes(*suppression(boxes[some], sure[some], which[some]))
            counted = kept.confidences >= LEAST  # a suppression may lower them
            found.append(Boxes(*(part[counted] for part in kept)))
    return np.concatenate(energies), found


def measured(
    samples: Samples, energies: Array, found: list[Boxes], *, classes: "Sequence[str]"
) -> Found:
    """Return a Found of what was found in samples; energies: of each, (N,)."""
    metrics = Metrics(classes)
    for answer, rows in zip(found, samples.labels, strict=True):
        boxes, kinds, ignored, crowds = told(rows)
        metrics.add(*answer, true_boxes=boxes, true_labels=kinds, ignored=ignored, crowds=crowds)
    return Found(samples, energies, found, metrics)


def best_cells(confidences: Array) -> Array:
    """Return the places of the surest answers in flat maps (h, w), those that are sure enough."""
    flat = confidences.reshape(-1)
    order = np.argsort(-flat, kind="stable")[:CELLS]
    return order[flat[order] >= LEAST]
