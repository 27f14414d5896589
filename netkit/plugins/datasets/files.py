"""A data set of arrays with labels in files, or of a set that was compiled from a folder."""

from pathlib import Path

import numpy as np

from netkit.dataset import Dataset, Samples
from netkit.errors import NetkitError
from netkit.files.arrays import read_classes, read_images, read_labels, read_set
from netkit.plugins.datasets.mnist import first


class Files(Dataset):
    """Images and labels in .npy, .npz, idx or EBLearn's .mat files; or what `netkit data compile`
    wrote in `root`.

    train, val: files of images.  train_labels, val_labels: files of their classes; not given for a
    .npz, they are in it too.  Relative names are looked for in `root`.  train_classes: class names,
    a list or a file; numbers if null. train_size, val_size: how many of the first samples to take;
    all if null.  shuffle_data: mix the samples before. coeff: times each pixel; if null 0.01 for
    bytes, as EBLearn's demos have it, and 1 for others.
    """

    def __init__(
        self,
        root=None,
        train=None,
        train_labels=None,
        val=None,
        val_labels=None,
        train_classes=None,
        train_size=None,
        val_size=None,
        shuffle_data=False,
        seed=0,
        bias=0.0,
        coeff=None,
    ):
        if train is None and root:
            *pairs, classes = read_set(root)
        else:
            files = {
                "train": train,
                "train_labels": train_labels,
                "val": val,
                "val_labels": val_labels,
            }
            pairs, classes = read_files(files, Path(root or ".")), train_classes
        train, val = (Samples(*pair) for pair in pairs)
        sizes = (("train_size", train, train_size), ("val_size", val, val_size))
        train, val = (
            take(samples, size, what, shuffle_data, seed) for what, samples, size in sizes
        )
        if classes is None:
            classes = map(str, range(1 + max(int(s.labels.max(initial=-1)) for s in (train, val))))
        else:
            classes = read_classes(classes)
        super().__init__(train, val, classes, bias, scale(train.images) if coeff is None else coeff)


def scale(images):
    return 0.01 if images.dtype == np.uint8 else 1.0


def read_files(files, root):
    """Return the (images, labels) of `train` and of `val`."""
    for part in ("train", "val"):
        if files[part] is None:
            raise NetkitError(
                f"{part}=null: name the file of the images ({part}=FILE), or root=DIR of a compiled set"
            )
        if files[f"{part}_labels"] is None:
            if not str(files[part]).endswith(".npz"):
                raise NetkitError(
                    f"{part}_labels=null: name the file with the classes of {files[part]}"
                )
            files[f"{part}_labels"] = files[part]
    return [
        (
            read_images(root / files[part], part),
            read_labels(root / files[f"{part}_labels"], f"{part}_labels"),
        )
        for part in ("train", "val")
    ]


def take(samples, size, what, shuffle, seed):
    """Return the first `size` samples, mixed before if `shuffle`."""
    taken = first(samples, size, what, "the data", "name a larger file")
    if not shuffle:
        return taken
    order = np.random.default_rng([seed, len(what)]).permutation(len(samples))[:size]
    return Samples(samples.images[order], samples.labels[order])
