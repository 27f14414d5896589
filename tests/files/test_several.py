"""Many images read by threads and by processes: the same, in order, whatever is wrong with some."""

import numpy as np
import pytest
from PIL import Image

from netkit.errors import NetkitError
from netkit.files import several
from netkit.files.folders import FolderSettings
from netkit.files.images import read_image
from netkit.files.several import Helper, read_several


@pytest.fixture
def paths(tmp_path):
    """A hundred images in grey and in colour, of many sizes; every tenth cannot be read."""
    rng = np.random.default_rng(0)
    made = []
    for k in range(100):
        path = tmp_path / f"{k} \udce9.png" if k % 7 == 0 else tmp_path / f"{k}.png"
        shape = (int(rng.integers(1, 40)), int(rng.integers(1, 40)), 3)[: 2 + k % 2]
        Image.fromarray(rng.integers(0, 256, shape, np.uint8)).save(path)
        if k % 10 == 3:
            path.write_bytes(b"none")
        made.append(str(path))
    (tmp_path / "20.png").unlink()
    return made


@pytest.mark.parametrize("channels", [1, 3, "auto"])
def test_processes_read_what_threads_do(paths, monkeypatch, channels):
    settings = FolderSettings(size=(9, 7), channels=channels, fit="stretch")
    threads = list(read_several(paths, settings))
    monkeypatch.setattr(several, "MANY", 1)
    monkeypatch.setattr(several, "CHUNK", 7)
    processes = list(read_several(paths, settings))
    assert len(threads) == len(processes) == 100
    for k, (one, other) in enumerate(zip(threads, processes, strict=True)):
        if k == 20 or k % 10 == 3:
            assert isinstance(one, str)
            assert one == other
            continue
        assert np.array_equal(one.pixels, other.pixels)
        assert one[1:] == other[1:]
        assert one.size == read_image(paths[k]).shape[:0:-1]
        assert len(one.pixels) == (channels if channels != "auto" else 1 + 2 * (k % 2))


def test_a_process_that_ends(paths):
    helper = Helper(FolderSettings())
    helper.process.kill()
    with pytest.raises(NetkitError, match="a process that reads images ended with -9"):
        helper.read(paths[:3])
    helper.close()


def test_who_asks_for_no_more_ends_all(paths, monkeypatch):
    monkeypatch.setattr(several, "MANY", 1)
    begun = []
    begin = Helper.__init__
    monkeypatch.setattr(Helper, "__init__", lambda *args: begun.append(args[0]) or begin(*args))
    images = read_several(paths * 20, FolderSettings())
    next(images)
    images.close()
    assert begun
    assert all(helper.process.poll() is not None for helper in begun)
