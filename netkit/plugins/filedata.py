"""Data sets in files that a user brings: arrays with labels, compiled sets, folders of images."""

from pathlib import Path

import numpy as np

from netkit.dataset import Dataset, Samples
from netkit.errors import NetkitError, flag
from netkit.files.arrays import read_classes, read_images, read_labels, read_set
from netkit.files.compiled import compiled
from netkit.files.folders import Wanted
from netkit.plugins.datasets import first
from netkit.plugins.downloads import folder_of


class Files(Dataset):
    """Images and labels in .npy, .npz, idx or EBLearn's .mat files; or what `netkit data compile` wrote in `root`.

    train, val: files of images.  train_labels, val_labels: files of their classes; not given for a .npz, they are in
    it too.  Relative names are looked for in `root`.  train_classes: class names, a list or a file; numbers if null.
    train_size, val_size: how many of the first samples to take; all if null.  shuffle_data: mix the samples before.
    coeff: times each pixel; if null 0.01 for bytes, as EBLearn's demos have it, and 1 for others.
    """

    def __init__(
        self, root=None, train=None, train_labels=None, val=None, val_labels=None, train_classes=None, train_size=None,
        val_size=None, shuffle_data=False, seed=0, bias=0.0, coeff=None,
    ):  # fmt: skip
        if train is None and root:
            *pairs, classes = read_set(root)
        else:
            files = {"train": train, "train_labels": train_labels, "val": val, "val_labels": val_labels}
            pairs, classes = read_files(files, Path(root or ".")), train_classes
        train, val = (Samples(*pair) for pair in pairs)
        sizes = (("train_size", train, train_size), ("val_size", val, val_size))
        train, val = (take(samples, size, what, shuffle_data, seed) for what, samples, size in sizes)
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
            raise NetkitError(f"{part}=null: name the file of the images ({part}=FILE), or root=DIR of a compiled set")
        if files[f"{part}_labels"] is None:
            if not str(files[part]).endswith(".npz"):
                raise NetkitError(f"{part}_labels=null: name the file with the classes of {files[part]}")
            files[f"{part}_labels"] = files[part]
    return [
        (read_images(root / files[part], part), read_labels(root / files[f"{part}_labels"], f"{part}_labels"))
        for part in ("train", "val")
    ]


def take(samples, size, what, shuffle, seed):
    """Return the first `size` samples, mixed before if `shuffle`."""
    taken = first(samples, size, what, "the data", "name a larger file")
    if not shuffle:
        return taken
    order = np.random.default_rng([seed, len(what)]).permutation(len(samples))[:size]
    return Samples(samples.images[order], samples.labels[order])


class Folder(Files):
    """Images in class folders: root/CLASS/*.png; or root/train/CLASS/ and root/val/CLASS/.

    They are brought to one size once and kept in the user's cache, memory-mapped from then on; a change in the folder
    makes the set anew. size, channels, fit, fill, val_share, per_class, balance: as in `Wanted`.
    """

    def __init__(
        self, root=None, size=32, channels=1, fit="pad", fill=0, val_share=0.2, per_class=None, balance=False,
        train_size=None, val_size=None, seed=0, bias=0.0, coeff=0.01,
    ):  # fmt: skip
        if not root:
            raise NetkitError("root=null: name the folder that holds a folder of images for each class, root=DIR")
        wanted = Wanted(size, channels, fit, fill, val_share, per_class, flag("balance", balance), seed)
        folder = compiled(root, wanted, folder_of("folders"))
        super().__init__(folder, train_size=train_size, val_size=val_size, bias=bias, coeff=coeff)
