"""EMNIST: a zip of packed idx files whose images lie on their side."""

import gzip
import zipfile

import numpy as np
import pytest

from netkit.errors import NetkitError
from netkit.files.idx import write_matrix
from netkit.plugins.datasets.emnist import CLASSES, Emnist

PARTS = ("train", 30), ("test", 12)


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An archive of the splits letters and digits, in which every image has one upright stroke."""
    monkeypatch.setenv("NETKIT_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "root"
    folder.mkdir()
    with zipfile.ZipFile(folder / "emnist-gzip.zip", "w") as archive:
        for split, first in (("letters", 1), ("digits", 0)):
            for part, size in PARTS:
                images = np.zeros((size, 28, 28), np.uint8)
                images[:, 5, :] = 200  # row 5 as it is stored: column 5 upright
                labels = (np.arange(size) % len(CLASSES[split]) + first).astype(np.uint8)
                for what, array in (("images-idx3", images), ("labels-idx1", labels)):
                    path = tmp_path / "some"
                    write_matrix(path, array)
                    name = f"gzip/emnist-{split}-{part}-{what}-ubyte.gz"
                    archive.writestr(name, gzip.compress(path.read_bytes()))
    return folder


def test_letters(root):
    data = Emnist(root, "letters")
    assert data.shape == (1, 28, 28)
    assert (len(data.train), len(data.val)) == (30, 12)
    assert data.train.labels.tolist() == [k % 26 for k in range(30)]
    assert data.classes[25] == "Z"
    assert (np.asarray(data.train.images)[:, 0, :, 5] == 200).all()
    assert np.asarray(data.val.images)[:, 0, 5, 6].max() == 0
    digits = Emnist(root, "digits", 20)
    assert (len(digits.train), len(digits.classes)) == (20, 10)


def test_unpacked(root):
    with zipfile.ZipFile(root / "emnist-gzip.zip") as archive:
        archive.extractall(root)
    (root / "emnist-gzip.zip").unlink()
    name = root / "gzip" / "emnist-digits-train-labels-idx1-ubyte"
    name.write_bytes(gzip.decompress(name.with_suffix(".gz").read_bytes()))
    name.with_suffix(".gz").unlink()
    assert Emnist(root, "digits").train.labels[:3].tolist() == [0, 1, 2]


def test_classes_are_as_many_as_published():
    sizes = dict(balanced=47, letters=26, digits=10, byclass=62, bymerge=47, mnist=10)
    assert {split: len(set(names)) for split, names in CLASSES.items()} == sizes


def test_damage(root):
    with pytest.raises(NetkitError, match="holds no emnist-byclass-train-images-idx3"):
        Emnist(root, "byclass")
    with pytest.raises(NetkitError, match="split=capitals: there are balanced, letters"):
        Emnist(root, "capitals")
    data = bytearray((root / "emnist-gzip.zip").read_bytes())
    data[60:90] = bytes(30)
    (root / "emnist-gzip.zip").write_bytes(data)
    with pytest.raises(NetkitError, match=r"emnist-gzip\.zip: damaged"):
        Emnist(root, "letters")
    (root / "emnist-gzip.zip").unlink()
    with pytest.raises(NetkitError, match="netkit data emnist"):
        Emnist(root)
