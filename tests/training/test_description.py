"""What a weights file says of its net: what is read, and what is refused by the key's name."""

import copy

import pytest

from netkit.errors import NetkitError
from netkit.training.description import check_description, check_run

LAYERS = {"c": {"type": "conv", "out": 2, "kernel": 3}}
WHOLE = {
    "config": {
        "arch": {"name": "small", "layers": LAYERS},
        "energy": {"type": "l2"},
        "dtype": "float32",
        "seed": 0,
    },
    "classes": ["a", "b"],
    "shape": [1, 8, 8],
    "bias": -0.5,
    "coeff": 0.01,
    "images": {"root": "photos", "fit": "pad"},
    "detection": {"threshold": 0.5, "class_threshold": {"a": 0.25}},
    "looking": {"scaling": 1.2, "shapes": {"wide": [0.5, 1]}},
    "iteration": 1,
    "age": 2,
    "seen": 3,
    "rows": [{"iteration": 1, "test_correct": 0.5, "phase": "a", "none": None}],
    "quantize": {"c": [0.1, -128]},
    "plugins": [dict.fromkeys(("kind", "name", "plugin", "package", "version"), "x")],
}
RUN = {"data": "mnist", "optimizer": "sgd", "backend": "numpy"}
SETTINGS = ("weights", "limit_classes", "limit_classes_random", "iterations", "batch_size")


def changed(key, value):
    """Return a description with another value, or with none, of a key: "config.seed"."""
    meta = copy.deepcopy(WHOLE)
    *outer, last = key.split(".")
    holder = meta
    for name in outer:
        holder = holder[name]
    holder[last] = value
    if value is None:
        del holder[last]
    return meta


NEEDED = "config", "classes", "shape", "bias", "coeff"
WRONG = [  # a key, what it may not be
    ("config", [[]]),
    ("config.arch", [[]]),
    ("config.arch.name", [7]),
    ("config.energy", ["l2", {}, {"type": 1}]),
    ("config.dtype", ["float16", 32]),
    ("config.seed", [-1, "a"]),
    ("classes", [[], "ab", ["a", 1]]),
    ("shape", [[1, 8], [1, 8, 0], [1.5, 8, 8], "abc", {}]),
    ("bias", ["a", [], True]),
    ("coeff", ["a", float("nan")]),
    ("images", [[], {"root": 1}]),
    ("detection", [[], {"threshold": 2}, {"class_threshold": 1}, {"class_threshold": {"a": -1}}]),
    ("looking", [[], {"root": "/"}, {"shapes": []}, {"shapes": {"a": [1]}}]),
    ("looking", [{"shapes": {"a": [1, 0]}}, {"shapes": {"a": [1, 11]}}, {"shapes": {"a": 1}}]),
    ("iteration", [-1, 1.5]),
    ("age", ["a"]),
    ("seen", [-1]),
    ("rows", [{}, [1], [{"a": []}]]),
    ("int8", [[]]),
    ("quantize", [[], {"c": 1}, {"c": [0, 0]}, {"c": [1, 1000]}, {"c": [1]}]),
    ("plugins", [{}, [1], [{"kind": "layer"}]]),
]


def test_what_is_whole_is_read():
    check_description(WHOLE, "here")
    check_description({}, "here")
    for key in WHOLE.keys() - set(NEEDED):
        check_description(changed(key, None), "here")


@pytest.mark.parametrize("key", [*NEEDED, "config.arch", "config.energy", "config.arch.layers"])
def test_what_is_missing_is_named(key):
    with pytest.raises(NetkitError, match=rf"^here.* has no {key.rpartition('.')[2]}, only \["):
        check_description(changed(key, None), "here")


@pytest.mark.parametrize(("key", "values"), WRONG, ids=[key for key, _ in WRONG])
def test_what_does_not_fit_is_named(key, values):
    name = key.rpartition(".")[2]
    for value in values:
        with pytest.raises(NetkitError, match=rf"^here.*{name} is .*anew$") as raised:
            check_description(changed(key, value), "here")
        assert "\n" not in str(raised.value)
    with pytest.raises(NetkitError, match=r"^here: its description is 7: it is a mapping"):
        check_description(7, "here")


def test_a_run_has_what_it_needs_to_go_on():
    run = copy.deepcopy(WHOLE)
    run["config"] |= {name: {"type": kind} for name, kind in RUN.items()}
    run["config"] |= {"show": {}, "test_only": False} | dict.fromkeys(SETTINGS)
    check_run(run, "here")
    for holder, key in [(run, "rows"), *((run["config"], k) for k in (*RUN, "show", *SETTINGS))]:
        value = holder.pop(key)
        with pytest.raises(NetkitError, match=f"has no {key}, only"):
            check_run(run, "here")
        holder[key] = value
    run["config"]["data"] = {"type": 7}
    with pytest.raises(NetkitError, match=r"data is .*: it is \{type: NAME, ...\}"):
        check_run(run, "here")
