"""Plugins as they are installed: left out, slow, clashing, newer than netkit, or missing."""

import json
import os
import sys

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from netkit.build.trained import load_net
from netkit.build.training import resumed
from netkit.commands.plugins import plugins
from netkit.commands.report import report
from netkit.commands.train import train
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.registry import Registry

GOOD = """
from netkit import Layer, hookimpl


class Double(Layer):
    \"\"\"Twice as much.\"\"\"

    def build(self, shape):
        return shape

    def forward(self, x, ctx):
        return 2 * x, lambda dy: 2 * dy


@hookimpl
def netkit_layers():
    return {"double": Double}
"""
CONV = GOOD.replace('"double"', '"conv"')
WORDS = "iterations=1", "train_size=60", "val_size=20", "threads=1"
USES = "+arch.layers.c0_double={type: double}"


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put a plugin where Python finds it, as pip does: in this process, and by the environment."""
    site = tmp_path / "site"
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("NETKIT_PLUGINS", "")
    # Two versions of one length, written in one second, have the same compiled file.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)

    def put(code, plugin="acme", package="netkit-acme", version="0.1.0"):
        module = package.replace("-", "_")
        info = site / f"{module}-{version}.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        (site / f"{module}.py").write_text(code)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
        )
        (info / "entry_points.txt").write_text(f"[netkit]\n{plugin} = {module}\n")
        sys.modules.pop(module, None)
        return {"PYTHONPATH": os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])}

    yield put
    for module in set(sys.modules) - before:
        if "acme" in module or module == "bad_module":
            del sys.modules[module]


@pytest.mark.parametrize(
    "words", [("-p", "no:acme", "plugins"), ("plugins", "-p", "no:acme"), ("plugins", "-pno:acme")]
)
def test_left_out_by_a_word(cli, install, words):
    env = install(GOOD)
    assert "double" in plugins()
    said = cli(*words, **env).stdout
    assert "double" not in said
    assert "plugin 'acme' is left out" in said


def test_left_out_by_the_environment(install, monkeypatch):
    install("raise SystemExit(3)")
    assert "plugin 'acme' did not load: SystemExit: 3" in plugins()
    monkeypatch.setenv("NETKIT_PLUGINS", "no:acme, no:eblearn")
    assert "did not load" not in plugins()
    assert Registry().names() == ["netkit"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-p", "no:acm", "plugins"), "-p no:acm: there is no plugin acm: there are eblearn, net"),
        (("-p", "acme", "plugins"), "-p 'acme': write -p no:NAME to leave the plugin NAME out"),
        (("train", "-p", "no:netkit"), "-p no:netkit: netkit's own layers and data sets cannot"),
        (("train", "-p", "no:x", *WORDS), "-p no:x: there is no plugin x"),
    ],
)
def test_what_cannot_be_left_out(cli, words, said):
    assert cli(*words, code=1).stderr.startswith(f"netkit: {said}")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import time\ntime.sleep(1.1)\n" + GOOD, "plugin 'acme' takes 1."),
        ("NETKIT_HOOKS = 2\n" + GOOD, "it is written for version 2 of netkit's hooks, and this"),
        ("NETKIT_HOOKS = 'x'\n" + GOOD, "NETKIT_HOOKS is 'x': give the version of hooks, 1 today"),
        (CONV, "layer 'conv' comes from 2 plugins: alone it is netkit's, acme:conv by its full"),
        ("import cuda_thing\n", "did not load: ModuleNotFoundError: No module named 'cuda_thing'"),
        ("def broken(:\n", "plugin 'acme' did not load: SyntaxError"),
        (
            GOOD + "@hookimpl\ndef netkit_configs():\n    return 'pkg://a'\n",
            "return a list of text",
        ),
        (GOOD + "@hookimpl\ndef netkit_typo():\n    return {}\n", "unknown hook 'netkit_typo'"),
        (
            GOOD + "@hookimpl\ndef netkit_commands():\n    return {'a': 'b:c'}\n",
            "did not load: Val",
        ),
    ],
)
def test_what_is_wrong_is_named_and_harms_nothing(install, code, said):
    install(code)
    listed = plugins().splitlines()
    assert [line for line in listed if line.startswith(("plugin", "layer 'conv'")) and said in line]
    layers = {"c": {"type": "conv", "out": 2, "kernel": 3}}
    assert Registry().layers(layers, 10)["c"].__module__ == "netkit.plugins.layers.convolution"
    assert compose("train", ["arch=lenet5"])["arch"]["name"] == "lenet5"


def test_a_plugin_for_these_hooks(install):
    install("NETKIT_HOOKS = 1\n" + GOOD)
    assert not Registry().broken


def test_two_packages_with_a_plugin_of_one_name(install):
    install(GOOD, package="netkit-acme")
    install(GOOD, package="netkit-beta", version="2.0")
    registry = Registry()
    assert "brings a plugin of this name, and so does netkit-" in str(registry.broken["acme"])
    assert registry.get("layer", "double").__name__ == "Double"


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ("{'double': 3}", "layer 'double' of plugin 'acme' is 3: it has to be a class, a netkit.L"),
        ("{'double': lambda: []}", "c0_double: layer 'double' makes []: its plugin is at"),
        ("{'double': 'acme_x:X'}", "of plugin 'acme' does not import: No module named 'acme_x'"),
        ("{'double': 'bad_module:X'}", "does not import: No module named 'cuda_x': install cuda_x"),
        ("{'double': 'bad_module:1'}", "does not import: "),
        ("{'double': 'netkit_acme:X'}", "does not import: module 'netkit_acme' has no attribute"),
    ],
)
def test_a_class_that_is_none(install, tmp_path, layers, said):
    install(GOOD.replace('{"double": Double}', layers))
    (tmp_path / "site" / "bad_module.py").write_text("import cuda_x\n")
    with pytest.raises(NetkitError) as caught:
        Registry().layers({"c0_double": {"type": "double"}}, 10)
    assert said in str(caught.value)


@pytest.fixture
def run(install, tmp_path):
    """The folder of a run whose net has a layer of the plugin, which is gone now."""
    install(GOOD)
    train(compose("train", [USES, *WORDS]), tmp_path / "run")
    (tmp_path / "site" / "netkit_acme-0.1.0.dist-info" / "entry_points.txt").unlink()
    return tmp_path / "run"


def meta_of(path):
    with safe_open(path, framework="np") as file:
        return json.loads(file.metadata()["netkit"])


def refused(action, *given):
    with pytest.raises(NetkitError) as caught:
        action(*given)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def answers(run):
    return load_net(Registry(), {"weights": str(run), "backend": {"type": "numpy", "threads": 1}})


def test_a_checkpoint_names_what_it_needs(run):
    need = {"kind": "layer", "name": "double", "plugin": "acme"}
    need |= {"package": "netkit-acme", "version": "0.1.0"}
    assert meta_of(run / "best.safetensors")["plugins"] == [need]
    said = (
        "{}.safetensors needs layer double of plugin acme, which is not installed here: pip "
        "install netkit-acme==0.1.0, if you trust who named it: the file says so"
    )
    assert refused(answers, run).endswith(said.format("best"))
    assert refused(resumed, {"resume": str(run)}).endswith(said.format("last"))
    assert refused(report, run).endswith(said.format("last"))


def test_another_release_of_the_plugin_a_broken_one_and_one_left_out(run, install, monkeypatch):
    install(GOOD)
    assert answers(run)[0].layers["c0_double"].type_name == "double"
    install(GOOD.replace('"double"', '"triple"'))
    said = "plugin acme, whose netkit-acme 0.1.0 here has none: pip install netkit-acme==0.1.0"
    assert said in refused(answers, run)
    install("1 / 0")
    said = "which does not load here: `netkit plugins acme` says why"
    assert refused(answers, run).endswith(said)
    monkeypatch.setenv("NETKIT_PLUGINS", "no:acme")
    said = "which is left out: leave -p no:NAME and NETKIT_PLUGINS away"
    assert refused(answers, run).endswith(said)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"package": "x; rm -rf ~"}, "not installed here: install it from where you have the file"),
        ({"version": "--index-url=http://x"}, "install it from where you have the file"),
        ({"plugin": "\x1b]0;x\x07"}, r"of plugin \x1b]0;x\x07, which is not installed here"),
        ({"kind": 3}, "plugins is [{"),
        ({"more": "x"}, "plugins is [{"),
    ],
)
def test_a_strangers_word_on_what_to_install(run, change, said):
    path = run / "best.safetensors"
    meta = meta_of(path)
    meta["plugins"][0] |= change
    with safe_open(path, framework="np") as file:
        tensors = {name: np.array(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118
    save_file(tensors, path, {"netkit": json.dumps(meta)})
    assert said in refused(answers, run)


def test_netkits_own_need_nothing(trained_run):
    assert meta_of(trained_run / "best.safetensors")["plugins"] == []
