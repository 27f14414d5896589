"""What report.html is told of a run: classes, file names, the best; and the page in a browser."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from netkit.commands.report import report
from netkit.commands.train import run
from netkit.config.compose import compose
from netkit.pictures.maps import draw_kernels
from netkit.plugins.visualizers.base import details, of_colours
from netkit.plugins.visualizers.report import by_class
from netkit.probe import Row

SMALL = ["iterations=2", "train_size=60", "val_size=40", "arch=linear", "show=default"]


def told(folder):
    """The facts that a page holds."""
    page = (folder / "report.html").read_text()
    text = re.search(r"const run = JSON\.parse\((\".*?\")\);\n", page, re.S)[1]
    return json.loads(json.loads(text))


def test_classes(tmp_path):
    """Recall, precision and F1 of each class are those of its counts."""
    trainer = run(compose("train", SMALL), tmp_path, quiet=True)
    said = told(tmp_path)["classes"]
    assert said == json.loads(json.dumps(by_class(trainer, None)))
    assert said["head"] == ["class", "samples", "answered", "right", "precision", "recall", "F1"]
    assert [row[0] for row in said["rows"]] == trainer.dataset.classes
    assert sum(row[1] for row in said["rows"]) == sum(row[2] for row in said["rows"]) == 40
    right = sum(row[3] for row in said["rows"])
    assert right / 40 == pytest.approx(trainer.row["test_correct"] / 100)
    for _, there, answered, right, precision, recall, f1 in said["rows"]:
        assert precision == (right / answered if answered else None)
        assert recall == (right / there if there else None)
        if precision and recall:
            assert f1 == pytest.approx(2 / (1 / precision + 1 / recall))


def test_a_report_that_is_drawn_later_has_the_classes_too(tmp_path):
    run(compose("train", SMALL), tmp_path, quiet=True)
    before = told(tmp_path)["classes"]
    report(tmp_path)
    assert told(tmp_path)["classes"] == before
    assert len(before["rows"]) == 10


def test_a_run_without_tests(tmp_path):
    run(compose("train", [*SMALL, "no_testing_test=true"]), tmp_path, quiet=True)
    facts = told(tmp_path)
    assert facts["classes"]["rows"] == []
    assert not any("test_correct" in row for row in facts["rows"])


def test_errors_have_the_names_of_their_files(tmp_path):
    for name in ("a", "b"):
        (tmp_path / "set" / name).mkdir(parents=True)
        for k in range(6):
            Image.new("RGB", (8, 8), (40 * k, 9, 9)).save(
                tmp_path / "set" / name / f"{name}{k}.png"
            )
    words = ["data=folder", f"root={tmp_path}/set", "iterations=1", "arch=linear", "data.size=8"]
    trainer = run(compose("train", words), tmp_path / "run", quiet=True)
    samples = SimpleNamespace(
        labels=trainer.tested.samples.labels, energies=trainer.tested.energies
    )
    lines = details(trainer, samples)
    assert len(lines) == len(samples.labels) > 0
    assert all(re.fullmatch(r"[ab]\d\.png  e \d+\.\d\d", line) for line in lines)


def test_kernels_over_colours_are_coloured(registry):
    """Three maps after each other are one picture: a kernel of red alone is red."""
    maps = np.zeros((6, 2, 2), np.float32)
    maps[0] = maps[5] = 1
    picture = np.asarray(draw_kernels(Row("c0", "kernels", maps), "", colour=True).convert("RGB"))
    found = {tuple(colour) for colour in picture.reshape(-1, 3).tolist()}
    assert {(255, 0, 0), (0, 0, 255)} <= found
    layer = SimpleNamespace(name="c0", kernel=(3, 3))
    for channels, width, expected in ((3, 27, True), (1, 9, False), (3, 9, False)):
        net = SimpleNamespace(weights={"c0.W": np.zeros((4, width))}, layers={})
        dataset = SimpleNamespace(shape=(channels, 8, 8))
        assert of_colours(SimpleNamespace(net=net, dataset=dataset), layer) is expected
