"""CIFAR-10's binary version: in its archive, unpacked, damaged."""

import io
import tarfile

import numpy as np
import pytest

from netkit.errors import NetkitError
from netkit.plugins.datasets.cifar10 import ARCHIVE, TEST, TRAIN, Cifar10

RECORD = 3073


@pytest.fixture
def content(tmp_path, monkeypatch):
    """Five files of four records and one of six, by name."""
    monkeypatch.setenv("NETKIT_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    made = {}
    for name, size in [(name, 4) for name in TRAIN] + [(TEST, 6)]:
        data = rng.integers(0, 256, (size, RECORD), np.uint8)
        data[:, 0] = rng.integers(0, 10, size)
        made[name] = data
    return made


def pack(path, content):
    with tarfile.open(path, "w:gz") as archive:
        for name, data in content.items():
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = data.size
            archive.addfile(member, io.BytesIO(data.tobytes()))


def check(data, content):
    """Record by record, as the authors describe them: red, then green, then blue, row by row."""
    rows = [row for name in TRAIN for row in content[name]]
    assert len(data.train) == len(rows) == 20
    for image, label, row in zip(*data.train, rows, strict=True):
        assert label == row[0]
        for channel in range(3):
            for y in (0, 13, 31):
                start = 1 + 1024 * channel + 32 * y
                assert image[channel, y].tolist() == row[start : start + 32].tolist()
    assert data.val.labels.tolist() == content[TEST][:, 0].tolist()


def test_an_archive(tmp_path, content):
    (tmp_path / "root").mkdir()
    pack(tmp_path / "root" / ARCHIVE, content)
    data = Cifar10(tmp_path / "root")
    check(data, content)
    assert data.shape == (3, 32, 32)
    assert data.classes[3] == "cat"
    assert isinstance(data.train.images, np.memmap)
    few = Cifar10(tmp_path / "root", train_size=7, val_size=2)
    assert (len(few.train), len(few.val)) == (7, 2)
    with pytest.raises(NetkitError, match=r"train_size=21: .* holds 20"):
        Cifar10(tmp_path / "root", train_size=21)
    assert len(list((tmp_path / "cache" / "published").iterdir())) == 1


@pytest.mark.parametrize("inner", ["", "cifar-10-batches-bin"])
def test_unpacked(tmp_path, content, inner):
    folder = tmp_path / "root" / inner
    folder.mkdir(parents=True)
    for name, data in content.items():
        (folder / name).write_bytes(data.tobytes())
    check(Cifar10(tmp_path / "root"), content)


def test_what_was_downloaded(tmp_path, content):
    with pytest.raises(NetkitError, match="netkit data cifar10, or root=DIR"):
        Cifar10()
    (tmp_path / "cache" / "cifar10").mkdir(parents=True)
    pack(tmp_path / "cache" / "cifar10" / ARCHIVE, content)
    check(Cifar10(), content)
    assert (tmp_path / "cache" / "cifar10" / "arrays" / "set.json").is_file()


def test_damage(tmp_path, content):
    root = tmp_path / "root"
    root.mkdir()
    with pytest.raises(NetkitError, match=r"no data_batch_1\.bin there"):
        Cifar10(root)
    with pytest.raises(NetkitError, match="there is no such folder"):
        Cifar10(tmp_path / "nowhere")
    pack(root / ARCHIVE, content)
    whole = (root / ARCHIVE).read_bytes()
    (root / ARCHIVE).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(NetkitError, match=r"cifar-10-binary.tar.gz: damaged \("):
        Cifar10(root)
    pack(root / ARCHIVE, content | {TEST: content[TEST].reshape(-1)[:-1]})
    with pytest.raises(NetkitError, match="18,437 bytes, where CIFAR-10 has records of 3,073"):
        Cifar10(root)
    content[TEST][0, 0] = 10
    pack(root / ARCHIVE, content)
    with pytest.raises(NetkitError, match="val labels run from"):
        Cifar10(root)
    assert not list(tmp_path.glob("cache/published/*"))
