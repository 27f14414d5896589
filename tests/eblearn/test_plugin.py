"""EBLearn as a plugin: its commands and kinds of files come through the door that strangers use."""

import sys
from importlib.metadata import EntryPoint
from types import SimpleNamespace

import click
import numpy as np
import pytest
from click.testing import CliRunner

from netkit import WeightsFile, hookimpl
from netkit.cli import main
from netkit.errors import NetkitError
from netkit.files.idx import write_matrix
from netkit.files.tensors import read_tensors, write_tensors
from netkit.registry import Registry
from netkit.training.checkpoint import Checkpoint

CORE = EntryPoint("netkit", "netkit.plugins", "netkit")
KINDS = ("layer", "weights", "command")


def plugin(name, **hooks):
    """Return an entry point of a plugin that brings `hooks`, {hook: what it returns}."""
    made = type(name, (), {})
    for hook, brought in hooks.items():

        def answer(brought=brought):
            return brought

        answer.__name__ = f"netkit_{hook}"
        setattr(made, answer.__name__, staticmethod(hookimpl(answer)))
    return SimpleNamespace(name=name, load=lambda: made)


@pytest.fixture
def run(monkeypatch):
    """Run the command line with some plugins: run(points, "import-conf", ...)."""

    def with_points(points, *words):
        monkeypatch.setattr(main, "registry", Registry(points))
        return CliRunner().invoke(main, words)

    return with_points


def test_without_it_the_core_stands(registry, tmp_path):
    """netkit without EBLearn has none of its names, and says which file it cannot read."""
    core = Registry([CORE])
    for kind in KINDS:
        lost = set(registry.found[kind]) - set(core.found[kind])
        assert {"layer": 36, "weights": 1, "command": 1}[kind] == len(lost)
    write_matrix(tmp_path / "a.mat", np.zeros(3), "mat")
    with pytest.raises(NetkitError, match=r"a\.mat: not a whole safetensors file"):
        read_tensors(tmp_path / "a.mat", core)


def test_its_command_is_listed_without_an_import(cli):
    text = "import sys; from netkit.cli import main; main(['--help'], standalone_mode=False)"
    text += "; print([name for name in sys.modules if name.startswith('netkit.eblearn.')])"
    import subprocess

    said = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert "import-conf  Translate a configuration of EBLearn" in said.stdout
    assert said.stdout.splitlines()[-1] == "[]"


def test_a_plugins_command(run):
    @click.command()
    @click.argument("word")
    def shout(word):
        """Say a word aloud."""
        click.echo(word.upper())

    points = [CORE, plugin("acme", commands={"shout": ("Say it.", shout)})]
    assert "shout" in run(points, "--help").output
    assert run(points, "shout", "hey").output == "HEY\n"
    assert run(points, "acme:shout", "hey").output == "HEY\n"
    assert "Say a word aloud." in run(points, "shout", "--help").output
    assert "whisper: there is no such command" in run(points, "whisper").output


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("acme_nowhere:x", "command 'x' of plugin 'acme' does not import: No module named"),
        ("netkit.errors:NetkitError", "its plugin has to make it by click.command()"),
    ],
)
def test_a_command_that_fails_to_import_is_one_line(run, command, said):
    done = run([CORE, plugin("acme", commands={"x": ("Fails.", command)})], "x", "y")
    assert done.exit_code == 1
    assert said in done.output
    assert done.output.startswith("netkit: ")
    assert done.output.count("\n") == 1
    assert "Fails." in run([CORE, plugin("acme", commands={"x": ("Fails.", command)})]).output


def test_commands_in_another_form_break_their_plugin_alone():
    registry = Registry([CORE, plugin("acme", commands={"x": "acme:x"}, layers={"y": "acme:Y"})])
    assert set(registry.broken) == {"acme"}
    assert not registry.found["command"]
    assert "y" not in registry.found["layer"]


class Text(WeightsFile):
    """Weights as lines of text, without a description."""

    def read(self, path):
        rows = (line.split() for line in path.read_text().splitlines())
        return {name: np.array(values, float) for name, *values in rows}, {}

    def write(self, path, tensors, meta):
        path.write_text("".join(f"{n} {' '.join(map(str, a))}\n" for n, a in tensors.items()))


def test_a_plugins_kind_of_weights(tmp_path):
    registry = Registry([CORE, plugin("acme", weights={".txt": Text})])
    write_tensors(tmp_path / "a.txt", {"c.b": np.array([1.0, 2])}, {}, registry=registry)
    checkpoint = Checkpoint.load(tmp_path / "a.txt", registry)
    assert checkpoint.tensors["c.b"].tolist() == [1, 2]
    assert checkpoint.meta == {}


def test_listed(cli):
    rows = [line.split() for line in cli("plugins").stdout.splitlines()]
    for row in (
        ["layer", "l2pool", "eblearn"],
        ["weights", ".mat", "eblearn"],
        ["weights", ".npz", "netkit"],
        ["command", "import-conf", "eblearn"],
    ):
        assert row in rows
