"""The digits that netkit carries, MNIST in a folder, and what may be wrong with one."""

import gzip
import hashlib

import numpy as np
import pytest

from netkit.dataset import Dataset
from netkit.errors import NetkitError
from netkit.files.idx import read_matrix, write_matrix
from netkit.plugins.datasets.mnist import DIGITS, FILES, FashionMnist, Mnist
from netkit.plugins.datasets.synthetic import Synthetic

CONTENT = {  # SHA-256 of the uncompressed files
    "train-images-idx3-ubyte": "c1af0063fe5d0d8437aa208d0cdca0b3ef4ccf3dcabb8405e6e6ef20c25cc9ad",
    "train-labels-idx1-ubyte": "b130fc0d9c3f4a5c3c9343159c3fe49763f249c4bcfc944c3edc5a0a085f0f50",
    "t10k-images-idx3-ubyte": "cd85f17bbe2d06d327e3a83ccbf1c4fa78aa2317ecc467ae942d536e1997ab6b",
    "t10k-labels-idx1-ubyte": "92acec5c90e56f3694616bfd29f2dbeb2802db9c403f70625b0f89257348aceb",
}


@pytest.fixture
def root(tmp_path):
    """A folder with four small files of MNIST's form, two of them compressed and two differently
    named.
    """
    rng = np.random.default_rng(0)
    for name, size in (("train", 20), ("t10k", 10)):
        images, labels = (
            rng.integers(0, 256, (size, 28, 28), np.uint8),
            np.arange(size, dtype=np.uint8) % 10,
        )
        write_matrix(tmp_path / f"{name}-images-idx3-ubyte.gz", images)
        write_matrix(tmp_path / f"{name}-labels.idx1-ubyte", labels)
    return tmp_path


@pytest.mark.parametrize("name", CONTENT)
def test_extract_is_what_it_was(name):
    assert (
        hashlib.sha256(gzip.decompress((DIGITS / f"{name}.gz").read_bytes())).hexdigest()
        == CONTENT[name]
    )


def test_extract_is_of_mnist(shared):
    def rows(folder, names):
        pairs = [
            (read_matrix(folder / f"{a}.gz"), read_matrix(folder / f"{b}.gz")) for a, b in names
        ]
        return [
            bytes([y]) + x.tobytes()
            for images, labels in pairs
            for x, y in zip(images, labels, strict=True)
        ]

    ours = rows(DIGITS, [FILES[:2], FILES[2:]])
    assert sorted(ours) == sorted(rows(shared / "data" / "mnist", [FILES[:2]])[:10000])


def test_extract():
    data = Mnist(train_size=9000)
    assert (len(data.train), len(data.val), data.shape) == (9000, 1000, (1, 28, 28))
    assert data.classes == list("0123456789")
    for samples in (data.val, data.train):
        shares = np.bincount(samples.labels, minlength=10) / len(samples)
        assert shares.min() > 0.06
        assert shares.max() < 0.14
    first = np.bincount(data.train.labels[:100], minlength=10)
    assert first.min() >= 3  # the classes are mixed
    assert len(Mnist(train_size=None, val_size=7).val) == 7


def test_root(root):
    data = Mnist(root, train_size=None, val_size=4)
    assert (len(data.train), len(data.val)) == (20, 4)
    assert np.array_equal(data.train.labels, np.arange(20) % 10)


def test_download_serves_where_the_extract_is_too_small(root, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    (cache / "mnist").mkdir(parents=True)
    for name in FILES:
        write_matrix(
            cache / "mnist" / f"{name}.gz",
            read_matrix(next(root.glob(f"{name.split('-idx')[0]}*"))),
        )
    monkeypatch.setenv("NETKIT_CACHE", str(cache))
    assert len(Mnist(train_size=None, val_size=None).train) == 20
    assert len(Mnist().train) == 2000


BAD = [
    (dict(train_size=9001), "train_size=9001: .* holds 9000: .*netkit data mnist"),
    (dict(val_size=1001), "val_size=1001: .* holds 1000"),
    (dict(train_size=0), "train_size=0: give a whole number from 1, or null"),
    (dict(train_size="many"), "train_size=many"),
    (dict(root="/nowhere"), "root=/nowhere: there is no such folder"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_arguments(arguments, message):
    with pytest.raises(NetkitError, match=message):
        Mnist(**arguments)


def test_fashion_is_not_carried():
    with pytest.raises(NetkitError, match="netkit data fashion_mnist"):
        FashionMnist()


def test_fashion_from_a_folder(root):
    assert FashionMnist(root, 5, 5).classes[9] == "Ankle boot"


def test_files_that_do_not_pair_up(root):
    write_matrix(root / "train-labels.idx1-ubyte", np.zeros(19, np.uint8))
    with pytest.raises(
        NetkitError, match=r"images \(20, 28, 28\) and labels \(19,\) do not pair up"
    ):
        Mnist(root, None, None)


def test_labels_without_a_class():
    images, labels = np.zeros((3, 5, 5)), np.array([0, 1, 2])
    with pytest.raises(NetkitError, match="labels run from 0 to 2, but there are 2 classes"):
        Dataset((images, labels), (images, labels), ["a", "b"])


def test_synthetic_repeats():
    a, b, c = Synthetic(seed=1), Synthetic(seed=1), Synthetic(seed=2)
    assert np.array_equal(a.train.images, b.train.images)
    assert not np.array_equal(a.train.images, c.train.images)
