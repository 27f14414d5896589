"""A stranger's plugin: installed with pip beside netkit, used from its own YAML, and harmless when
broken.
"""

import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest

from netkit import hookimpl
from netkit.errors import NetkitError
from netkit.registry import Registry
from netkit.testing import check_layer

PLUGIN = Path(__file__).parent / "plugin"


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """The folder into which pip installed the plugin; nothing of netkit changes."""
    target = tmp_path_factory.mktemp("site")
    copy = tmp_path_factory.mktemp("plugin") / "plugin"
    subprocess.run(["cp", "-r", PLUGIN, copy], check=True)
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--disable-pip-version-check"]
    subprocess.run([*pip, "--target", target, str(copy)], check=True)
    return {
        "PYTHONPATH": os.pathsep.join([str(target), os.environ.get("PYTHONPATH", "")]).rstrip(
            os.pathsep
        )
    }


def test_train_with_all_of_it(cli, installed, tmp_path):
    words = "arch=stripes", "data=stripes", "optimizer=signsgd", "show=diary", "iterations=4"
    done = cli("train", *words, **installed)
    diary = next(tmp_path.glob("outputs/*/*/diary.txt")).read_text().split()
    assert len(diary) == 4
    assert float(diary[-1]) >= 90
    assert (
        f"test_correct={float(diary[-1]):.2f}%"
        in done.stdout.splitlines()[-2] + done.stdout.splitlines()[-1]
    )


def test_listed(cli, installed):
    listing = cli("plugins", **installed).stdout
    rows = [line.split() for line in listing.splitlines()]
    assert ["layer", "scale", "stripes"] in rows
    assert ["layer", "conv", "netkit"] in rows
    assert "stripes" in cli("train", "--info", "searchpath", **installed).stdout


def test_its_layer_passes_the_check():
    sys.path.insert(0, str(PLUGIN))
    try:
        from netkit_stripes import Scale
    finally:
        sys.path.remove(str(PLUGIN))
    check_layer(Scale, (3, 4, 5))


class Wrong:
    """What a plugin may get wrong: loads to something, or raises."""

    def __init__(self, name, load):
        self.name, self.load = name, load


class Conv:
    @staticmethod
    @hookimpl
    def netkit_layers():
        return {"conv": "acme:Conv"}


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


def test_a_name_from_two_plugins_is_settled_by_the_full_name(points):
    registry = Registry(points)
    with pytest.raises(
        NetkitError,
        match="layer 'conv' is provided by acme, netkit: write acme:conv or netkit:conv",
    ):
        registry.get("layer", "conv")
    assert registry.get("layer", "netkit:conv").__name__ == "Conv"
    with pytest.raises(
        NetkitError,
        match="layer 'acme:conv' of plugin 'acme' does not import: No module named 'acme'",
    ):
        registry.get("layer", "acme:conv")


def test_arguments_are_checked_against_the_signature(registry):
    with pytest.raises(
        NetkitError,
        match=r"c1: layer 'conv': missing a required argument: 'kernel'; it takes out, ker",
    ):
        registry.layers({"c1": {"type": "conv", "out": np.int64(3)}}, 10)
