"""A stranger's plugin: what docs/plugins.md says, installed with pip and used.

And plugins that are broken, which harm nothing else.
"""

import os
import re
import shlex
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest

from netkit import hookimpl
from netkit.errors import NetkitError
from netkit.registry import Registry

PAGE = (Path(__file__).parent.parent / "docs" / "plugins.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.S)
COMMANDS = [
    shlex.split(line) for kind, text in BLOCKS if kind == "bash" for line in text.split("\n")
]


@pytest.fixture(scope="session")
def plugin(tmp_path_factory):
    """A folder with the files of the page: each block begins with the name of its file."""
    root = tmp_path_factory.mktemp("plugin")
    for kind, text in BLOCKS:
        if kind != "bash":
            name, text = text.split("\n", 1)
            path = root / name.removeprefix("# ")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text((path.read_text() if path.exists() else "") + text)
    (root / "acme" / "conf" / "__init__.py").touch()
    return root


@pytest.fixture(scope="session")
def installed(plugin, tmp_path_factory):
    """The environment in which pip has installed the plugin; nothing of netkit changes."""
    target = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--disable-pip-version-check"]
    subprocess.run([*pip, "--target", target, "."], check=True, cwd=plugin)
    paths = [str(target), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(paths)}


def test_the_commands_of_the_page(cli, installed, tmp_path):
    said = {}
    for words in filter(None, COMMANDS):
        if words[0] == "netkit":
            run = "".join(str(path) for path in tmp_path.glob("outputs/*/*"))
            words = [word.replace("outputs/DATE/TIME", run) for word in words[1:]]
            extra = ["hydra.run.dir=out"] if words[0] in ("detect", "evaluate") else []
            said[words[0]] = cli(*words, *extra, **installed).stdout
    assert said["plugins"].startswith("layer scale, from acme (acme)")
    assert "NAME: {type: scale}" in said["plugins"]
    diary = said["diary"].split()
    assert len(diary) == 4
    assert float(diary[-1]) >= 90
    assert f"test_correct={float(diary[-1]):.2f}%" in said["train"]
    assert "net.json" in said["convert"]
    assert re.search("across|down", said["detect"])
    assert said["evaluate"]


def test_its_own_tests_pass_with_nothing_installed(plugin):
    words = [sys.executable, "-m", "pytest", "-q", "test_acme.py"]
    done = subprocess.run(words, cwd=plugin, capture_output=True, text=True)
    assert "3 passed" in done.stdout, done.stdout


def test_beside_the_usual_visualizers(cli, installed, tmp_path):
    words = (
        "arch=acme",
        "data=stripes",
        "optimizer=lion",
        "iterations=1",
        "+show.diary.type=diary",
    )
    assert "test_correct=" in cli("train", *words, "iterations=1", **installed).stdout
    assert len(list(tmp_path.glob("outputs/*/*/diary.txt"))) == 1


def test_a_resumed_run_goes_on_with_the_diary(cli, installed, tmp_path):
    words = ("arch=acme", "data=stripes", "optimizer=lion", "show=diary", "hydra.run.dir=run")
    cli("train", *words, "iterations=1", **installed)
    cli("train", "resume=run", "iterations=3", **installed)
    assert len((tmp_path / "run" / "diary.txt").read_text().split()) == 3


def test_a_wrong_argument_is_named(cli, installed):
    words = ("arch=acme", "data=stripes", "+arch.layers.dim0={type: dim, by: 0}")
    said = cli("train", *words, code=1, **installed).stderr
    assert said == "netkit: dim0: by=0: give a number above 0\n"


def test_yaml_of_an_optimizer_that_sets_no_eta(cli, installed):
    site = Path(installed["PYTHONPATH"].split(os.pathsep)[0])
    (site / "acme" / "conf" / "optimizer" / "plain.yaml").write_text("type: lion\n")
    words = ("arch=acme", "data=stripes", "optimizer=plain", "iterations=1")
    said = cli("train", *words, "eta=0.1", **installed).stderr
    assert "eta has no effect with this optimizer" in said


def test_listed(cli, installed):
    rows = [line.split() for line in cli("plugins", **installed).stdout.splitlines()]
    assert ["layer", "scale", "acme"] in rows
    assert ["layer", "conv", "netkit"] in rows
    for kind in ("dataset", "scenes", "energy", "optimizer", "visualizer", "weights", "command"):
        assert [row for row in rows if row[0] == kind and row[-1] == "acme"], kind
    assert "acme" in cli("train", "--info", "searchpath", **installed).stdout
    assert "Print the diary of a run" in cli("--help", **installed).stdout


class Wrong:
    """What a plugin may get wrong: loads to something, or raises."""

    def __init__(self, name, load):
        self.name, self.load = name, load


class Conv:
    @staticmethod
    @hookimpl
    def netkit_layers():
        return {"conv": "acme:Conv"}


class Scale:
    def __init__(self, place):
        self.place = place

    @hookimpl
    def netkit_layers(self):
        return {"scale": self.place}


class Misspelt:
    @staticmethod
    @hookimpl
    def netkit_layer():
        return {}


def fails():
    raise ImportError("no module named cuda_thing")


@pytest.fixture
def points():
    return [
        EntryPoint("netkit", "netkit.plugins", "netkit"),
        Wrong("oops", fails),
        Wrong("acme", lambda: Conv),
        Wrong("typo", lambda: Misspelt),
        Wrong("a", lambda: Scale("a:Scale")),
        Wrong("b", lambda: Scale("b:Scale")),
    ]


def test_broken_plugins_harm_nothing_and_are_named(points):
    registry = Registry(points)
    assert set(registry.broken) == {"oops", "typo"}
    assert "netkit_layer" in str(registry.broken["typo"])
    assert registry.get("layer", "tanh").__name__ == "Tanh"
    with pytest.raises(
        NetkitError,
        match=r"layer 'tnh' is not known: did you mean tanh\?.*'oops' did not load.*cuda_thing",
    ):
        registry.get("layer", "tnh")


class Exit(BaseException):
    """No Exception, so that a careless `except Exception` lets it through."""


@pytest.mark.parametrize(
    "error", [SystemExit(3), KeyboardInterrupt(), Exit("out"), SyntaxError("x")]
)
@pytest.mark.parametrize("where", ["import", "hook"])
def test_a_plugin_that_ends_the_process_does_not(error, where):
    def raises():
        raise error

    class Leaves:
        netkit_layers = staticmethod(hookimpl(raises))

    load = raises if where == "import" else lambda: Leaves
    registry = Registry([EntryPoint("netkit", "netkit.plugins", "netkit"), Wrong("leaves", load)])
    assert registry.broken == {"leaves": error}
    assert registry.get("layer", "tanh").__name__ == "Tanh"


@pytest.mark.parametrize("hook", ["layers", "energies", "backends", "weights", "commands"])
@pytest.mark.parametrize("answer", [["conv"], "conv", 3, {3: Conv}, {("a",): Conv}])
def test_a_hook_that_returns_something_else(hook, answer):
    def answers():
        return answer

    answers.__name__ = f"netkit_{hook}"
    plugin = type("Answers", (), {f"netkit_{hook}": staticmethod(hookimpl(answers))})
    registry = Registry(
        [EntryPoint("netkit", "netkit.plugins", "netkit"), Wrong("odd", lambda: plugin)]
    )
    assert f"netkit_{hook} returned" in str(registry.broken["odd"])
    assert registry.get("layer", "tanh").__name__ == "Tanh"


def test_no_plugin_takes_the_place_of_netkits_own():
    thief = Wrong("netkit", lambda: Conv)
    registry = Registry([thief, EntryPoint("netkit", "netkit.plugins", "netkit")])
    assert registry.get("layer", "conv").__module__ == "netkit.plugins.layers.convolution"
    assert "netkit" in registry.broken


def test_a_name_from_two_plugins_is_settled_by_the_full_name(points):
    registry = Registry(points)
    with pytest.raises(
        NetkitError, match="layer 'scale' is provided by a, b: write a:scale or b:scale"
    ):
        registry.get("layer", "scale")
    with pytest.raises(
        NetkitError,
        match="layer 'acme:conv' of plugin 'acme' does not import: No module named 'acme'",
    ):
        registry.get("layer", "acme:conv")


def test_a_name_alone_is_netkits_own_where_it_has_one(points):
    """So that no arch and no trained net changes with what else is installed."""
    registry = Registry(points)
    assert registry.get("layer", "conv").__module__.startswith("netkit.plugins")
    assert registry.get("layer", "netkit:conv") is registry.get("layer", "conv")


def test_arguments_are_checked_against_the_signature(registry):
    with pytest.raises(
        NetkitError,
        match=r"c1: layer 'conv': missing a required argument: 'kernel': it takes out, ker",
    ):
        registry.layers({"c1": {"type": "conv", "out": np.int64(3)}}, 10)


def test_the_order_of_entry_points_changes_nothing():
    own = [
        EntryPoint("eblearn", "netkit.eblearn", "netkit"),
        EntryPoint("netkit", "netkit.plugins", "netkit"),
    ]
    for points in (own, own[::-1]):
        assert Registry(points).names() == ["netkit", "eblearn"]
