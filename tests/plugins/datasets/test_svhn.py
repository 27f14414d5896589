"""SVHN's cropped digits, in files that scipy writes."""

import numpy as np
import pytest
from scipy.io import savemat

from netkit.errors import NetkitError
from netkit.plugins.datasets.svhn import TEST, TRAIN, Svhn


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("NETKIT_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    folder = tmp_path / "root"
    folder.mkdir()
    for name, size in ((TRAIN, 21), (TEST, 10)):
        images = rng.integers(0, 256, (32, 32, 3, size), np.uint8)
        labels = (np.arange(size) % 10 + 1.0)[:, None]  # 1 to 10, as doubles
        savemat(folder / name, {"X": images, "y": labels}, do_compression=True)
    return folder


def test_digits(root):
    from scipy.io import loadmat

    data, theirs = Svhn(root), loadmat(root / TRAIN)
    assert (len(data.train), len(data.val), data.shape) == (21, 10, (3, 32, 32))
    for k in range(21):
        assert np.array_equal(data.train.images[k], theirs["X"][..., k].transpose(2, 0, 1))
        assert data.classes[data.train.labels[k]] == str(int(theirs["y"][k, 0]) % 10)
    assert isinstance(data.train.images, np.memmap)


def test_damage(root):
    savemat(root / TEST, {"X": np.zeros((32, 32, 3, 4), np.uint8), "y": np.ones((3, 1))})
    with pytest.raises(NetkitError, match=r"test_32x32\.mat: X is uint8 \(32, 32, 3, 4\) and y"):
        Svhn(root)
    (root / TEST).unlink()
    with pytest.raises(NetkitError, match=r"no test_32x32\.mat there: netkit data svhn"):
        Svhn(root)
    with pytest.raises(NetkitError, match="data=svhn is not here"):
        Svhn()
