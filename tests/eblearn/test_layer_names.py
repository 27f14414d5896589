"""EBLearn's names of layers, through the checks that netkit's own layers go through."""

import pytest
from cases import IMAGE, PATHS, SMALL
from layer_checks import check_backends_agree, check_box, check_onnx, make

from netkit.eblearn import COLOURS
from netkit.errors import NetkitError
from netkit.net import Net
from netkit.testing import check_layer

CASES = [  # type, arguments, input shape
    ("linear_replicable", {"out": 2}, SMALL),
    ("maxss", {"kernel": 2}, IMAGE),
    ("stdsig", {"linear": 0.1}, SMALL),
    ("sshrink", {"beta": 2, "bias": 0.1}, SMALL),
    ("lshrink", {"bias": 0.2}, SMALL),
    ("mirrorpad", {"kernel": 4}, IMAGE),
    ("merge", {"layers": PATHS}, IMAGE),
    *((f"l{p}pool", {"kernel": 2}, IMAGE) for p in (1, 2, 4, 6, 8, 10, 12, 14, 16, 32, 64)),
    *(
        (k, {"kernel": 3} if set(k[5:]) & set("pn") else {}, (1 if k[0] == "y" else 3, 4, 5))
        for k in COLOURS
    ),
]
NAMES = [f"{case[0]}-{k}" for k, case in enumerate(CASES)]


def test_table_is_complete(registry):
    layers = registry.found["layer"]
    assert {case[0] for case in CASES} == {name for name in layers if "eblearn" in layers[name]}


@pytest.mark.parametrize(("kind", "arguments", "shape"), CASES, ids=NAMES)
def test_layer(registry, kind, arguments, shape):
    check_layer(lambda: make(registry, kind, arguments), shape)


@pytest.mark.parametrize(("kind", "arguments", "shape"), CASES, ids=NAMES)
def test_backends_agree(registry, backend, kind, arguments, shape):
    check_backends_agree(registry, backend, kind, arguments, shape)


@pytest.mark.parametrize(("kind", "arguments", "shape"), CASES, ids=NAMES)
def test_box_covers_what_a_cell_sees(registry, kind, arguments, shape):
    check_box(registry, kind, arguments, shape)


@pytest.mark.parametrize(("kind", "arguments", "shape"), CASES, ids=NAMES)
def test_onnx(registry, tmp_path, kind, arguments, shape):
    check_onnx(registry, tmp_path, kind, arguments, shape)


BAD = [  # type, arguments, input shape, what is said
    ("l2pool", {"kernel": 9}, "kernel 9x9 does not fit its input .3, 4, 5."),
    ("l2pool", {"kernl": 2}, "takes no kernl: did you mean kernel|missing a required"),
    ("l2pool", {"kernel": 0}, "kernel=0: give a whole number from 1"),
    ("rgb_to_y", {"kernel": 3}, "layer 'rgb_to_y' takes no kernel"),
    ("rgb_to_yp", {}, "layer 'rgb_to_yp': missing a required argument: 'kernel'"),
    ("y_to_yp", {"kernel": 3}, r"it takes 1 maps \(y\), and its input is .3, 4, 5."),
    ("mirrorpad", {}, "here: pad=None kernel=None: give one of the two"),
    ("merge", {"layers": PATHS, "join": "product"}, "join=product: there are concat, sum, flat"),
]


@pytest.mark.parametrize(
    ("kind", "arguments", "said"), BAD, ids=[f"{b[0]}-{k}" for k, b in enumerate(BAD)]
)
def test_bad_arguments(registry, kind, arguments, said):
    ops = registry.make("backend", {"type": "numpy"})
    with pytest.raises(NetkitError, match=said):
        Net(registry.layers({"here": {"type": kind, **arguments}}, 10), (3, 4, 5), ops)
