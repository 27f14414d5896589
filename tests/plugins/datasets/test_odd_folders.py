"""Folders of images with which something is wrong: each named, nothing lost."""

import pytest
from PIL import Image

from netkit.errors import NetkitError
from netkit.files.reading import read_one
from netkit.plugins.datasets.folder import Folder


def image(path, colour=(10, 20, 30), size=(9, 9)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)


def test_folders_that_are_no_set(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("NETKIT_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "set"
    root.mkdir()
    with pytest.raises(NetkitError, match="holds no folders of images: make one folder a class"):
        Folder(str(root))
    image(root / "loose.png")
    with pytest.raises(NetkitError, match="holds 1 images and no folders of images"):
        Folder(str(root))
    image(root / "pets" / "cat" / "1.png")
    with pytest.raises(NetkitError, match=r"one class alone, pets, .* root=.*pets, with cat in it"):
        Folder(str(root))
    image(root / "Pets" / "1.png")
    with pytest.raises(NetkitError, match="classes Pets and pets have one name but for case"):
        Folder(str(root))
    (root / "empty").mkdir()
    (root / "Pets" / "1.png").rename(root / "Pets" / ".hidden.png")
    with pytest.raises(NetkitError, match="one class alone"):
        Folder(str(root))
    assert "empty: no images in it: left out" in caplog.text


def test_a_class_to_test_on_that_is_not_trained_on(tmp_path, monkeypatch):
    monkeypatch.setenv("NETKIT_CACHE", str(tmp_path / "cache"))
    for name in ("train/cat", "train/dog", "val/Cat"):
        for k in range(3):
            image(tmp_path / name / f"{k}.png")
    with pytest.raises(NetkitError, match=r"class Cat is not in .*train, where it is cat"):
        Folder(str(tmp_path))


def test_nested_folders_and_images_of_one_pixel(tmp_path, monkeypatch):
    monkeypatch.setenv("NETKIT_CACHE", str(tmp_path / "cache"))
    for k in range(4):
        image(tmp_path / "set" / "a" / f"day{k}" / "deep" / "1.png", (k, 0, 0), (1, 1))
        image(tmp_path / "set" / "b" / f"{k}.webp", (0, 0, 200), (1, 3))
    for fit in ("pad", "crop", "stretch"):
        data = Folder(str(tmp_path / "set"), size=[6, 5], fit=fit)
        assert (len(data.train), len(data.val), data.shape) == (6, 2, (3, 6, 5))
    assert data.train.images[data.train.labels == 1][:, 2].min() > 150


def test_a_class_that_cannot_be_read(tmp_path, monkeypatch):
    monkeypatch.setenv("NETKIT_CACHE", str(tmp_path / "cache"))
    for k in range(5):
        image(tmp_path / "set" / "a" / f"{k}.png")
        (tmp_path / "set" / "b").mkdir(exist_ok=True)
        (tmp_path / "set" / "b" / f"{k}.png").write_bytes(b"none")
    with pytest.raises(NetkitError, match=r"class b in .*: none of its images to train on"):
        Folder(str(tmp_path / "set"))
    assert not list(tmp_path.glob("cache/folders/*"))
    assert not list(tmp_path.glob("cache/folders/.*"))


def test_a_file_that_vanishes(pictures, monkeypatch):
    """It was listed, and is gone when it is read."""
    from netkit.files import compiled

    listed = compiled.listed

    def then_removed(root, settings):
        found = listed(root, settings)
        found[1][0][0].unlink()
        found[1][1][0].unlink()
        return found

    monkeypatch.setattr(compiled, "listed", then_removed)
    data = Folder(str(pictures), size=8)
    assert len(data.train) == 10
    reasons = [reason for _, reason in data.found.unreadable]
    assert reasons == ["No such file or directory"] * 2


def test_an_interrupted_compilation_leaves_nothing(pictures, monkeypatch):
    from netkit.files import reader

    def interrupted(paths, settings):
        yield read_one(paths[0], settings)
        raise KeyboardInterrupt

    monkeypatch.setattr(reader, "read_several", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Folder(str(pictures), size=8)
    assert not list(pictures.parent.glob("cache/folders/*"))
    assert not list(pictures.parent.glob("cache/folders/.*"))
    monkeypatch.undo()
    monkeypatch.setenv("NETKIT_CACHE", str(pictures.parent / "cache"))
    assert len(Folder(str(pictures), size=8).train) == 12


def test_two_at_the_same_time(pictures, monkeypatch):
    """Another process has made the set while this one was at it: its work stands."""
    from netkit.files import compiled

    folder = pictures.parent / "set of mine"
    with compiled.whole_folder(folder) as part:
        (part / "set.json").write_text("{}")
        folder.mkdir()
        (folder / "set.json").write_text('{"classes": []}')
    assert (folder / "set.json").read_text() == '{"classes": []}'
    assert not list(pictures.parent.glob(".set of mine*"))
