"""netkit audit as a user runs it."""

import csv

import numpy as np
import pytest
from PIL import Image

from netkit.commands.audit import audit
from netkit.config.compose import compose
from netkit.dataset import Samples
from netkit.errors import NetkitError

SMALL = ["train_size=500", "val_size=100", "folds=2", "iterations=4", "drawn=12"]


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_flipped_labels_and_twins_are_found(tmp_path, capsys, monkeypatch):
    """A set in which four labels are wrong and one image stands twice, under two labels."""
    from netkit.build.parts import make_data

    flipped = [5, 77, 140, 301]

    def with_faults(registry, cfg):
        data = make_data(registry, cfg)
        data.train.labels[flipped] = (data.train.labels[flipped] + 5) % 10
        images = np.array(data.train.images)
        images[400] = images[10]
        data.train = Samples(images, data.train.labels)
        data.train.labels[400] = (data.train.labels[10] + 1) % 10
        return data

    monkeypatch.setattr("netkit.commands.audit.make_data", with_faults)
    issues = audit(compose("audit", SMALL), tmp_path)
    rows = rows_of(tmp_path / "audit.csv")
    assert len(rows) == 600
    assert {row["sample"] for row in rows} >= {"train[499]", "val[0]"}
    first = {row["sample"] for row in rows[:60]}
    assert len(first & {f"train[{k}]" for k in flipped}) >= 3
    margins = [float(row["margin"]) for row in rows]
    assert margins == sorted(margins)
    assert issues.joint.sum() == pytest.approx(600)
    twin = rows_of(tmp_path / "twins.csv")[0]
    assert (twin["first"], twin["second"]) == ("train[10]", "train[400]")
    page = (tmp_path / "audit.html").read_text()
    assert page.count("data:image/png") >= 2
    said = capsys.readouterr().out
    assert "600 samples of 10 classes; 2 nets to train" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "audit.csv",
        "audit.html",
        "twins.csv",
    ]


def test_a_folder_is_audited_and_its_names_are_escaped(tmp_path, capsys):
    rng = np.random.default_rng(0)
    for name in ("a<b>", "c"):
        (tmp_path / "set" / name).mkdir(parents=True)
        for k in range(4):
            pixels = rng.integers(0, 120, (28, 28), np.uint8) + 100 * (name == "c")
            Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / "set" / name / f"{k}.png")
    words = ["data=folder", f"root={tmp_path / 'set'}", "data.size=28", "folds=2", "iterations=1"]
    audit(compose("audit", words), tmp_path / "out")
    rows = rows_of(tmp_path / "out" / "audit.csv")
    assert {row["label"] for row in rows} == {"a<b>", "c"}
    assert any(row["sample"].endswith("c/3.png") for row in rows)
    assert "a<b>" not in (tmp_path / "out" / "audit.html").read_text()


WRONG = [
    (["data=synthetic", "folds=1"], "folds=1"),
    (["folds=20000", "train_size=50", "val_size=10"], "folds=20000: there are 60 samples"),
    (["likeness=1.5"], "likeness=1.5"),
    (["data=digits_background"], "data=digits_background: makes new samples"),
]


@pytest.mark.parametrize(("words", "said"), WRONG)
def test_what_cannot_be_audited_is_said(words, said, tmp_path):
    with pytest.raises(NetkitError, match=said) as error:
        audit(compose("audit", words), tmp_path / "out")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()
