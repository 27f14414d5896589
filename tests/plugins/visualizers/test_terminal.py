"""What a run says on a terminal: in its width, the best marked, what to do next."""

from types import SimpleNamespace

import numpy as np
import pytest
from terminals import on_a_terminal

from netkit.overview.run import aligned
from netkit.plugins.visualizers.terminal import fitting_line, live_energy, next_steps

WHOLE = (
    "i=2 energy=0.5144 correct=89.30% test_energy=0.2121 test_correct=95.20% 0.37 s 5442 samples/s"
)
ROW = {"iteration": 2, "energy": 0.5144, "correct": 89.3, "test_energy": 0.2121}
ROW["test_correct"] = 95.2


def trainer(best=True, **fields):
    validation = SimpleNamespace(best=lambda rows: best)
    return SimpleNamespace(row=ROW, rows=[{}, ROW], validation=validation, **fields)


def test_lines_fit():
    assert fitting_line(trainer(), WHOLE, 120) == WHOLE + " best"
    assert fitting_line(trainer(best=False), WHOLE, 120) == WHOLE
    short = "i=2 energy=0.5144 89.30% test 0.2121 95.20% best"
    assert fitting_line(trainer(), WHOLE, 60) == short
    assert max(len(fitting_line(trainer(), WHOLE, n)) - n for n in range(20, 120)) <= 0


def test_lines_of_the_opening_are_broken_between_words():
    lines = [("data", "a " * 50), ("classes", "10: " + "five 5, " * 12)]
    text = aligned(lines, 60)
    assert max(map(len, text.splitlines())) <= 60
    assert text.split() == aligned(lines).split()
    assert all(line.startswith("         ") for line in text.splitlines()[1:2])


def test_the_energy_of_what_was_shown():
    assert live_energy(SimpleNamespace(energies=np.full(4, np.nan))) is None
    assert live_energy(SimpleNamespace(energies=np.array([1, np.nan, 3]))) == 2


@pytest.mark.parametrize(
    ("classes", "boxes", "command"),
    [
        (["a", "b"], False, "classify"),
        (["a", "background"], False, "detect"),
        (["a"], True, "detect"),
    ],
)
def test_next_steps(tmp_path, monkeypatch, classes, boxes, command):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "outputs" / "day" / "time"
    dataset = SimpleNamespace(classes=classes, boxes=boxes)
    one = SimpleNamespace(folder=folder, dataset=dataset, show={"report": None})
    assert next_steps(one) == []
    folder.mkdir(parents=True)
    for name in ("best", "last"):
        (folder / f"{name}.safetensors").touch()
    first, second, third = next_steps(one)
    assert first.split() == ["next", "netkit", command, "weights=latest", "input=PICTURE"]
    assert "netkit play weights=latest" in second
    assert third.split() == ["open", "outputs/day/time/report.html"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "best.safetensors").touch()
    elsewhere = SimpleNamespace(folder=tmp_path / "mine", dataset=dataset, show={})
    assert "weights=mine" in next_steps(elsewhere)[0]


def test_a_narrow_terminal(tmp_path):
    """In 60 columns no line of a run is broken by the terminal."""
    words = "arch=linear", "iterations=3", "train_size=100", "val_size=50"
    text = on_a_terminal(tmp_path, "train", *words, TERM="dumb", COLUMNS="60")
    lines = text.decode().replace("\r", "").splitlines()
    results = [line for line in lines if line.startswith("i=")]
    assert len(results) == 3
    assert max(map(len, results)) <= 60
    assert any(line.endswith(" best") for line in results[1:]) or "best" not in text.decode()
    said = "\n".join(lines)
    assert "netkit classify weights=latest input=PICTURE" in said
    assert "open outputs/" in said
    opening = lines[: next(k for k, line in enumerate(lines) if line.startswith("run"))]
    assert max(map(len, opening)) <= 60
