"""A plugin in a minute: one file that any command takes, a new package, and bugs that are named."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from netkit import hookspecs
from netkit.cli import main
from netkit.errors import NetkitError
from netkit.new_plugin.templates import TEMPLATES
from netkit.new_plugin.writing import new_plugin
from netkit.plugin_files import FILES, snake, take_files
from netkit.registry import Registry

BUGGY = """from netkit import Layer


class Boom(Layer):
    def build(self, shape):
        return shape

    def forward(self, x, ctx):
        def backward(dy):
            return dy * self.later

        return x * {factor}, backward
"""
SMALL = ("iterations=1", "train_size=20", "val_size=10", "arch=linear", "backend=numpy")
LAYER = "+arch.layers.b={type: boom}"


@pytest.fixture(autouse=True)
def empty(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(FILES, "")


def run(*words):
    done = CliRunner().invoke(main, words)
    return done.exit_code, done.output


def test_a_file_in_every_command(tmp_path):
    """It brings its classes without a hook, in any place of the line, and is kept in the run."""
    (tmp_path / "boom.py").write_text(BUGGY.format(factor="1.0").replace("self.later", "1.0"))
    code, said = run("plugins", "boom", "plugins=./boom.py")
    assert (code, said.splitlines()[0]) == (0, "layer boom, from boom (boom)")
    os.environ[FILES] = ""
    code, said = run("train", "plugins=boom.py", *SMALL, LAYER, "hydra.run.dir=run", "seed=1")
    assert code == 0, said
    assert f"plugins={tmp_path}/boom.py" in (tmp_path / "run" / "config.yaml").read_text()
    assert run("train", "resume=run", "iterations=2")[0] == 0
    os.environ[FILES] = ""
    said = run("detect", "weights=run")[1]
    assert "needs layer boom of plugin boom, which is not here: name its file, plugins=b" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = (", "line 1: SyntaxError: '(' was never closed: correct the file"),
        ("import os\n\nnothing()\n", "line 3: NameError: name 'nothing' is not defined"),
        ("x = 1\n", "brings nothing: write a class in it, of netkit.Layer say, or a hook"),
        ("def netkit_layrs():\n    return {}\n", "netkit_layrs"),
        ("raise SystemExit(3)\n", "line 1: SystemExit: 3"),
    ],
)
def test_what_is_wrong_with_a_file(tmp_path, text, said):
    if "layrs" in text:
        text = "from netkit import hookimpl\n\n\n@hookimpl\n" + text
    name = f"odd{abs(hash(text))}"
    (tmp_path / f"{name}.py").write_text(text)
    take_files([f"plugins={name}.py"])
    with pytest.raises(NetkitError) as caught:
        Registry()
    assert str(caught.value).startswith("plugins=") or "layrs" in said
    assert said in str(caught.value)


def test_a_file_that_is_not_there():
    assert run("train", "plugins=no.py") == (
        1,
        "netkit: plugins=no.py: there is no such file: name a .py file\n",
    )


def test_a_bug_names_layer_file_and_line(tmp_path):
    """On the way forth and back; and the whole traceback is behind it."""
    for name, factor, said in (
        ("boom", "1.0", "line 10, in backward: AttributeError: 'Boom' object has no attribute"),
        ("bang", "self.nothing", "line 12, in forward: AttributeError"),
    ):
        code = BUGGY.format(factor=factor).replace("Boom", name.capitalize())
        (tmp_path / f"{name}.py").write_text(code)
        layer = LAYER.replace("boom", name)
        code, text = run("train", *SMALL, layer, f"plugins={name}.py", "show=none")
        assert code == 1
        assert text.startswith(f"netkit: b: layer: {tmp_path}/{name}.py, ")
        assert said.replace("Boom", name.capitalize()) in text
        assert text.count("\n") == 1


@pytest.mark.parametrize("kind", TEMPLATES)
def test_a_new_plugin_of_one_file(tmp_path, kind):
    said = new_plugin(f"own_{kind}.py", kind)
    assert f"netkit plugins own_{kind} plugins=own_{kind}.py" in said
    take_files([f"plugins=own_{kind}.py"])
    assert f"own_{kind}" in Registry().found[kind]


def test_a_new_package_passes_its_tests(tmp_path):
    """All kinds: the tests pass before anything is installed."""
    for kind in TEMPLATES:
        assert "pip install -e ." in new_plugin(f"fresh-{kind}", kind)
    paths = [str(tmp_path / f"fresh-{kind}" / "tests") for kind in TEMPLATES]
    roots = os.pathsep.join(str(tmp_path / f"fresh-{kind}") for kind in TEMPLATES)
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *paths]
    env = {**os.environ, "PYTHONPATH": roots}
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, env=env)
    assert "4 passed" in done.stdout, done.stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("class", "cannot be the name of a module"),
        ("2nd", "cannot be the name of a module"),
        ("conv", "netkit has conv already"),
        ("there", "is there already"),
        ("no/where", "there is no folder no"),
    ],
)
def test_names_that_a_plugin_cannot_have(tmp_path, name, said):
    (tmp_path / "there").mkdir()
    with pytest.raises(NetkitError, match=said):
        new_plugin(name)
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_names():
    assert [snake(name) for name in ("Scale", "MyScale", "MyScale2D", "ReLU")] == [
        "scale",
        "my_scale",
        "my_scale2d",
        "re_lu",
    ]


def test_the_docs_have_every_hook_and_every_method_of_a_contract():
    """docs/plugins.md names each hook, and each hook says what it returns."""
    from pathlib import Path

    page = (Path(__file__).parent.parent / "docs" / "plugins.md").read_text()
    hooks = [name for name in vars(hookspecs) if name.startswith("netkit_")]
    assert len(hooks) >= 11
    for name in hooks:
        assert f"`{name}`" in page
        assert getattr(hookspecs, name).__doc__.startswith("Return ")
