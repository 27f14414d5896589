"""A data set of arrays with labels in files, or of a set that was compiled from a folder."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from netkit.checks import Count, Number, Whole
from netkit.dataset import Dataset, Samples
from netkit.errors import NetkitError
from netkit.files.arrays import (
    read_about,
    read_classes,
    read_images,
    read_labels,
    read_names_of_files,
    read_set,
)
from netkit.files.found import Found
from netkit.plugins.datasets.mnist import first
from netkit.types import Array


class Files(Dataset):
    """Images and labels in .npy, .npz, idx or EBLearn's .mat files.

    root: a folder that `netkit data compile` wrote, if no files are named; names of files are
    looked for in it.  train, val: files of images.  train_labels, val_labels: files of their
    classes; not given for a .npz, they are in it too.  train_classes: class names, a list or a
    file; numbers if null.  train_size, val_size: how many of the first samples to take; all if
    null.  shuffle_data: mix the samples before.  coeff: times each pixel; if null 0.01 for bytes,
    as EBLearn's demos have it, and 1 for others.
    """

    compiled: Path | None = None  # the folder of a compiled set whose samples come as they stand

    def __init__(
        self,
        root: str | Path | None = None,
        train: str | None = None,
        train_labels: str | None = None,
        *,
        val: str | None = None,
        val_labels: str | None = None,
        train_classes: list[str] | str | None = None,
        train_size: Count | None = None,
        val_size: Count | None = None,
        shuffle_data: bool = False,
        seed: Whole = 0,
        bias: Number = 0.0,
        coeff: Number | None = None,
    ) -> None:
        classes = train_classes
        if train is None and root:
            *pairs, classes = read_set(root)
            about = read_about(Path(root))
            self.found = Found.of(about.get("found"), str(root))
            fitting = about.get("fitting")
            self.fitting = fitting if isinstance(fitting, dict) else {}
            self.compiled = None if shuffle_data else Path(root)
        else:
            files = {
                "train": train,
                "train_labels": train_labels,
                "val": val,
                "val_labels": val_labels,
            }
            pairs = read_files(files, Path(root or "."))
        sizes = {"train_size": train_size, "val_size": val_size}
        samples = [
            take(Samples(*pair), size, what, seed=seed if shuffle_data else None)
            for pair, (what, size) in zip(pairs, sizes.items(), strict=True)
        ]
        if classes is None:
            most = max(int(part.labels.max(initial=-1)) for part in samples)
            names = [str(k) for k in range(1 + most)]
        else:
            names = read_classes(classes)
        if coeff is None:
            coeff = 0.01 if samples[0].images.dtype == np.uint8 else 1.0
        super().__init__(samples[0], samples[1], names, bias, coeff)
        self.taken = {"train": len(samples[0]), "val": len(samples[1])}

    def sample_names(self, part: str) -> list[str]:
        """Return the names of the files that a compiled set was made of; else numbers."""
        numbers = super().sample_names(part)
        # Where classes are left out, the samples are no longer the first of the files.
        if self.compiled is None or len(numbers) != self.taken[part]:
            return numbers
        files = read_names_of_files(self.compiled, part)[: len(numbers)]
        return files if len(files) == len(numbers) else numbers


def read_files(files: Mapping[str, str | None], root: Path) -> list[tuple[Array, Array]]:
    """Return the (images, labels) of `train` and of `val`."""
    pairs = []
    for part in ("train", "val"):
        images, labels = files[part], files[f"{part}_labels"]
        if images is None:
            raise NetkitError(
                f"{part}=null: name the file of the images ({part}=FILE), "
                "or root=DIR of a compiled set"
            )
        if labels is None and not images.endswith(".npz"):
            raise NetkitError(f"{part}_labels=null: name the file with the classes of {images}")
        classes = read_labels(root / (labels or images), f"{part}_labels")
        pairs.append((read_images(root / images, part), classes))
    return pairs


def take(samples: Samples, size: int | None, what: str, *, seed: int | None) -> Samples:
    """Return the first `size` samples; mixed before, if there is a seed.

    what: which setting `size` is, for the error if there are not as many.
    """
    taken = first(samples, size, what, source="the data", remedy="name a larger file")
    if seed is None:
        return taken
    order = np.random.default_rng([seed, len(what)]).permutation(len(samples))[:size]
    return Samples(samples.images[order], samples.labels[order])
