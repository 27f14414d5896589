"""Layers inside layers: which arguments hold them, and what they read from files."""

import pytest

from netkit.build.arch import settled
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.layer import Layer
from netkit.plugins.layers.chain import Chain
from netkit.plugins.layers.tables import write_table
from netkit.registry import Registry

TANH = {"type": "tanh"}


class Both(Layer):
    """A stranger's layer whose argument for layers has a name of its own."""

    inner = ("parts",)

    def __init__(self, parts, layers=3):
        self.layers, self.number = parts, layers


@pytest.fixture
def registry():
    registry = Registry()
    registry.found["layer"]["both"] = {"elsewhere": Both}
    return registry


def test_a_class_says_where_its_layers_are(registry):
    spec = {"type": "both", "parts": {"a": TANH, "c": {"type": "chain", "layers": {"b": TANH}}}}
    layer = registry.layers({"x": spec | {"layers": 5}}, 10)["x"]
    assert [type(part).__name__ for part in layer.layers.values()] == ["Tanh", "Chain"]
    assert layer.number == 5
    assert list(layer.layers["c"].layers) == ["b"]
    spec["parts"]["c"]["layers"]["b"] = {"type": "tahn"}
    with pytest.raises(NetkitError, match=r"x\.c\.b: layer 'tahn' is not known: did you mean tanh"):
        registry.layers({"x": spec}, 10)


def test_tables_are_put_inside_wherever_they_stand(registry, tmp_path):
    rows = [[0, 1], [1], [0, 2]]
    write_table(tmp_path / "t.mat", rows)
    conv = {"type": "conv", "out": 3, "kernel": 1, "table": str(tmp_path / "t.mat")}
    specs = {
        "r": {"type": "residual", "layers": {"a": TANH}, "shortcut": {"c": conv}},
        "b": {"type": "both", "parts": {"p": {"type": "chain", "layers": {"c": conv}}}},
        "when": {**conv, "when": False},
        "strange": {"type": "nothing", "table": "n.mat"},
        "wrong": 7,
    }
    done = settled(registry, specs)
    whole = {**conv, "table": rows}
    assert done["r"]["shortcut"]["c"] == done["b"]["parts"]["p"]["layers"]["c"] == whole
    assert done["when"] == {**whole, "when": False}
    assert done["strange"] == specs["strange"]
    assert done["wrong"] == 7
    assert specs["r"]["shortcut"]["c"] == conv, "what it was given stays as it was"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("n.mat", "n.mat: cannot be read"),
        ("t" * 5000, "table='tttttttt"),
    ],
)
def test_a_table_that_is_no_file_is_said_of_its_layer(registry, table, said):
    """By its full name, wherever the layer stands: an arch may have dozens of tables."""
    conv = {"type": "conv", "out": 3, "kernel": 1, "table": table}
    chain = {"type": "chain", "layers": {"c": conv}}
    for specs, name in (({"c0": conv}, "c0"), ({"b": chain}, "b.c")):
        with pytest.raises(NetkitError) as caught:
            settled(registry, specs)
        assert str(caught.value).startswith(f"{name}: {said}")
        assert len(str(caught.value)) < 200
    with pytest.raises(NetkitError, match=rf"^c3: {said}"):
        compose("train", [f"+arch.layers.c3={{type: conv, out: 3, kernel: 1, table: {table}}}"])


def test_local_layers_make_a_local_chain(registry):
    near, far = registry.layers({"t": TANH, "w": {"type": "wstd"}}, 10).values()
    assert Chain({"t": near}).local
    assert not Chain({"t": near, "w": far}).local
