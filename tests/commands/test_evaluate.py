"""netkit evaluate of detectors: images are taken as by netkit detect; what is written."""

import csv
import json
import shlex
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from netkit.annotations.writing import Coco
from netkit.build.detector import PACKAGED, make_detector
from netkit.commands.evaluate import as_trained, evaluate
from netkit.commands.evaluate_scenes import Looking, shared_classes
from netkit.config.compose import compose
from netkit.detection.detector import Detection
from netkit.detection.preparation import Preparation
from netkit.errors import NetkitError
from netkit.files.sources import Frame
from netkit.measurement.metrics import Metrics
from netkit.plugins.scenes.digit_scenes import DigitScenes
from netkit.registry import Registry
from netkit.scenes import Scene


class Bright:
    """A detector that finds the one bright thing in an image, in colours as it wants them."""

    classes = ("lamp", "background")

    def __init__(self, channels):
        self.net = self
        self.shape = channels, 8, 8

    def each(self, items):
        for key, image in items:
            assert len(image) == self.shape[0]
            rows, columns = np.nonzero(image[0] > 200)
            box = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
            yield key, [Detection(0, "lamp", 0.9, tuple(map(float, box)))]


class OneLamp:
    """A scene with a lamp at (20, 30) to (44, 50) in 120x90 pixels, and a tree."""

    def __init__(self, ground=0, lamp=255):
        self.classes = ["tree", "lamp"]
        self.image = np.full((1, 90, 120), ground, np.uint8)
        self.image[:, 30:50, 20:44] = lamp

    def __iter__(self):
        boxes = np.array([[60, 60, 90, 90], [20, 30, 44, 50.0]])
        yield Scene("a", self.image, boxes, np.array([0, 1]))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("settings", "mirror"),
    [
        ({}, False),
        ({}, True),
        ({"input_crop": [10, 12, 70, 80]}, False),
        ({"input_crop": [10, 40, 70, 80]}, True),
        ({"input_height": 180}, False),
        ({"input_height": 60, "input_width": 240, "input_crop": [20, 10, 60, 100]}, False),
    ],
)
def test_true_boxes_go_with_what_is_done_to_images(channels, settings, mirror):
    scenes = OneLamp()
    looking = Looking(Bright(channels), Preparation(**settings), scenes, mirror=mirror)
    metrics = Metrics(looking.classes)
    for scene, found in looking.answers(scenes):
        looking.measure(metrics, scene, found)
    assert metrics.classes == ["lamp"]
    assert metrics.summary()["boxes"] == 1
    assert metrics.summary()["mAP@0.5:0.95"] > 0.85  # a pixel of blur where it is resized


def test_ink_is_inverted():
    scenes = OneLamp(ground=255, lamp=0)
    looking = Looking(Bright(1), Preparation(invert="auto"), scenes, mirror=False)
    metrics = Metrics(looking.classes)
    for scene, found in looking.answers(scenes):
        looking.measure(metrics, scene, found)
    assert metrics.summary()["mAP@0.5"] == 1


@pytest.mark.parametrize(
    ("crop", "boxes", "ignored"),
    [
        ([0, 30, 90, 90], 1, [False]),  # more than half of it is left
        ([0, 40, 90, 80], 0, [True]),
        ([0, 60, 90, 60], 0, []),
    ],
)
def test_boxes_that_are_cut_off_need_not_be_found(crop, boxes, ignored):
    scenes = OneLamp()
    looking = Looking(Bright(1), Preparation(input_crop=crop), scenes, mirror=False)
    metrics = Metrics(looking.classes)
    (scene,) = scenes
    looking.measure(metrics, scene, [])
    assert metrics.summary()["boxes"] == boxes
    assert metrics.looked[0].ignored.tolist() == ignored


def test_boxes_that_a_scene_says_need_not_be_found():
    (scene,) = OneLamp()
    count = len(scene.boxes)
    for crowds in (None, np.ones(count, bool)):
        spared = scene._replace(ignored=np.ones(count, bool), crowds=crowds)
        looking = Looking(Bright(1), Preparation(), OneLamp(), mirror=False)
        metrics = Metrics(looking.classes)
        boxes = scene.boxes[scene.labels == 1]
        found = [Detection(0, "lamp", 0.9, tuple(box)) for box in boxes] * 2
        looking.measure(metrics, looking.seen(spared), found)
        assert metrics.summary()["boxes"] == 0
        assert not len(metrics.hits(0).confidences)  # neither right nor wrong


def test_classes_that_are_not_shared(caplog):
    assert shared_classes(["b", "c"], ["a", "b"]) == ["b"]
    assert "a: no class of this net: boxes of it are left out" in caplog.text
    with pytest.raises(NetkitError, match="the net's classes are b, the data's a: none is shared"):
        shared_classes(["b"], ["a"])


@pytest.fixture(scope="module")
def paper(tmp_path_factory):
    """A folder with three scenes of dark ink on white paper, and their boxes."""
    folder = tmp_path_factory.mktemp("paper")
    made = DigitScenes(count=3, size=(100, 140), digits=(2, 4), clutter=0, texture=0, seed=1)
    truth = Coco(folder / "annotations.json", made.classes)
    for k, scene in enumerate(made):
        Image.fromarray(255 - scene.image[0]).save(folder / f"{k}.png")
        pairs = zip(scene.labels.tolist(), scene.boxes.tolist(), strict=True)
        there = [Detection(label, str(label), 1.0, tuple(box)) for label, box in pairs]
        truth.add(Frame(f"{k}.png", scene.image), there)
    truth.close()
    return folder


def test_what_is_written(paper, tmp_path, capsys):
    words = ["scenes=annotated", f"root={paper}", "threads=1", "save_worst=2"]
    summary = evaluate(compose("evaluate", words), tmp_path)
    assert summary["mAP@0.5"] > 0.6  # invert=auto, as detect has it
    assert json.loads((tmp_path / "evaluation.json").read_text()) == summary
    printed = capsys.readouterr().out
    assert f"mAP@0.5={summary['mAP@0.5']:.4f}" in printed
    best = summary["best_f1"]
    assert f"best F1 {best['f1']:.3f} at threshold {best['threshold']:.3f}" in printed
    rows = list(csv.reader((tmp_path / "confusion.csv").read_text().splitlines()))
    assert [[int(n) for n in row[1:]] for row in rows[1:]] == summary["confusion"]["counts"]
    assert rows[0][-1] == "missed"
    assert rows[-1][0] == "nothing"
    errors = [row for row in summary["worst"] if row["false_alarms"] + row["missed"]]
    drawn = sorted(path.name for path in (tmp_path / "worst").glob("*.png"))
    assert len(drawn) == min(2, len(errors))
    for name in ("confusion.png", "curves.png"):
        with Image.open(tmp_path / name) as picture:
            assert len(np.unique(np.asarray(picture.convert("L")))) > 50, "nothing is drawn"
    as_it_is = evaluate(compose("evaluate", [*words, "invert=false"]), tmp_path)
    assert as_it_is["mAP@0.5"] < 0.3
    assert "0.95 recall is not reached" in capsys.readouterr().out


def test_the_threshold_that_is_written_is_taken_whatever_else_the_weights_say(
    paper, tmp_path, capsys
):
    """The detector that netkit carries lets boxes vote, and knows a threshold of its own."""
    weights = shutil.copy(PACKAGED, tmp_path / "net.safetensors")
    words = [f"weights={weights}", "scenes=annotated", f"root={paper}", "threads=1"]
    cfg = compose("evaluate", [*words, "save_threshold=true", "save_worst=0"])
    best = evaluate(cfg | {"command": shlex.join(["netkit", "evaluate", *words])}, tmp_path)
    assert "knows threshold=" in capsys.readouterr().out
    told: list[str] = []
    cfg = compose("detect", [f"weights={weights}", "threads=1"])
    detector = make_detector(Registry(), cfg, say=told.append)
    assert told[0].startswith(f"threshold={best['best_f1']['threshold']:.3g}: of the best F1")
    assert detector.look.post_threshold == best["best_f1"]["threshold"]
    assert detector.look.threshold == pytest.approx(0.2)
    said = make_detector(Registry(), cfg | {"threshold": 0.7}, say=told.append)
    assert said.look.threshold == 0.7
    assert len(told) == 1


@pytest.mark.parametrize(("kind", "seed"), [("boxes", 5), ("windows", 0)])
def test_a_run_is_measured_on_the_pictures_that_it_kept(kind, seed, tmp_path, monkeypatch):
    """Divided by share and seed as its data set divides them; another folder by its own parts."""
    run = {"data": {"type": kind, "val_share": 0.3}, "root": str(tmp_path), "seed": 5}
    meta = {"config": run, "classes": ["lamp", "background"]}
    made = SimpleNamespace(meta=meta)
    monkeypatch.setattr("netkit.commands.evaluate.load_trained", lambda *_: made)
    scenes = {"type": "annotated", "share": 0.3, "seed": seed}
    expected = {"root": str(tmp_path), "scenes": scenes}
    assert as_trained({"weights": "run", "root": None}) == expected
    other = {"root": str(tmp_path / "new"), "scenes": {"type": "annotated"}}
    assert as_trained({"weights": "run", "root": other["root"]}) == other
