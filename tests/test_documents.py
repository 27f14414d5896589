"""Documents of words from strangers: taken, or refused in one line that names what is wrong."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from netkit.annotations import read_annotated
from netkit.build.arch import settled
from netkit.build.trained import load_net
from netkit.config.compose import compose
from netkit.eblearn.conf_file import ConfFile
from netkit.errors import NetkitError
from netkit.files.documents import parse_json, parse_yaml
from netkit.net import Net
from netkit.plugins.layers.tables import pairs, read_table
from netkit.training.checkpoint import Checkpoint

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))
from fuzz import case
from word_mutations import FORMATS, TRAIN

SLOW = {"conf": 60, "overrides": 20, "configuration": 20}  # Hydra takes its time
CASES = {name: SLOW.get(name, 200) for name in FORMATS}


@pytest.mark.parametrize("name", FORMATS)
def test_mutations(name):
    for seed in range(CASES[name]):
        assert not case(name, seed), f"--only {seed}"


def test_an_arch_larger_than_its_file(registry, tmp_path, monkeypatch):
    """Sizes are compared before gigabytes are taken for a net that its file does not fit."""
    layers = {"c": {"type": "conv", "out": 10**8, "kernel": 3}}
    config = TRAIN | {"arch": {"name": "large", "layers": layers}}
    Checkpoint({"c.W": np.zeros((2, 9), "f")}, META | {"config": config}).save(
        path := tmp_path / "a.safetensors"
    )
    monkeypatch.setattr(Net, "__init__", lambda *_, **__: pytest.fail("the net was made"))
    with pytest.raises(NetkitError, match=r"c.W is \(2, 9\) in the file and \(100000000, 9\) in"):
        load_net(registry, {"weights": str(path), "backend": {"type": "numpy", "threads": 1}})


META = {"config": TRAIN, "classes": ["a"], "shape": [1, 8, 8], "bias": 0, "coeff": 1}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"classes": 3}, "classes is 3: it is a list of the classes' names"),
        ({"classes": ["a", 1]}, "classes is .'a', 1.: it is a list"),
        ({"shape": [1, 8]}, "shape is .1, 8.: it is three whole numbers"),
        ({"bias": float("nan")}, "bias is nan: it is a number"),
        ({"coeff": "x"}, "coeff is 'x': it is a number"),
        ({"iteration": -1}, "iteration is -1: it is a whole number"),
        ({"rows": [3]}, "rows is .3.: it is a list"),
        ({"config": []}, "config is ..: it is a mapping"),
        ({"config": {"energy": {"type": "l2"}}}, "config has no arch, only .'energy'."),
        ({"config": TRAIN | {"energy": 1}}, "config: energy is 1: it is {type: NAME"),
        ({"config": TRAIN | {"arch": {}}}, "arch has no layers"),
        ({"config": TRAIN | {"arch": {"layers": [1]}}}, "arch.layers: a list: write layers"),
    ],
)
def test_a_description(tmp_path, change, said):
    Checkpoint({"a": np.zeros(1, "f")}, META | change).save(tmp_path / "a.safetensors")
    with pytest.raises(NetkitError, match=f"a.safetensors.*{said}"):
        Checkpoint.load(tmp_path / "a.safetensors")


def test_depth():
    with pytest.raises(NetkitError, match="over 50 deep"):
        parse_json("[" * 60 + "]" * 60, "a")
    for text in ("[" * 100_000, "[" * 60 + "]" * 60):
        with pytest.raises(NetkitError, match=r"over 50 deep|damaged"):
            parse_json(text, "a")
        with pytest.raises(NetkitError, match=r"deep|nesting depth"):
            parse_yaml(text, "a")


def conv(**arguments):
    return {"c": {"type": "conv", "out": 2, "kernel": 3} | arguments}


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        (None, "arch.layers: nothing: write layers as"),
        ([], "arch.layers: a list"),
        ({"a/b": conv()["c"]}, "'a/b' is no name of a layer"),
        ({None: conv()["c"]}, "'None' is no name of a layer"),
        ({str(k): {"type": "tanh"} for k in range(10_001)}, "more than 10,000 layers"),
        (conv(out=10**13), "c.W: the weights of the net need .* GiB.* at most 16 GiB"),
        (conv(kernel=1, pad=10**6), "c: the maps of the net need .* GiB"),
        (conv(out=10**60), "c.W: the weights of the net need over a billion TiB, over a billion"),
        (
            {"n": {"type": "wstd", "kernel": [9, 10**7]}},
            r"kernel=\[9, 10000000\]: at most 65,536 pixels a side: make it smaller",
        ),
        (
            {"p": {"type": "wavgpool", "kernel": [10**9, 2]}},
            "p: kernel 1000000000x2 does not fit its input",
        ),
    ],
)
def test_an_arch(registry, layers, said):
    ops = registry.make("backend", {"type": "numpy"})
    with pytest.raises(NetkitError, match=said):
        Net(registry.layers(layers, 10), (1, 28, 28), ops)


@pytest.mark.parametrize(
    ("name", "said"), [("a\nb", r"'a\nb'"), (1, "1"), ("paddd", "paddd: did you mean pad?")]
)
def test_an_argument_of_any_name(registry, name, said):
    with pytest.raises(NetkitError, match=f"c: layer 'conv' takes no {re.escape(said)}") as caught:
        registry.layers({"c": conv()["c"] | {name: 1}}, 10)
    assert "\n" not in str(caught.value)


def test_layers_inside_layers(registry):
    layers = {"a": {"type": "tanh"}}
    for _ in range(60):
        layers = {"a": {"type": "chain", "layers": layers}}
    for read in (lambda: registry.layers(layers, 10), lambda: settled(registry, layers)):
        with pytest.raises(NetkitError, match="over 50 deep"):
            read()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"pairs": 5}, "pairs=5: give"),
        ({"pairs": [[0]]}, "is no pair"),
        ({"pairs": [[0, 10**12]]}, "connect each of the"),
        ({"fan_in": 1000}, "at most 1,048,576 inputs"),
        ("x" * 5000, "^table: table='x.*x': 5,000 characters are no name of a file"),
        ([[0, 0]] + [[0]] * 999_999, "input 0 and output 0 twice"),
    ],
)
def test_a_table(table, said):
    with pytest.raises(NetkitError, match=said):
        pairs(table, 1000, 10**6)


def test_a_table_that_expands(tmp_path):
    lines = ["a0: &a0 [1, 1]", *(f"a{k + 1}: &a{k + 1} [*a{k}, *a{k}]" for k in range(40))]
    (tmp_path / "a.yaml").write_text("\n".join(lines))
    with pytest.raises(NetkitError, match=r"has the alias \*a0"):
        read_table(tmp_path / "a.yaml")
    (tmp_path / "b.yaml").write_text(yaml.safe_dump([[0], [1]]))
    assert read_table(tmp_path / "b.yaml") == [[0], [1]]


def test_variables_that_expand(tmp_path):
    lines = [f"v{k} = ${{v{k + 1}}}${{v{k + 1}}}" for k in range(40)]
    (tmp_path / "a.conf").write_text("\n".join([*lines, "v40 = x"]))
    with pytest.raises(NetkitError, match="v0: its variables stand for over"):
        ConfFile(tmp_path / "a.conf").get("v0")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a/>', "has a DOCTYPE"),
        ("a.json", "[" * 5000, r"deep|damaged"),
        ("a.json", [1, 2, float("nan"), 4], "needs finite numbers"),
        ("a.json", [1, 2, -3, 4], "upper left corner first"),
    ],
)
def test_annotations(tmp_path, name, text, said):
    if isinstance(text, list):
        row = {"image_id": 1, "category_id": 1, "bbox": text}
        images = [{"id": 1, "file_name": "a.png"}]
        kinds = [{"id": 1, "name": "cat"}]
        text = json.dumps({"images": images, "categories": kinds, "annotations": [row]})
    (tmp_path / name).write_text(text)
    with pytest.raises(NetkitError, match=said):
        read_annotated(tmp_path)


@pytest.mark.parametrize("name", ["~t", "a{b", "a,b", "a=b", "it's", 'a"b', "a b [c] (d)"])
def test_paths_that_a_shell_can_type(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path(name).mkdir()
    assert compose("train", [f"weights=./{name}"])["weights"] == f"./{name}"
    assert compose("train", [f"resume={tmp_path}/{name}"])["resume"] == f"{tmp_path}/{name}"


def arch_of(folder, text):
    """Compose a run with an arch in a file of a folder."""
    (folder / "arch").mkdir()
    (folder / "arch" / "odd.yaml").write_text(text)
    return compose("train", [f"--config-dir={folder}", "arch=odd"])["arch"]


def lines(form):
    return "".join(form.format(k=k, next=k + 1) for k in range(40))


GROWING = {
    "aliases": (
        "a: &a0 [1, 1]\n" + lines("b{k}: &a{next} [*a{k}, *a{k}]\n"),
        "more than 100,000 v",
    ),
    "an alias in itself": ("a: &a [1, *a]\n", r"\*a stands inside itself: remove it"),
    "references": (
        lines("v{k}: '${{arch.v{next}}}${{arch.v{next}}}'\n"),
        "more than 10,000,000 ch",
    ),
    "lists of references": (
        lines("v{k}: ['${{arch.v{next}}}', '${{arch.v{next}}}']\n"),
        "10,000,000",
    ),
    "depth": ("a: " + "[" * 60 + "]" * 60, "brackets inside one another, over 50 deep"),
    "no YAML": ("a: [1, 2", "odd.yaml: cannot be read as YAML"),
}


@pytest.mark.parametrize("case", GROWING)
def test_a_configuration_that_grows(tmp_path, case):
    text, said = GROWING[case]
    with pytest.raises(NetkitError, match=said) as caught:
        arch_of(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_aliases_and_references_of_a_sensible_size(tmp_path):
    text = "name: ${arch.word}\nword: odd\n"
    text += "layers: {c: &c {type: conv, out: 2, kernel: 3}, d: *c, f: {<<: *c, kernel: 5}}\n"
    arch = arch_of(tmp_path, text)
    assert arch["name"] == "odd"
    assert [each["kernel"] for each in arch["layers"].values()] == [3, 3, 5]
