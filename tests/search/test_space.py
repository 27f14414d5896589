"""What a search may choose: read from words and files, or refused in one line."""

import re
import shlex
from pathlib import Path

import pytest

from netkit.build.training import make_trainer
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.search.settings import read_line
from netkit.search.space import Choice, Numbers, parts_of, read_space, suggest


class Asked:
    """A trial that chooses the most, or the last, and keeps what it was asked for."""

    def __init__(self):
        self.asked = {}

    def suggest_float(self, key, low, high, *, step, log):
        self.asked[key] = (low, high, step, log)
        return high

    def suggest_int(self, key, low, high, *, step, log):
        self.asked[key] = (low, high, step, log)
        return high

    def suggest_categorical(self, key, choices):
        self.asked[key] = choices
        return choices[-1]


def test_the_words_of_the_manual():
    space = read_space(
        "{eta: log(1e-4,1e-1), arch.layers.c0.out: int(4, 32), optimizer: [adam,sgd],"
        " d: float(0,0.5,0.1), n: logint(4,512), mix: [true, null, 1e-3, 8, 'a b', [1, 2]]}"
    )
    trial = Asked()
    assert suggest(trial, space) == {
        "eta": "0.1",
        "arch.layers.c0.out": "32",
        "optimizer": "sgd",
        "d": "0.5",
        "n": "512",
        "mix": "[1, 2]",
    }
    assert trial.asked["eta"] == (1e-4, 0.1, None, True)
    assert trial.asked["arch.layers.c0.out"] == (4, 32, 1, False)
    assert trial.asked["d"] == (0, 0.5, 0.1, False)
    assert trial.asked["n"] == (4, 512, 1, True)
    assert trial.asked["mix"] == ["true", "null", "0.001", "8", "'a b'", "[1, 2]"]


def test_choices_within_choices():
    space = read_space(
        "{optimizer: {adam: {eta: log(1e-4,1e-2)}, sgd: {eta: log(1e-3,1), "
        "optimizer.nesterov: {false: , true: {optimizer.inertia: float(0,0.9)}}}}}"
    )
    assert [part.key for part in parts_of(space)] == [
        "optimizer",
        "optimizer=adam/eta",
        "optimizer=sgd/eta",
        "optimizer=sgd/optimizer.nesterov",
        "optimizer=sgd/optimizer.nesterov=true/optimizer.inertia",
    ]
    assert suggest(Asked(), space) == {
        "optimizer": "sgd",
        "eta": "1.0",
        "optimizer.nesterov": "true",
        "optimizer.inertia": "0.9",
    }
    (choice,) = space
    assert isinstance(choice, Choice)
    assert isinstance(choice.options["adam"][0], Numbers)


def test_a_space_in_a_file(tmp_path):
    (tmp_path / "s.yaml").write_text("eta: log(1e-4, 1e-1)\noptimizer: [adam, sgd]\n")
    assert [part.name for part in read_space(str(tmp_path / "s.yaml"))] == ["eta", "optimizer"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{eta: log(0,1)}", "eta: log.0,1.: a logarithm begins above 0"),
        ("{eta: log(1,2,3)}", "give the least, then the most"),
        ("{n: int(4,2)}", "give the least, then the most"),
        ("{n: int(1.5,2)}", r"n: int\(1\.5,2\): write log"),
        ("{n: int(1,4,9)}", "the step is above 0"),
        ("{eta: 3}", "eta: 3: write log"),
        ("{eta: []}", "nothing to choose among"),
        ("{o: {adam: 3}}", "o: adam: 3: write the settings that count for it"),
        ("[eta]", "write '.eta: log"),
        ("{eta: log(1e-4,1e-1), o: {a: {eta: [1, 2]}}}", "eta is there twice"),
        ("{'a b': [1, 2]}", "is no name of a setting"),
    ],
)
def test_what_is_no_space(text, said):
    with pytest.raises(NetkitError, match=said):
        read_space(text)


SPACE = "tune.space={eta: log(1e-4,1e-1)}"


def test_the_same_line_finds_the_same_folder():
    one = read_line(["arch=mlp", "iterations=3", SPACE])
    other = read_line([SPACE, "iterations=3", "tune.trials=7", "arch=mlp", "threads=1"])
    assert one.folder == other.folder
    assert one.folder.name.startswith("mlp-")
    assert read_line(["arch=mlp", "iterations=4", SPACE]).folder != one.folder
    assert str(read_line([SPACE, "tune.folder=a/b"]).folder) == "a/b"


def test_the_search_of_the_manual(registry, tmp_path):
    """Its folder is the one that the page names, and the ends of its numbers make nets."""
    page = (Path(__file__).parents[2] / "docs" / "machines.md").read_text(encoding="utf-8")
    command = re.search(r"netkit (tune arch=.*?')\n", page, re.S)[1].replace("\\\n", "")
    line = read_line(shlex.split(command)[1:])
    assert set(re.findall(r"searches/lenet5-\w+", page)) == {str(line.folder)}
    low, high = re.search(r"(arch[\w.]*): int\((\d+),(\d+)\)", command).group(2, 3)
    for maps in (low, high):
        trainer = make_trainer(registry, compose("train", [f"arch.layers.c0.out={maps}"]), tmp_path)
        assert trainer.net.layers["c0"].out == int(maps)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "tune.space: say what to search"),
        ([SPACE, "tune.trails=3"], "tune.trails=3: there are tune.space, tune.trials"),
        ([SPACE, "tune.trials=0"], "trials=0: give a whole number from 1"),
        ([SPACE, "tune.pruner=best"], "pruner=best: "),
        ([SPACE, "resume=a"], "resume=a: is not for a search"),
        ([SPACE, "--multirun"], "--multirun: is not for a search"),
    ],
)
def test_what_is_no_line(words, said):
    with pytest.raises(NetkitError, match=said):
        read_line(words)
