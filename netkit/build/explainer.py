"""What explains the answers of a trained net: an Explainer, and the training samples beside it."""

import logging
from typing import Any, NamedTuple

import numpy as np

from netkit.build.measured_data import WITH_BOXES, kind_of, make_measured
from netkit.classification.answers import scores_of
from netkit.classification.fitting import Fitting
from netkit.dataset import Dataset
from netkit.energy import Energy
from netkit.errors import NetkitError
from netkit.explaining.features import features, nearest
from netkit.explaining.methods import Heat, Methods
from netkit.explaining.tracer import Target, Tracer
from netkit.net import Net
from netkit.registry import Registry
from netkit.types import Array

log = logging.getLogger("netkit")


class Explained(NamedTuple):
    """Why a net answers so to one image.

    answer: the class that is explained, by name.  confidence: how far it is believed, 0..1.
    heats: {method: Heat}, each map (H, W) of the image as the net takes it, or of the image that a
    detector was given.  box: of what was found, x0, y0, x1, y1 in pixels; None of a whole image.
    """

    answer: str
    confidence: float
    heats: dict[str, Heat]
    box: tuple[float, ...] | None = None


class Explainer:
    """Explain the answers of a net that classifies, over images (N, C, H, W) of its own size."""

    def __init__(self, net: Net, energy: Energy, classes: list[str], methods: Methods) -> None:
        self.energy = energy
        self.classes = classes
        self.methods = methods
        self.tracer = Tracer(net)
        methods.check(self.tracer)

    def __call__(self, images: Array, answer: str | None = None) -> list[Explained]:
        """Return why each image is answered so; answer: a class to explain in its place."""
        x = self.tracer.inputs(images)
        y = self.tracer.outputs(x)
        scores = scores_of(self.energy, y, len(self.classes))
        labels = scores.labels
        if answer is not None:
            labels = np.full(len(x), number_of(answer, self.classes))
        heats = self.methods(self.tracer, x, Target.of(labels, len(y)))
        return [
            Explained(
                self.classes[label],
                float(scores.confidences[k, label]),
                {name: maps[k] for name, maps in heats.items()},
            )
            for k, label in enumerate(labels.tolist())
        ]

    def features(self, images: Array) -> Array:
        """Return what the last layer with weights is given for images: (N, D)."""
        return features(self.tracer, self.tracer.inputs(images))


class Alike:
    """The training samples that are nearest to an image, by the last layer but one."""

    def __init__(self, explainer: Explainer, data: Dataset, most: int = 5000) -> None:
        self.explainer = explainer
        self.classes = data.classes
        count = len(data.train)
        self.places = np.arange(min(most, count)) * count // max(1, min(most, count))
        self.images = np.asarray(data.train.images[self.places])
        self.labels = data.train.labels[self.places]
        self.known = explainer.features(self.images)

    def __call__(self, images: Array, count: int) -> list[list[tuple[Array, str, float]]]:
        """Return (image, class, distance) of the nearest to each of images, the nearest first."""
        numbers, apart = nearest(self.explainer.features(images), self.known, count)
        return [
            [
                (self.images[k], self.classes[self.labels[k]], d)
                for k, d in zip(row.tolist(), distances.tolist(), strict=True)
            ]
            for row, distances in zip(numbers, apart, strict=True)
        ]


def number_of(answer: str, classes: list[str]) -> int:
    """Return the number of a class; raise NetkitError for one that the net does not know."""
    if str(answer) not in classes:
        raise NetkitError(f"answer={answer}: the net's classes are {', '.join(classes[:40])}")
    return classes.index(str(answer))


def run_data(registry: Registry, cfg: dict[str, Any], meta: dict[str, Any]) -> Dataset | None:
    """Return the data set that weights were trained on; None where nobody knows or has it.

    Of data with boxes there is none either: no image of it has one class.
    """
    kind = kind_of(meta["config"])
    if kind is None or kind in WITH_BOXES:
        return None
    home = meta.get("images", {}).get("root")
    given = cfg | {"data": {"type": kind}} | ({"root": cfg.get("root") or home} if home else {})
    try:
        data = make_measured(registry, given, meta)
    except NetkitError as error:
        log.warning("without the samples that it was trained on: %s", error)
        return None
    if data.shape != tuple(meta["shape"]) or not len(data.train):
        return None
    return data


def pixel_range(net: Net, fitting: Fitting) -> tuple[float, float]:
    """Return the least and largest number that the net's first layer is given for a pixel.

    Of a net that was trained on any numbers, -1 and 1.
    """
    most = {"bytes": 255.0, "unit": 1.0}.get(fitting.pixels)
    if most is None:
        return -1.0, 1.0
    ends = net.bias * net.coeff, (most + net.bias) * net.coeff
    return min(ends), max(ends)
