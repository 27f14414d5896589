"""A net that finds boxes, end to end: trained by command on pictures of one's own, and used."""

import csv
import json
import re
import shutil

import numpy as np
import pytest
from pictures_of_shapes import NAMES, write_yolo

import netkit
from netkit.annotations import read_annotated
from netkit.build.training import make_trainer
from netkit.commands.train import train
from netkit.config.compose import compose
from netkit.detection.boxes import iou
from netkit.errors import NetkitError
from netkit.files.images import read_image
from netkit.training.checkpoint import Checkpoint

WORDS = (
    "arch=finder",
    "data=boxes",
    "data.size=[80,96]",
    "batch_size=4",
    "passes=1",
    "augment.vertical_flip=false",
    "augment.zoom=0.3",
)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shapes") / "set"
    write_yolo(folder, 40)
    return folder


@pytest.fixture(scope="module")
def run(pictures, tmp_path_factory):
    """The folder of a run of a few seconds."""
    folder = tmp_path_factory.mktemp("finder")
    words = [*WORDS, f"root={pictures}", "iterations=40", "threads=2"]
    train(compose("train", words), folder)
    return folder


def rows_of(folder):
    with open(folder / "results.csv") as file:
        return list(csv.DictReader(file))


def facts_of(page):
    """What a report holds."""
    return json.loads(json.loads(re.search(r"JSON\.parse\((\".*?\")\);\n", page.read_text())[1]))


def truth_of(path, width, height):
    rows = np.loadtxt(path.with_suffix(".txt"), ndmin=2)
    x, y, w, h = (rows[:, 1:] * (width, height, width, height)).T
    return rows[:, 0].astype(int), np.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], 1)


def test_a_run_measures_what_it_finds(run):
    rows = rows_of(run)
    assert set(rows[0]) == {"iteration", "energy", "test_energy", "test_map", "eta", "seconds"}
    maps = [float(row["test_map"]) for row in rows]
    assert max(maps) > 0.5
    assert maps[0] < 0.2
    best = Checkpoint.load(run).meta
    assert best["iteration"] == 1 + max(k for k, v in enumerate(maps) if v == max(maps))
    assert 0 < best["detection"]["threshold"] < 1
    facts = facts_of(run / "report.html")
    assert facts["rows"][-1]["test_map"] == pytest.approx(maps[-1], abs=1e-4)
    assert facts["precision"]["when"] == "iteration 40"
    classes = facts["precision"]["classes"]
    assert {one["name"] for one in classes} <= set(NAMES)
    assert sum(one["ap"] for one in classes) / len(NAMES) == pytest.approx(maps[-1], abs=1e-4)


def test_the_command_trains_and_detect_needs_no_setting(cli, pictures, run, tmp_path):
    words = [*WORDS, f"root={pictures}", "iterations=1", "hydra.run.dir=short"]
    done = cli("train", *words)
    first, last = done.stdout.splitlines()[0], done.stdout.splitlines()[-2]
    assert "images to train on" in first
    assert "test_map=0." in last
    assert "correct" not in last
    lines = dict(line.split(None, 1) for line in done.stdout.splitlines()[:4])
    assert all(name in lines["classes"] for name in NAMES)

    new = write_yolo(tmp_path / "new", 8, seed=5)
    words = f"weights={run}", f"input={tmp_path / 'new'}"
    cli("detect", *words, "hydra.run.dir=found")
    lines = (tmp_path / "found" / "detections.jsonl").read_text().splitlines()
    rows = {row["image"]: row["detections"] for row in map(json.loads, lines)}
    right = there = 0
    for path in new:
        mine = rows[str(path)]
        labels, boxes = truth_of(path, 96, 80)
        there += len(labels)
        if mine:
            overlaps = iou(np.array([row["box"] for row in mine], float), boxes)
            right += int((overlaps.max(0) > 0.5).sum())
    assert right > 0.6 * there


def test_several_images_in_flight_are_answered_as_one_is(run, pictures):
    model = netkit.load(run)
    images = [pictures / f"p{k:03d}.png" for k in range(6)]
    alone = [model.detect(image, threshold=0.05) for image in images]
    assert sum(map(len, alone)) > 6
    for d in (d for found in alone for d in found):
        x0, y0, x1, y1 = d.box
        assert 0 <= x0 < x1 <= 96
        assert 0 <= y0 < y1 <= 80
        assert d.name in NAMES
        assert d.confidence >= 0.05
    _, detector, _ = model._detector
    read = [(k, read_image(image, 3)) for k, image in enumerate(images)]
    assert [found for _, found in detector.each(read)] == alone


def test_onnx_answers_the_same_boxes(run, cli, tmp_path, pictures):
    runtime = pytest.importorskip("onnxruntime")
    from PIL import Image

    done = cli("convert", str(run), "net.onnx")
    assert "120 boxes and their scores" in done.stdout
    session = runtime.InferenceSession(tmp_path / "net.onnx")
    assert [one.name for one in session.get_outputs()] == ["boxes", "scores"]
    pixels = np.asarray(Image.open(pictures / "p001.png")).transpose(2, 0, 1)[None]
    boxes, scores = session.run(None, {"pixels": pixels.astype(np.float32)})
    assert boxes.shape == (1, 120, 4)
    assert scores.shape == (1, 120, 2)
    model = netkit.load(run, threads=1)
    y = model._outputs(pixels)
    expected = model.energy.boxes(y, model.net.grid())[..., 0].reshape(4, -1).T
    np.testing.assert_allclose(boxes[0], expected, rtol=1e-4, atol=1e-3)
    sure = model.energy.confidences(y)[..., 0].reshape(2, -1).T
    np.testing.assert_allclose(scores[0], sure, atol=1e-5)


def test_a_resumed_run_is_the_same_bit_for_bit(pictures, tmp_path):
    words = [*WORDS, f"root={pictures}", "threads=1", "schedule=constant", "average=0.9"]
    train(compose("train", [*words, "iterations=4"]), tmp_path / "whole")
    train(compose("train", [*words, "iterations=2"]), tmp_path / "half")
    more = compose("train", [f"resume={tmp_path / 'half'}", "iterations=4"])
    train(more | {"command": "netkit train resume=half iterations=4"}, tmp_path / "half")
    one, two = (Checkpoint.load(tmp_path / name / "last.safetensors") for name in ("whole", "half"))
    assert set(one.tensors) == set(two.tensors)
    for name, array in one.tensors.items():
        np.testing.assert_array_equal(array, two.tensors[name], err_msg=name)
    keys = "energy", "test_energy", "test_map"
    for a, b in zip(rows_of(tmp_path / "whole"), rows_of(tmp_path / "half"), strict=True):
        assert [a[key] for key in keys] == [b[key] for key in keys]


def test_pictures_of_a_run(pictures, tmp_path):
    words = [*WORDS, f"root={pictures}", "iterations=1", "show_train=true", "train_size=8"]
    train(compose("train", [*words, "show_worst_first=true"]), tmp_path)
    names = {path.name.rpartition("_i")[0] or path.stem for path in tmp_path.glob("pictures/*")}
    assert names == {"augmented", "curves", "errors", "internals0", "internals1"} | {
        "kernels",
        "test",
        "train",
    }


def test_early_stopping_and_best_go_by_what_is_found(pictures, registry, tmp_path):
    words = [*WORDS, f"root={pictures}", "early_stopping=1", "iterations=9", "train_size=4"]
    trainer = make_trainer(registry, compose("train", words), tmp_path)
    trainer.rows = [{"test_map": 0.5, "iteration": 1}, {"test_map": 0.25, "iteration": 2}]
    assert not trainer.validation.best(trainer.rows)
    trainer.optimizer.schedule.warmup = 0
    assert "better than its test_map=0.5000" in trainer.validation.stop(trainer)


def test_weights_of_other_nets_serve(pictures, run, tmp_path):
    words = [*WORDS, f"root={pictures}", f"weights={run}", "limit_classes=1", "iterations=1"]
    train(compose("train", words), tmp_path)
    trained, first = (Checkpoint.load(f / "last.safetensors") for f in (tmp_path, run))
    assert trained.meta["classes"] == [NAMES[0]]
    assert trained.tensors["f6.W"].shape[0] == first.tensors["f6.W"].shape[0] - 1
    tested = compose("train", [*WORDS, f"root={pictures}", f"weights={run}", "test_only=true"])
    results = train(tested, tmp_path)
    assert results["test_map"] == max(float(row["test_map"]) for row in rows_of(run))


def test_a_picture_of_the_other_orientation_is_found_in(run, tmp_path):
    (path,) = write_yolo(tmp_path, 1, seed=9, width=80, height=120)
    found = netkit.load(run).detect(path, threshold=0.05)
    assert all(0 <= d.box[0] < d.box[2] <= 80 and d.box[3] <= 120 for d in found)


def test_it_gives_no_class_to_a_whole_picture(run, pictures, cli):
    model = netkit.load(run)
    with pytest.raises(NetkitError, match=r"finds boxes in images: model.detect\(image\)"):
        model.predict(pictures / "p001.png")
    assert model.outputs(pictures / "p001.png").shape == (1, 6, 10, 12)
    done = cli("classify", f"weights={run}", f"input={pictures}", code=1)
    assert f"netkit detect weights={run}" in done.stderr


def test_one_picture_is_enough_to_train_on_and_is_shown_often(cli, tmp_path):
    """In an iteration as often as makes 64 updates, where nothing else is said."""
    write_yolo(tmp_path / "one", 1)
    words = [word for word in WORDS if word != "passes=1"]
    done = cli("train", *words, "root=one", "iterations=1", "hydra.run.dir=run")
    assert "passes   256 over the 1 images make an iteration of 64 updates" in done.stdout


def test_evaluate_measures_what_the_run_kept_for_testing(run, pictures, cli, tmp_path):
    """No more said than the weights: the same pictures and numbers as in the run's validation."""
    shutil.copytree(run, tmp_path / "run")
    best = max(float(row["test_map"]) for row in rows_of(run))
    done = cli("evaluate", "weights=run", "save_threshold=true", "hydra.run.dir=out")
    summary = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    parts = read_annotated(pictures, share=0.2, seed=0).parts
    assert summary["images"] == len(parts["val"])
    assert summary["boxes"] == sum(len(row.boxes) for row in parts["val"])
    assert summary["mAP@0.5"] == pytest.approx(best, abs=1e-6)
    assert set(summary["classes"]) == set(NAMES)
    assert "no effect" not in done.stderr
    known = Checkpoint.load(tmp_path / "run")
    assert known.meta["detection"]["threshold"] == summary["best_f1"]["threshold"]
    before = Checkpoint.load(run)
    assert known.tensors.keys() == before.tensors.keys()
    for name, array in before.tensors.items():
        np.testing.assert_array_equal(known.tensors[name], array)
    one = cli("detect", "weights=run", f"input={pictures}/p001.png", "save_images=false")
    said = f"threshold={summary['best_f1']['threshold']:.3g}: of the best F1"
    assert one.stdout.startswith(said)
    auto = cli("detect", "weights=run", f"input={pictures}/p001.png", "threshold=auto")
    assert auto.stdout.splitlines()[:-1] == one.stdout.splitlines()[:-1]


def test_auto_where_no_threshold_is_known(cli):
    said = cli("detect", "threshold=auto", code=1).stderr
    assert said.startswith("netkit: threshold=auto: these weights know none: netkit evaluate")
    said = cli("evaluate", "save_threshold=true", code=1).stderr
    assert said == "netkit: save_threshold=true: name the weights to write it into: weights=RUN\n"
