"""MNIST and Fashion-MNIST: in files, in the user's cache, or as the extract that netkit carries."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from netkit.checks import Count, Number
from netkit.dataset import Dataset, Samples
from netkit.errors import NetkitError
from netkit.files.idx import matrix_shape, read_matrix
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
HIRAGANA = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]


class Mnist(Dataset):
    """Handwritten digits 28x28.

    root: a folder with the four files of MNIST. Without it, the set that `netkit data mnist`
    downloaded serves where more is asked for than the extract of 9,000 and 1,000 that netkit
    carries.  train_size, val_size: how many of the first samples to take; all if null.
    """

    name = "mnist"
    names: Sequence[str] = "0123456789"
    extract: Path | None = DIGITS  # the folder of what netkit carries of it
    fitting: Mapping[str, Any] = {"invert": "auto"}  # the ground is black: ink on paper is not

    def __init__(
        self,
        root: str | Path | None = None,
        train_size: Count | None = 2000,
        val_size: Count | None = 1000,
        *,
        bias: Number = 0.0,
        coeff: Number = 0.01,
    ) -> None:
        folder = Path(root) if root else self.find(train_size, val_size)
        train = read_pair(folder, *FILES[:2], most=train_size)
        val = read_pair(folder, *FILES[2:], most=val_size)
        remedy = f"netkit data {self.name}, or root=DIR with the four files"
        train = first(train, train_size, "train_size", source=folder, remedy=remedy)
        val = first(val, val_size, "val_size", source=folder, remedy=remedy)
        super().__init__(train, val, self.names, bias, coeff)

    def find(self, train_size: int | None, val_size: int | None) -> Path:
        """Return the folder to read: the extract if it has enough, else the download."""
        downloaded = cached(self.name)
        enough = self.extract and (train_size or 1 << 40) <= 9000 and (val_size or 1 << 40) <= 1000
        if enough or not downloaded:
            if not self.extract:
                raise NetkitError(
                    f"data={self.name} is not here: "
                    f"netkit data {self.name}, or root=DIR with its files"
                )
            if not enough and None in (train_size, val_size):
                some = "the extract of MNIST that netkit carries serves"
                log.info("%s; netkit data %s brings all of it", some, self.name)
            return self.extract
        return downloaded


class FashionMnist(Mnist):
    """Pictures of ten kinds of clothing 28x28, as files like MNIST's; netkit carries none of it."""

    name = "fashion_mnist"
    names = CLOTHES
    extract = None
    fitting: Mapping[str, Any] = {}  # a white pullover fills its picture, as paper would


class Kmnist(Mnist):
    """Cursive Japanese characters 28x28, as files like MNIST's (Clanuwat et al. 2018).

    One character of each of ten rows of hiragana; netkit carries none of it.
    """

    name = "kmnist"
    names = HIRAGANA
    extract = None


def read_pair(folder: Path, *names: str, most: int | None = None) -> Samples:
    """Return the Samples of two idx files, of images and labels, plain or .gz.

    most: no more than so many, the first ones.
    """
    files = [find_file(folder, name) for name in names]
    images, labels = map(matrix_shape, files)
    if len(images) != 3 or len(labels) != 1 or images[0] != labels[0]:
        raise NetkitError(
            f"{folder}: images {images} and labels {labels} do not pair up: get both files anew"
        )
    return Samples(*(read_matrix(file, most) for file in files))


def find_file(folder: Path, name: str) -> Path:
    """Return the file of a name such as train-images-idx3-ubyte, with .idx3 or .gz as well."""
    names = [base + end for base in (name, name.replace("-idx", ".idx")) for end in ("", ".gz")]
    for candidate in names:
        if (folder / candidate).is_file():
            return folder / candidate
    if not folder.is_dir():
        raise NetkitError(f"root={folder}: there is no such folder: correct the path")
    raise NetkitError(f"root={folder}: no {name} there, nor {', '.join(names[1:])}")


def first(
    samples: Samples, size: int | None, what: str, *, source: Path | str, remedy: str
) -> Samples:
    """Return the first `size` of some samples; all of them if it is None.

    what, source, remedy: for the error if there are not as many: which setting `size` is, where the
    samples are from, and what brings more.
    """
    if size is None:
        return samples
    if size > len(samples):
        raise NetkitError(
            f"{what}={size}: {source} holds {len(samples)}: ask for fewer; for more, {remedy}"
        )
    return Samples(samples.images[:size], samples.labels[:size])
