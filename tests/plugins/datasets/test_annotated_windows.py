"""data=windows: annotated pictures as windows, by command from end to end."""

import json
import logging
from types import SimpleNamespace

import numpy as np
import pytest
from drawn_shapes import write_shapes

from netkit.build.training import make_trainer
from netkit.commands.detect import detect
from netkit.commands.train import train
from netkit.config.compose import compose
from netkit.detection.detector import Detection
from netkit.errors import NetkitError
from netkit.plugins.datasets.windows import Windows
from netkit.registry import Registry
from netkit.training.checkpoint import Checkpoint
from netkit.training.description import check_description
from netkit.visualizer import Visualizer

WORDS = ["data=windows", "arch=detector", "energy=cross_entropy", "optimizer=adamw", "eta=3e-3"]
SMALL = ["threads=1", "show={}", "val_size=100", "data.size=28"]


@pytest.fixture(scope="module")
def shapes(tmp_path_factory):
    return write_shapes(tmp_path_factory.mktemp("shapes"), 40)


@pytest.fixture(scope="module")
def trained(shapes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    words = [*WORDS, *SMALL, f"root={shapes}", "train_size=1000", "iterations=3", "bootstrap=true"]
    return folder, train(compose("train", words), folder)


def test_shapes_are_found_with_boxes_of_their_own_proportions(shapes, trained, tmp_path):
    folder, row = trained
    assert row["test_correct"] > 90
    fresh = write_shapes(tmp_path / "fresh", 6, seed=9)
    cfg = compose(
        "detect", [f"weights={folder}", f"input={fresh}", "threads=1", "save_images=false"]
    )
    out = tmp_path / "out"
    out.mkdir()
    detect(cfg, out)
    found = [json.loads(line) for line in (out / "detections.jsonl").read_text().splitlines()]
    rows = Windows(fresh, train_size=10, val_size=10, val_share=0.0).parts["train"].rows
    truth = {row.path.name: row for row in rows}
    names = ["disc", "bar"]
    hits = total = 0
    for line in found:
        row = truth[line["image"].rsplit("/")[-1]]
        total += len(row.boxes)
        for box, label in zip(row.boxes, row.labels, strict=True):
            hits += any(
                d["class"] == names[label] and overlap(d["box"], box) > 0.5
                for d in line["detections"]
            )
    assert hits >= 0.7 * total
    bars = [d["box"] for line in found for d in line["detections"] if d["class"] == "bar"]
    wide = np.array([(x1 - x0) / (y1 - y0) for x0, y0, x1, y1 in bars])
    assert 1.7 < np.median(wide) < 2.3


def overlap(a, b):
    """Return the intersection over union of two boxes."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    inner = max(width, 0) * max(height, 0)
    areas = [(x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in (a, b)]
    return inner / (sum(areas) - inner)


def test_weights_know_how_a_detector_is_to_look(trained):
    meta = Checkpoint.load(trained[0] / "best.safetensors").meta
    assert set(meta["looking"]["shapes"]) == {"disc", "bar"}
    high, wide = meta["looking"]["shapes"]["bar"]
    assert high < wide
    assert 0.5 < meta["looking"]["max_scale"] < 3
    meta["looking"]["shapes"]["bar"] = ["x", 1]
    with pytest.raises(NetkitError, match="looking is"):
        check_description(meta, "weights x")


def test_a_resumed_run_is_the_same_bit_for_bit(tmp_path):
    root = write_shapes(tmp_path / "few", 8)
    words = [*WORDS, *SMALL, f"root={root}", "train_size=100", "bootstrap=true"]
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    train(compose("train", [*words, "iterations=3"]), whole)
    stopped = compose("train", [*words, "iterations=3"])

    class Stop(Visualizer):
        """Presses Ctrl-C after the second iteration."""

        def iteration(self, trainer):
            if trainer.iteration == 2:
                raise KeyboardInterrupt

    halves.mkdir()
    interrupted = make_trainer(Registry(), stopped, halves)
    interrupted.show["stop"] = Stop()
    with pytest.raises(KeyboardInterrupt):
        interrupted.run()
    train(compose("train", [f"resume={halves}"]), halves)
    ours, theirs = (Checkpoint.load(f / "last.safetensors") for f in (whole, halves))
    assert len(ours.resume_state("dataset")["hard_labels"])
    for name, values in ours.tensors.items():
        assert np.array_equal(values, theirs.tensors[name]), name


def test_windows_follow_from_seed_and_iteration(shapes):
    a = Windows(shapes, train_size=60, val_size=20, seed=1)
    b = Windows(shapes, train_size=60, val_size=20, seed=1)
    assert a.shape[:2] == (3, 28)
    assert a.shape[2] % 4 == 0
    assert 28 <= a.shape[2] <= 56  # discs are as wide as high, bars twice as wide
    assert a.classes == ["disc", "bar", "background"]
    assert np.array_equal(a.epoch(4, 0).images, b.epoch(4, 0).images)
    assert not np.array_equal(a.epoch(4, 0).images, a.epoch(5, 0).images)
    assert not np.array_equal(
        a.epoch(4, 0).images, Windows(shapes, train_size=60, val_size=20).epoch(4, 0).images
    )


def test_hard_windows_are_what_a_detector_gets_wrong(shapes):
    data = Windows(shapes, train_size=100, val_size=20)
    boxes = {row.path.name: row for row in data.parts["train"].rows}

    class Wrong:
        """Says bar of every object, and of a corner without one."""

        def each(self, items):
            for scene, _ in items:
                windows = data.framing.windows(boxes[scene.name].boxes)
                corner = (0.0, 40.0, 4.0, 44.0)
                yield scene, [Detection(1, "bar", 1.0, tuple(b)) for b in (*windows, corner)]

    added = data.mine(Wrong(), 0)
    discs = sum(int((row.labels == 0).sum()) for row in boxes.values())
    labels = data.hard.labels
    assert added == discs + len(boxes)
    assert (labels == 0).sum() == min(discs, (labels == 0).sum())
    assert len(data.hard) == min(added, 50)
    assert len(data.epoch(1, 0)) == 100
    assert np.array_equal(data.epoch(1, 0).images[-len(labels) :], data.hard.images)


def test_bootstrapping_takes_place_evenly_over_a_run(shapes, monkeypatch):
    data = Windows(shapes, train_size=20, val_size=10, bootstrap=True, rounds=3)
    monkeypatch.setattr("netkit.windows.window_set.miner", lambda *_: None)
    mined = []
    monkeypatch.setattr(data, "mine", lambda detector, iteration: mined.append(iteration) or 0)
    for iteration in range(8):
        data.before(SimpleNamespace(iteration=iteration, iterations=8))
    assert mined == [2, 4, 6]


def test_grey_pictures_and_windows_of_any_size(tmp_path):
    root = write_shapes(tmp_path, 4, grey=True)
    assert Windows(root, train_size=20, val_size=10).shape[0] == 1
    assert Windows(root, train_size=20, val_size=10, channels=3).shape[0] == 3
    assert Windows(root, train_size=20, val_size=10, size=[30, 50]).shape == (1, 30, 50)


def test_pictures_without_objects_are_background(shapes, tmp_path):
    for name in ("a", "b/c"):
        (tmp_path / name).mkdir(parents=True)
        write_shapes(tmp_path / name, 1, seed=3)
    data = Windows(shapes, train_size=100, val_size=20, background=tmp_path)
    assert len(data.grounds.pictures) == 2
    scenes = data.scenes("train", np.random.default_rng(0))
    names = [next(scenes).name for _ in range(4)]
    assert names[1::2] == ["background", "background"]


def broken(root, how):
    """Spoil a folder of shapes in one way."""
    for path in root.glob("*.txt"):
        if path.name != "classes.txt" and how in ("no box", "small"):
            path.write_text("" if how == "no box" else "0 0.5 0.5 0.01 0.01\n")


BAD = [
    ("no box", {}, "root=.*no .*box"),
    ("small", {}, "smallest=4 pixels"),
    ("", {"size": [300, 300]}, r"size=\[300, 300\]: larger than the largest picture"),
    ("", {"background": "nowhere"}, "background=nowhere: there is no such folder"),
]


@pytest.mark.parametrize(("how", "settings", "message"), BAD)
def test_bad_input_is_refused_by_name(tmp_path, how, settings, message):
    root = write_shapes(tmp_path / "root", 3)
    broken(root, how)
    with pytest.raises(NetkitError, match=message) as caught:
        Windows(root, train_size=20, val_size=10, val_share=0.0, **settings)
    assert "\n" not in str(caught.value)


def test_a_folder_without_pictures_and_one_that_vanishes(tmp_path):
    root = write_shapes(tmp_path / "root", 3)
    (tmp_path / "empty").mkdir()
    with pytest.raises(NetkitError, match="empty: holds no picture"):
        Windows(root, train_size=20, val_size=10, background=tmp_path / "empty")
    data = Windows(root, train_size=20, val_size=10)
    for part in data.parts.values():
        part.pictures.kept.clear()
    for path in root.glob("*.png"):
        path.unlink()
    with pytest.raises(NetkitError, match=r"\d+.png: cannot be read as an image"):
        data.epoch(1, 0)


def test_small_boxes_are_said_and_are_no_background(tmp_path, caplog):
    root = write_shapes(tmp_path, 3)
    with (root / "001.txt").open("a") as file:
        file.write("1 0.5 0.5 0.02 0.02\n")
    with caplog.at_level(logging.WARNING, "netkit"):
        data = Windows(root, train_size=20, val_size=10, val_share=0.0)
    assert "1 boxes have a side below smallest=4 pixels" in caplog.text
    assert "no picture is left to test on" in caplog.text
    assert -1 in data.parts["train"][1].labels


def test_root_is_asked_for():
    with pytest.raises(NetkitError, match="data=windows root=null"):
        Windows()
