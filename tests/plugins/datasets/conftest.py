"""Folders of images that tests of data sets share."""

import pytest
from PIL import Image


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    """Ten dark and five light images of several sizes, one file that is none, in two folders."""
    monkeypatch.setenv("NETKIT_CACHE", str(tmp_path / "cache"))
    for name, grey, count in (("dark", 40, 10), ("light", 200, 5)):
        (tmp_path / "set" / name).mkdir(parents=True)
        for k in range(count):
            Image.new("L", (20 + k, 10), grey).save(tmp_path / "set" / name / f"{k}.png")
    return tmp_path / "set"
