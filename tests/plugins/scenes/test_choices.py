"""Every choice of data and of scenes, in every command that has one: it works, or is refused."""

from pathlib import Path

import pytest

from netkit.commands.evaluate import evaluate
from netkit.commands.summary import summary
from netkit.commands.train import train
from netkit.config.compose import compose
from netkit.errors import NetkitError

CONF = Path(__file__).parents[3] / "conf"
CHOICES = [f"{path.parent.name}={path.stem}" for path in CONF.glob("*/*.yaml")]
CHOICES = sorted(word for word in CHOICES if word.startswith(("data=", "scenes=")))
CHOICES += ["data=digit_scenes", "data=annotated", "scenes=mnist", "scenes=nothing"]
DATA = {f"data={path.name}" for path in (CONF / "data").glob("*.yaml")}
MADE = {"data=mnist", "data=synthetic", "data=digits_background"}  # the others need files
WORKS = {
    "train": MADE,
    "summary": MADE,
    "evaluate": {"data=digit_scenes", "scenes=digit_scenes"},
}
PICTURES = "data=boxes", "data=annotated", "scenes=annotated"  # with boxes, one's own
SMALL = ["arch=linear", "iterations=1", "threads=1", "show={}"]


def call(command, word, folder):
    if command == "evaluate":
        few = ["scenes.count=1", "scenes.size=[60,80]"] if word.endswith("digit_scenes") else []
        return evaluate(compose("evaluate", [word, *few, "threads=1"]), folder)
    sizes = [] if word == "data=synthetic" else ["train_size=30", "val_size=10"]
    cfg = compose("train", [word, *SMALL, *sizes])
    return train(cfg, folder) if command == "train" else summary(cfg)


@pytest.mark.parametrize("word", CHOICES)
@pytest.mark.parametrize("command", WORKS)
def test_works_or_is_refused_by_name(command, word, tmp_path):
    if word in WORKS[command]:
        assert call(command, word, tmp_path)
        return
    with pytest.raises(NetkitError) as caught:
        call(command, word, tmp_path)
    text = str(caught.value)
    assert "\n" not in text
    if command == "evaluate" and word in PICTURES:
        assert text.startswith("root=null: name the folder of annotated pictures")
        return
    # Of a classifier, evaluate asks for the weights before it asks for the data.
    measured = command == "evaluate" and f"{word}.yaml" in DATA
    assert text.startswith("weights=null" if measured else ("data", "scenes"))


REFUSED = [
    (
        "train",
        "data=digit_scenes",
        "data=digit_scenes: these are scenes with boxes, for netkit eva",
    ),
    ("summary", "data=annotated", "netkit train takes data="),
    ("train", "scenes=annotated", "scenes: images with boxes are for netkit evaluate"),
    ("train", "scenes.count=3", "scenes: images with boxes are for netkit evaluate"),
    ("evaluate", "data=nothing", "data=nothing: there is no such data: there are "),
    ("evaluate", "scenes=mnist", "scenes=mnist: has no boxes: data=mnist measures a classifier"),
    ("evaluate", "scenes=nothing", "scenes=nothing: there is no such scenes: there are annotated"),
]


@pytest.mark.parametrize(("command", "word", "message"), REFUSED)
def test_what_is_said(command, word, message):
    with pytest.raises(NetkitError) as caught:
        compose("train" if command == "summary" else command, [word])
    assert message in str(caught.value)


def test_what_was_called_data_sets_scenes_today():
    cfg = compose("evaluate", ["data=annotated", "data.root=here", "data.channels=3"])
    assert cfg["scenes"] == {"type": "annotated", "root": "here", "channels": 3}
    assert "data" not in cfg
    assert compose("evaluate", ["data=boxes"])["scenes"] == {"type": "annotated"}


def test_a_data_set_to_measure_a_classifier_on():
    cfg = compose("evaluate", ["data=folder", "data.fit=crop", "root=here"])
    assert cfg["data"]["type"] == "folder"
    assert cfg["data"]["fit"] == "crop"
    assert cfg["root"] == "here"
