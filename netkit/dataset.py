"""Dataset: the contract of a set of samples to train on and a set to test on."""

from typing import NamedTuple

import numpy as np

from netkit.checks import Checked
from netkit.errors import NetkitError


class Samples(NamedTuple):
    """Images and the class of each: images (N, C, H, W), any dtype and possibly memory-mapped;
    labels (N,), int64.

    The sample axis is first here, as files have it, so that a memory map works and a batch is a
    gather of contiguous images; `Net` turns a batch to images last as it converts it to floats.
    """

    images: np.ndarray
    labels: np.ndarray

    def __len__(self):
        return len(self.labels)


class Dataset(Checked):
    """A training set, a validation set and the names of their classes.

    A subclass calls `super().__init__` with two `Samples` and the class names. The net sees `(pixel
    + bias) * coeff` (EBLearn's data_bias and data_coeff), and the two numbers travel with the
    weights.
    """

    def __init__(self, train, val, classes, bias=0.0, coeff=1.0):
        self.train, self.val, self.classes = (
            checked(train, "train"),
            checked(val, "val"),
            list(classes),
        )
        self.bias, self.coeff = float(bias), float(coeff)
        for name, samples in (("train", self.train), ("val", self.val)):
            if len(samples) and not 0 <= samples.labels.min() <= samples.labels.max() < len(
                self.classes
            ):
                raise NetkitError(
                    f"{name} labels run from {samples.labels.min()} to {samples.labels.max()}, but there are "
                    f"{len(self.classes)} classes: labels count from 0; name every class"
                )
        if self.train.images.shape[1:] != self.val.images.shape[1:]:
            raise NetkitError(
                f"train images are {self.train.images.shape[1:]} and val images {self.val.images.shape[1:]}: "
                "give both the same (channels, height, width)"
            )

    def epoch(self, iteration, seed):
        """Return the Samples of one iteration, counted from 0: the training set, if a subclass
        makes no other.
        """
        return self.train

    def before(self, trainer):
        """Called before each iteration: a data set may look at what the net gets wrong, and
        change.
        """

    def kept(self):
        """Return {name: array} of what `before` has changed, for a resumed run; `restore` takes it
        back.
        """
        return {}

    def restore(self, arrays):
        """Take back what `kept` returned."""

    @property
    def shape(self):
        """The shape of one sample, (C, H, W)."""
        return self.train.images.shape[1:]


def checked(samples, name):
    """Return `samples` as Samples of 4-d images and int64 labels, or say what does not fit."""
    images, labels = samples
    if images.ndim == 3:
        images = images[:, None]
    if images.ndim != 4 or labels.ndim != 1 or len(images) != len(labels):
        raise NetkitError(
            f"{name}: {tuple(images.shape)} images and {tuple(labels.shape)} labels do not pair up: "
            "give images (N, H, W) or (N, C, H, W) and labels (N,)"
        )
    return Samples(images, labels.astype(np.int64))
