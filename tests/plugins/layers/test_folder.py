"""The folder of layers: each layer is found by the first lines of the files."""

import inspect
import re
import sys
from pathlib import Path

import pytest

from netkit.layer import Layer
from netkit.plugins import layers as folder
from netkit.plugins import netkit_layers

LAYERS = sorted(netkit_layers())


@pytest.mark.parametrize("name", LAYERS)
def test_first_line_names_the_layer(registry, name):
    """Its file's first line names it; it has a docstring, and hints on all that it takes."""
    cls = registry.get("layer", f"netkit:{name}")
    assert issubclass(cls, Layer)
    first = sys.modules[cls.__module__].__doc__.splitlines()[0]
    assert name in re.findall(r"\w+", first)
    assert inspect.getdoc(cls).splitlines()[0].endswith((".", ":"))
    for argument in inspect.signature(cls).parameters.values():
        assert argument.annotation is not argument.empty


def test_guide_names_every_file():
    files = {path.stem for path in Path(folder.__file__).parent.glob("*.py")} - {"__init__"}
    assert files <= set(re.findall(r"\w+", folder.__doc__))
