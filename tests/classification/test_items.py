"""Items: what input=... names, and which folders say what is right."""

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from netkit.classification.batches import read_batches
from netkit.classification.fitting import Fitting
from netkit.classification.items import UNKNOWN, find_items, stdin_items
from netkit.errors import NetkitError

CLASSES = ["cat", "dog"]


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Folders of both classes, one of none, an image beside them, a hidden and an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("cat/1.png", "cat/more/2.png", "dog/1.jpg", "Dog/3.png", ".hidden/4.png", "5.png"):
        path = Path("pets") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((5, 6), 100, np.uint8)).save(path)
    Path("pets/empty").mkdir()
    Path("pets/cat/notes.txt").write_text("no image")
    return Path("pets")


def found(input, listed=None, pattern=None, **more):
    items = find_items(input, listed, pattern, classes=CLASSES, **more)
    return {item.name.replace("\\", "/"): item.truth for item in items}


def test_class_folders(tree, caplog):
    assert found("pets") == {
        "pets/5.png": UNKNOWN,
        "pets/Dog/3.png": UNKNOWN,
        "pets/cat/1.png": 0,
        "pets/cat/more/2.png": 0,
        "pets/dog/1.jpg": 1,
    }
    assert caplog.messages == [
        "pets: Dog: no class of this net (cat, dog): answered and not measured"
    ]


def test_a_folder_divided_for_training(tree):
    Path("root").mkdir()
    Path("pets").rename("root/train")
    Path("root/valid/dog").mkdir(parents=True)
    Path("root/train/5.png").rename("root/valid/dog/5.png")
    assert found("root") == {"root/valid/dog/5.png": 1}
    assert "root/train/cat/1.png" in found("root", part="train")


def test_other_words(tree):
    assert found("pets/*/1.*") == {"pets/cat/1.png": UNKNOWN, "pets/dog/1.jpg": UNKNOWN}
    assert found(["pets/5.png", "pets/dog"]) == {"pets/5.png": UNKNOWN, "pets/dog/1.jpg": UNKNOWN}
    Path("names.txt").write_text("# those\npets/5.png\n\npets/gone.png\n")
    both = {"pets/5.png": UNKNOWN, "pets/gone.png": UNKNOWN}
    assert found("names.txt") == found(None, "names.txt") == both
    assert found("pets", None, r"^1\.") == {"pets/cat/1.png": 0, "pets/dog/1.jpg": 1}


def test_standard_input(tree, monkeypatch):
    data = Path("pets/5.png").read_bytes()
    (item,) = stdin_items(data)
    assert (item.name, item.path, item.data) == ("stdin", None, data)
    assert [i.path for i in stdin_items(b"a.png\n\nb c.png\n")] == [Path("a.png"), Path("b c.png")]
    for wrong in (b"", b"\n", b"\xff\xfe\x00\x01", b"a\0b"):
        with pytest.raises(NetkitError, match=f"the {len(wrong)} bytes on standard input are nei"):
            stdin_items(wrong)
    monkeypatch.setattr(sys, "stdin", type("In", (), {"buffer": io.BytesIO(data)}))
    (batch,) = read_batches(
        find_items("-", None, None, classes=CLASSES), Fitting((1, 4, 4)), size=8, threads=1
    )
    assert batch.images.shape == (1, 1, 4, 4)
    (item,) = stdin_items(data)
    (batch,) = read_batches([item._replace(data=data[:50])], Fitting((1, 4, 4)), size=8)
    assert "standard input is damaged" in str(batch.errors[0])


WRONG = [
    ((None,), "input=null: name what to answer: input=photo.png"),
    (("nowhere",), "input=nowhere: there is no such file, folder or glob match"),
    (("film.mp4",), "input=film.mp4: a video: netkit detect"),
    (("pets", None, "("), r"file_pattern=\(: is no regular expression"),
    (("pets", None, "zebra"), "^input=pets file_pattern=zebra: nothing is left"),
    (("pets/empty",), "^input=pets/empty: nothing is left"),
    ((None, "gone.txt"), "input_list=gone.txt: cannot be read"),
]


@pytest.mark.parametrize(("words", "said"), WRONG, ids=[said for _, said in WRONG])
def test_wrong_words(tree, words, said):
    with pytest.raises(NetkitError, match=said):
        found(*words)


def test_order_errors_and_threads(tree):
    """Many items over several threads come back in order; what cannot be read is named."""
    paths = []
    for k in range(100):
        paths.append(Path(f"{k}.png"))
        Image.fromarray(np.full((4, 4), k, np.uint8)).save(paths[-1])
    Path("50.png").write_bytes(Path("50.png").read_bytes()[:40])
    Path("60.png").unlink()
    Path("list.txt").write_text("\n".join(map(str, paths)))
    items = find_items("list.txt", None, None, classes=CLASSES)
    for size, threads in ((7, 3), (64, 1), (1, 8)):
        batches = list(read_batches(items, Fitting((1, 4, 4)), size=size, threads=threads))
        names = [name for batch in batches for name in batch.names]
        assert names == [f"{k}.png" for k in range(100) if k not in (50, 60)]
        values = np.concatenate([batch.images[:, 0, 0, 0] for batch in batches])
        assert values.tolist() == [int(Path(name).stem) for name in names]
        errors = [str(error) for batch in batches for error in batch.errors]
        assert [error.split(":")[0] for error in errors] == ["50.png", "60.png"]


def test_an_early_end_leaves_no_thread(tree):
    import threading

    items = find_items("pets", None, None, classes=CLASSES) * 50
    before = threading.active_count()
    batches = read_batches(items, Fitting((1, 4, 4)), size=4, threads=3)
    next(batches)
    batches.close()
    assert threading.active_count() == before


def test_a_list_names_a_file_that_is_not_there(tree):
    Path("names.txt").write_text("pets/5.png\ngone.png\n")
    items = find_items("names.txt", None, None, classes=CLASSES)
    batches = list(read_batches(items, Fitting((1, 4, 4)), size=8))
    (error,) = [error for batch in batches for error in batch.errors]
    assert str(error).startswith("gone.png: cannot be read")
    assert str(error).endswith(": correct its path or remove it")
