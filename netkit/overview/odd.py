"""What is odd about a data set as a whole: one class, images in which there is nothing to see."""

import numpy as np

from netkit.dataset import Dataset, Samples
from netkit.files.text import printable
from netkit.types import Array

FEW = 97  # pixels apart: those that are looked at first


def odd_lines(data: Dataset) -> list[str]:
    """Return a line for each thing about a data set from which a net can learn nothing."""
    lines = []
    if data.boxes:
        pass  # one class is a fine thing to look for
    elif len(data.classes) == 1:
        lines.append(
            f"there is one class, {printable(data.classes[0])}: nothing is told apart, and every "
            "answer is right: give images of another class too"
        )
    elif len(data.train) and (data.train.labels == data.train.labels[0]).all():
        name = printable(data.classes[int(data.train.labels[0])])
        lines.append(
            f"all images to train on ({len(data.train):,}) are of the class {name}, though there "
            f"are {len(data.classes)} classes: the net will answer nothing else"
        )
    return lines + [line for part in ("train", "val") for line in blank_lines(data, part)]


def blank_lines(data: Dataset, part: str) -> list[str]:
    """Return the line on the images of "train" or "val" that are one grey level or colour."""
    samples = getattr(data, part)
    blank = blank_images(samples)
    if not len(blank):
        return []
    what = "train" if part == "train" else "test"
    first = printable(data.sample_names(part)[blank[0]])
    return [
        f"{len(blank):,} of {len(samples):,} images to {what} on are of one value, so that there "
        f"is nothing to see in them; the first is {first}"
    ]


def blank_images(samples: Samples) -> Array:
    """Return the numbers of the images that have one value in each channel, of more pixels than 1.

    A few pixels of each are looked at first; the others only where those are alike.
    """
    images = samples.images
    if images.shape[2] * images.shape[3] < 2 or not len(images):
        return np.zeros(0, np.int64)
    flat = images.reshape(*images.shape[:2], -1)
    few = np.concatenate([flat[:, :, ::FEW], flat[:, :, -1:]], axis=2)
    alike = np.flatnonzero((few == few[:, :, :1]).all((1, 2)))
    return np.array([n for n in alike if (flat[n] == flat[n, :, :1]).all()], np.int64)
