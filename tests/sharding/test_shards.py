"""Shares of images: which are whose, what is done, what the environment says, tar files."""

import io
import json
import tarfile
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from netkit.classification.items import UNKNOWN, stream_items
from netkit.detection.writers import TextFile
from netkit.errors import NetkitError
from netkit.files import streams, write_beside
from netkit.files.inputs import find_inputs
from netkit.files.sources import Frame, Unreadable, frames
from netkit.sharding.merging import whole
from netkit.sharding.portion import Done, Portion
from netkit.sharding.progress import Progress
from netkit.sharding.shard import Shard, shard_of

NAMES = [f"{k}.png" for k in range(100)]
CLASSES = ["cat", "dog"]


def png(value):
    file = io.BytesIO()
    Image.fromarray(np.full((6, 5), value, np.uint8)).save(file, "png")
    return file.getvalue()


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("n", [1, 3, 7])
def test_every_image_is_of_one_share(ordered, n):
    shares = [Portion(Shard(k, n), ordered=ordered) for k in range(1, n + 1)]
    here = [[name for name in NAMES if share(name)] for share in shares]
    assert Counter(name for names in here for name in names) == Counter(NAMES)
    if ordered:
        assert max(map(len, here)) - min(map(len, here)) <= 1


def test_unordered_shares_do_not_depend_on_the_order():
    one, other = Portion(Shard(1, 3), ordered=False), Portion(Shard(1, 3), ordered=False)
    assert {n for n in NAMES if one(n)} == {n for n in reversed(NAMES) if other(n)}


def test_what_is_done_is_counted():
    done = Done(["a", "b", "a", "\udc80"])
    assert [done.take(name) for name in ("a", "a", "a", "b", "c", "\udc80")] == [
        *(True, True, False, True, False, True),
    ]


@pytest.mark.parametrize(
    ("env", "shard"),
    [
        ({"RANK": "2", "WORLD_SIZE": "4"}, "3/4"),
        ({"SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_COUNT": "8"}, "8/8"),
        (
            {
                "SLURM_ARRAY_TASK_ID": "12",
                "SLURM_ARRAY_TASK_COUNT": "3",
                "SLURM_ARRAY_TASK_MIN": "10",
                "SLURM_ARRAY_TASK_STEP": "2",
                "SLURM_PROCID": "1",
                "SLURM_STEP_NUM_TASKS": "2",
            },
            "4/6",
        ),
        ({"OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "2"}, "1/2"),
    ],
)
def test_the_environment(env, shard):
    assert str(shard_of("auto", env)) == shard


@pytest.mark.parametrize("value", ["0/2", "3/2", "2", "a/b", "1/0", 4])
def test_what_is_no_share(value):
    with pytest.raises(NetkitError, match=f"shard={value}: give K/N"):
        shard_of(value)
    with pytest.raises(NetkitError, match="nothing says which share"):
        shard_of("auto", {})
    with pytest.raises(NetkitError, match="RANK says 4 of 4"):
        shard_of("auto", {"RANK": "4", "WORLD_SIZE": "4"})


def test_progress_undoes_what_was_not_done_whole(tmp_path):
    progress = Progress(tmp_path, {"kind": "detect"})
    text = TextFile(tmp_path / "a.txt")
    progress.begin()
    progress.watch([text])
    for k in range(3):
        with progress.step():
            text.write(f"{k}\n")
            write_beside(tmp_path / f"{k}.png", b"x")

    def interrupted():
        with progress.step():
            text.write("half a li")
            write_beside(tmp_path / "3.png", b"x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    text.close()
    progress.close()
    there = Progress.read(tmp_path)
    assert (there.images, there.sizes, there.over) == (3, {"a.txt": 6}, False)
    there.begin()
    again = TextFile(tmp_path / "a.txt", there.sizes["a.txt"])
    assert (tmp_path / "a.txt").read_text() == "0\n1\n2\n"
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["0.png", "1.png", "2.png"]
    there.watch([again])
    there.end(skipped=1)
    there.close()
    again.close()
    last = Progress.read(tmp_path)
    assert (last.over, last.skipped) == (True, 1)


def test_a_torn_line_of_progress_leaves_the_one_before(tmp_path):
    progress = Progress(tmp_path, {})
    progress.begin()
    for _ in range(4):
        with progress.step():
            pass
    progress.close()
    data = bytearray((tmp_path / "progress.jsonl").read_bytes())
    data[progress.head + 20] ^= 1  # in the line of the fourth
    (tmp_path / "progress.jsonl").write_bytes(data)
    assert Progress.read(tmp_path).images == 3
    (tmp_path / "progress.jsonl").write_bytes(data[: progress.head])
    with pytest.raises(NetkitError, match=r"progress\.jsonl: is damaged"):
        Progress.read(tmp_path)


@pytest.fixture
def tars(tmp_path, monkeypatch):
    """Three tar files of WebDataset's form, four pictures each, the last one packed."""
    monkeypatch.chdir(tmp_path)
    for t, name in enumerate(("a.tar", "b.tar", "c.tar.gz")):
        with tarfile.open(name, "w:gz" if name.endswith("gz") else "w") as tar:
            for k in range(4):
                sample = {"cls": b"1" if k % 2 else b"0\n", "png": png(40 * t + k), "json": b"{}"}
                for ending, data in sample.items():
                    info = tarfile.TarInfo(f"{k:04d}.{ending}")
                    info.size = len(data)
                    tar.addfile(info, io.BytesIO(data))
    return tmp_path


def test_tar_files_are_classified_as_they_say(tars):
    items = list(stream_items(["a.tar", "c.tar.gz"], None, None, classes=CLASSES).things)
    assert [item.name for item in items][:2] == ["a.tar/0000.png", "a.tar/0001.png"]
    assert [item.truth for item in items] == [0, 1] * 4
    assert items[5].data == png(81)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_shares_of_tar_files(tars, n):
    found = []
    for k in range(1, n + 1):
        portion = Portion(Shard(k, n))
        items = stream_items(
            ["a.tar", "b.tar", "c.tar.gz"], None, None, classes=CLASSES, portion=portion
        )
        found.append([item.name for item in items.things])
    assert len({name for names in found for name in names}) == sum(map(len, found)) == 12
    if n == 3:  # a file each
        assert [len({name.split("/")[0] for name in names}) for names in found] == [1, 1, 1]


def test_tar_files_are_looked_at(tars):
    paths = find_inputs("a.tar").things
    seen = list(frames(paths, portion=Portion(done=Done(["a.tar/0002.png"]))))
    assert [frame.name[-8:] for frame in seen] == ["0000.png", "0001.png", "0003.png"]
    assert [int(frame.image[0, 0, 0]) for frame in seen] == [0, 1, 3]


def test_a_torn_tar_file_gives_what_is_whole(tars):
    data = (tars / "a.tar").read_bytes()
    (tars / "a.tar").write_bytes(data[: len(data) // 3])
    *seen, last = frames(find_inputs("a.tar").things)
    assert seen
    assert all(isinstance(frame, Frame) for frame in seen)
    assert isinstance(last, Unreadable)
    assert "a.tar: not a whole tar file" in str(last.error)
    items = list(stream_items("a.tar", None, None, classes=CLASSES).things)
    assert "not a whole tar file" in str(items[-1].error)


def test_very_many_names_are_not_read_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "MANY", 10)
    (tmp_path / "cat").mkdir()
    for k in range(25):
        (tmp_path / "cat" / f"{k}.png").touch()
    (tmp_path / "list.txt").write_text("".join(f"{k}.png\n" for k in range(25)))
    listed = stream_items(None, str(tmp_path / "list.txt"), None, classes=CLASSES)
    assert not isinstance(listed.things, list)
    assert (listed.ordered, listed.total) == (True, None)
    assert [item.name for item in listed.things] == [f"{k}.png" for k in range(25)]
    folder = stream_items(str(tmp_path), None, "[13].png", classes=CLASSES)
    assert {item.truth for item in folder.things} == {0}
    folder = find_inputs(str(tmp_path / "cat"))
    assert (folder.ordered, folder.total) == (False, None)
    assert len({*folder.things}) == 25
    assert UNKNOWN not in {
        item.truth for item in stream_items(str(tmp_path), None, None, classes=CLASSES).things
    }


def test_shards_that_do_not_make_a_whole(tmp_path):
    def shard(name, word, over=True, **settings):
        (folder := tmp_path / name).mkdir()
        progress = Progress(folder, {"kind": "detect", "shard": word, "top": 1, **settings})
        progress.begin()
        (folder / "detections.jsonl").write_text(json.dumps({"image": name}) + "\n")
        if over:
            progress.end(0)
        progress.close()
        return folder

    one, two = shard("1", "1/2"), shard("2", "2/2")
    assert [p.folder for p in whole([two, one])] == [one, two]
    for folders, said in (
        ([one], "shard 2/2: not among the 1 folders"),
        ([one, one], "shard 1/2 again"),
        ([one, tmp_path], r"no progress\.jsonl there"),
        ([one, shard("a", "2/2", over=False)], "not finished: netkit detect resume="),
        ([one, shard("b", "2/2", top=2)], "top=2, and 1 in"),
        ([one, shard("c", "2/3")], "shard=3, and 2 in"),
    ):
        with pytest.raises(NetkitError, match=said):
            whole(folders)
