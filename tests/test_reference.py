"""docs/reference.md and `netkit plugins NAME`: what there is to know of an entry, from the code."""

import runpy
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import yaml

from netkit.arguments import arguments_of, example_of, written
from netkit.commands.plugins import described, entries, explained
from netkit.errors import NetkitError
from netkit.registry import Registry

ROOT = Path(__file__).parent.parent
REGISTRY = Registry()
EVERY = [(kind, name) for kind, names in REGISTRY.found.items() for name in names]


def test_the_page_is_made_from_the_code_as_it_stands():
    made = runpy.run_path(str(ROOT / "scripts" / "make_reference.py"))["reference"]()
    page = (ROOT / "docs" / "reference.md").read_text()
    assert page == made, "docs/reference.md is stale: run `python scripts/make_reference.py`"


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_every_entry_explains_itself(kind, name):
    (entry,) = [e for e in entries(REGISTRY, name) if e.kind == kind]
    assert entry.text() != "No description."
    assert entry.text().split("\n")[0] in described(entry)
    if entry.line():
        line = yaml.safe_load(entry.line())
        assert f"'type': '{name}'" in str(line)


@pytest.mark.parametrize("name", REGISTRY.found["layer"])
def test_the_example_of_a_layer_makes_it(name):
    (entry,) = [e for e in entries(REGISTRY, name) if e.kind == "layer"]
    if "..." not in entry.line():
        assert REGISTRY.make("layer", yaml.safe_load(entry.line())["NAME"])


def test_the_command(cli):
    said = cli("plugins", "conv").stdout
    assert said.startswith("layer conv, from netkit (netkit.plugins.layers.convolution)")
    assert "kernel    a whole number from 1, or two as [height, width]" in said
    assert "NAME: {type: conv, out: 4, kernel: 3}" in said
    assert "'cov' is not registered: did you mean conv" in cli("plugins", "cov", code=1).stderr


def test_a_name_of_several_kinds_is_told_of_each():
    two = Registry([])
    two.found["layer"] = {"both": {"netkit": Given}}
    two.found["energy"] = {"both": {"netkit": Given, "acme": Given}}
    said = explained(two, "both")
    assert said.count("layer both, from netkit") == 1
    assert said.count("energy both, from") == 2
    assert explained(two, "acme:both").startswith("energy both, from acme")
    with pytest.raises(NetkitError, match="'acme:bot' is not registered: did you mean both"):
        explained(two, "acme:bot")


def test_a_plugin_that_did_not_load_shows_its_traceback():
    registry = Registry([EntryPoint("oops", "tests_have_no_such_module", "netkit")])
    said = explained(registry, "oops")
    assert said.startswith("plugin 'oops' did not load:\nTraceback")
    assert "No module named 'tests_have_no_such_module'" in said


class Given:
    """A class that says how it is written."""

    example = "size: [2, 3], on: true"

    def __init__(self, size, on, deep=None, rate=1e-8, names=(), text=""):
        pass


def test_an_example_may_be_given():
    assert example_of(Given, "given") == "{type: given, size: [2, 3], on: true}"
    said = 'size, on, deep=null, rate=1e-08, names=[], text=""'
    assert ", ".join(map(str, arguments_of(Given))) == said
    assert written({"a": {"b": None}}) == "{a: {b: null}}"
