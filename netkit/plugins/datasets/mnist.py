"""MNIST and Fashion-MNIST: in files, in the user's cache, or as the extract that netkit carries."""

import logging
from pathlib import Path

from netkit.dataset import Dataset, Samples
from netkit.errors import NetkitError
from netkit.files.idx import read_matrix
from netkit.plugins.datasets.downloads import cached

log = logging.getLogger("netkit")
DIGITS = Path(__file__).parent.parent / "digits"
FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
CLOTHES = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
]


class Mnist(Dataset):
    """Handwritten digits 28x28.

    root: a folder with the four files of MNIST. Without it, the set that `netkit data mnist`
    downloaded serves where more is asked for than the extract of 9,000 and 1,000 that netkit
    carries.  train_size, val_size: how many of the first samples to take; all if null.
    """

    name, names, extract = "mnist", list("0123456789"), DIGITS

    def __init__(self, root=None, train_size=2000, val_size=1000, bias=0.0, coeff=0.01):
        for what, size in (("train_size", train_size), ("val_size", val_size)):
            if size is not None and (
                isinstance(size, bool) or not isinstance(size, int) or size < 1
            ):
                raise NetkitError(f"{what}={size}: give a whole number from 1, or null for all")
        folder = Path(root) if root else self.find(train_size, val_size)
        train, val = read_pair(folder, *FILES[:2]), read_pair(folder, *FILES[2:])
        remedy = f"netkit data {self.name}, or root=DIR with the four files"
        train = first(train, train_size, "train_size", folder, remedy)
        val = first(val, val_size, "val_size", folder, remedy)
        super().__init__(train, val, self.names, bias, coeff)

    def find(self, train_size, val_size):
        """Return the folder to read: the extract if it has enough, else the download."""
        downloaded = cached(self.name)
        enough = self.extract and (train_size or 1 << 40) <= 9000 and (val_size or 1 << 40) <= 1000
        if enough or not downloaded:
            if not self.extract:
                raise NetkitError(
                    f"data={self.name} is not here: netkit data {self.name}, or root=DIR with its files"
                )
            if not enough and None in (train_size, val_size):
                log.info(
                    "the extract of MNIST that netkit carries serves; netkit data %s brings all of it",
                    self.name,
                )
            return self.extract
        return downloaded


class FashionMnist(Mnist):
    """Pictures of ten kinds of clothing 28x28, as files like MNIST's; netkit carries none of it."""

    name, names, extract = "fashion_mnist", CLOTHES, None


def read_pair(folder, images, labels):
    """Return the Samples of two idx files, plain or .gz."""
    images, labels = (read_matrix(find_file(folder, name)) for name in (images, labels))
    if images.ndim != 3 or labels.ndim != 1 or len(images) != len(labels):
        raise NetkitError(
            f"{folder}: images {images.shape} and labels {labels.shape} do not pair up: get both files anew"
        )
    return Samples(images, labels)


def find_file(folder, name):
    """Return the file of a usual name: train-images-idx3-ubyte, train-images.idx3-ubyte, either
    with .gz.
    """
    names = [base + end for base in (name, name.replace("-idx", ".idx")) for end in ("", ".gz")]
    for candidate in names:
        if (folder / candidate).is_file():
            return folder / candidate
    raise NetkitError(f"root={folder}: no {name} there, nor {', '.join(names[1:])}")


def first(samples, size, what, folder, remedy):
    """Return the first `size` of some samples; all of them if it is None."""
    if size is None:
        return samples
    if size > len(samples):
        raise NetkitError(
            f"{what}={size}: {folder} holds {len(samples)}: ask for fewer; for more, {remedy}"
        )
    return Samples(samples.images[:size], samples.labels[:size])
