"""Dataset: the contract of a set of samples to train on and a set to test on."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from netkit.checks import Checked, Number
from netkit.errors import NetkitError
from netkit.types import Array, Shape

if TYPE_CHECKING:
    from netkit.files.found import Found
    from netkit.training.trainer import Trainer


class Samples(NamedTuple):
    """Images and their classes: images (N, C, H, W) of any type, labels (N,), int64.

    Of a data set with boxes, labels are (N, M, 5), float32: see `Dataset.boxes`.

    The sample axis is first here, as files have it, so that a memory map works and a batch is a
    gather of contiguous images; `Net` turns a batch to images last as it converts it to floats.
    """

    images: Array
    labels: Array

    def __len__(self) -> int:
        return len(self.labels)


class Dataset(Checked):
    """A training set, a validation set and the names of their classes.

    A subclass calls `super().__init__` with two pairs of images, (N, C, H, W) or (N, H, W), and
    labels (N,), each the place of its class among `classes`, from 0. Images may be of any type and
    memory-mapped; those of both sets have one shape. The net sees `(pixel + bias) * coeff`
    (EBLearn's data_bias and data_coeff), and the two numbers travel with the weights. The
    constructor's arguments are what its YAML in conf/data takes.

    boxes: set to true where images are not of one class each but show things in boxes: then labels
    are (N, M, 5), for each image up to M times the class and x0, y0, x1, y1 in pixels, x1 and y1
    exclusive; the class is -1 where there is no box, and `as_ignored` says what it is of boxes that
    are neither to be found nor background. An energy for boxes takes them.

    found: what is known of the files that the images come from; None where nothing is.  fitting:
    how `netkit classify` brings other pictures into the form of these images, by the arguments of
    `netkit.classification.fitting.Fitting`: {"fit": "crop", "fill": 255}; it travels with the
    weights too.

    looking: how `netkit detect` is to look with a net that was trained on the set, by the names of
    its variables: {"max_scale": 1.5}; it travels with the weights as well.  shapes, in it: how high
    and wide the objects of each class are in the windows of training, {name: [0.9, 0.5]}.

    notes: (word, text) of each line that is said of the set before a run, beside what all sets say.

    That is enough for a set that stays as it is. One that makes new samples in each iteration
    writes `epoch`; one that changes with what the net has learnt writes `before`, and `saved` and
    `restore`, so that a run can be resumed.
    """

    boxes: bool = False
    found: "Found | None" = None
    notes: Sequence[tuple[str, str]] = ()
    fitting: Mapping[str, Any] = {}
    looking: Mapping[str, Any] = {}

    def __init__(
        self,
        train: tuple[Array, Array],
        val: tuple[Array, Array],
        classes: Iterable[str],
        bias: Number = 0.0,
        coeff: Number = 1.0,
    ) -> None:
        as_ours = as_boxes if self.boxes else as_samples
        self.train = as_ours(train, "train")
        self.val = as_ours(val, "val")
        self.classes = list(classes)
        self.bias = float(bias)
        self.coeff = float(coeff)
        for name, samples in (("train", self.train), ("val", self.val)):
            labels = samples.labels[..., 0].clip(0).astype(int) if self.boxes else samples.labels
            if labels.size and not 0 <= labels.min() <= labels.max() < len(self.classes):
                raise NetkitError(
                    f"{name} labels run from {labels.min()} to {labels.max()}, but there are "
                    f"{len(self.classes)} classes: labels count from 0; name every class"
                )
        if self.train.images.shape[1:] != self.val.images.shape[1:]:
            raise NetkitError(
                f"train images are {self.train.images.shape[1:]} and val images "
                f"{self.val.images.shape[1:]}: give both the same (channels, height, width)"
            )

    @property
    def shape(self) -> Shape:
        """The shape of one sample, (C, H, W)."""
        return self.train.images.shape[1:]

    def sample_names(self, part: str) -> list[str]:
        """Return what the samples of "train" or "val" are called in reports: val[0], val[1], ..."""
        return [f"{part}[{k}]" for k in range(len(getattr(self, part)))]

    # ---- for a set that does not stay as it is ----

    def epoch(self, iteration: int, seed: int) -> Samples:
        """Return the Samples of one iteration, counted from 0; as it stands, the training set.

        As many in every iteration as in `train`. They may depend on `iteration` and `seed` and on
        what `before` has changed, on nothing else: a resumed run asks for the same again.
        """
        return self.train

    def before(self, trainer: "Trainer") -> None:
        """Look at the net before an iteration, and change what `epoch` will return.

        The trainer has the `net`, the `energy`, `iteration` (how many are done) and `iterations`.
        """

    def saved(self) -> dict[str, Array]:
        """Return what `before` has changed, {name: array}: it is saved with the weights."""
        return {}

    def restore(self, arrays: dict[str, Array]) -> None:
        """Take back what `saved` returned, in a run that is resumed."""


def as_samples(pair: tuple[Array, Array], name: str) -> Samples:
    """Return Samples of 4-d images and int64 labels, or say what does not fit."""
    images, labels = pair
    if images.ndim == 3:
        images = images[:, None]
    if images.ndim != 4 or labels.ndim != 1 or len(images) != len(labels):
        raise NetkitError(
            f"{name}: {tuple(images.shape)} images and {tuple(labels.shape)} labels do not pair "
            "up: give images (N, H, W) or (N, C, H, W) and labels (N,)"
        )
    return Samples(images, labels.astype(np.int64))


def as_ignored(classes: Any, crowds: Any) -> Any:
    """Return what stands in labels for the class of boxes that need not be found: -2, -3, ...

    classes: theirs, (n,), or a number.  crowds: likewise, whether a box is around many things.
    """
    return -2 - 2 * classes - crowds


def told(labels: Array) -> tuple[Array, Array, Array, Array]:
    """Return the boxes (n, 4) of an image's labels (M, 5), their classes, and which are ignored.

    The last two: (n,) of bool, whether a box need not be found, and whether it is around a crowd.
    """
    rows = labels[labels[:, 0] != -1]
    kinds = rows[:, 0].astype(int)
    ignored = kinds < -1
    classes = np.where(ignored, (-2 - kinds) // 2, kinds)
    return rows[:, 1:], classes, ignored, ignored & (kinds % 2 != 0)


def as_boxes(pair: tuple[Array, Array], name: str) -> Samples:
    """Return Samples of 4-d images and labels (N, M, 5) of float32, or say what does not fit."""
    images, labels = pair
    shapes = f"{tuple(images.shape)} images and {tuple(labels.shape)} labels"
    fits = labels.ndim == 3 and labels.shape[2] == 5 and len(images) == len(labels)
    if images.ndim != 4 or not fits:
        raise NetkitError(
            f"{name}: {shapes} do not pair up: give images (N, C, H, W) and labels (N, M, 5), the "
            "class and x0, y0, x1, y1 of each box"
        )
    there = labels[labels[..., 0] != -1]
    if not np.isfinite(there).all() or (there[:, 3:] <= there[:, 1:3]).any():
        raise NetkitError(
            f"{name}: a box that is not finite, or whose x1, y1 are not beyond its x0, y0: "
            "leave it out, with the class -1"
        )
    return Samples(images, labels.astype(np.float32))
