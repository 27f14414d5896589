"""Arguments that a layer cannot take: one line that names the layer, the value and the remedy."""

import pytest

from netkit.errors import NetkitError
from netkit.net import Net

BAD = [  # type, arguments, input shape, what is said
    ("relu", {"threshold": "a"}, "threshold=a: give a number"),
    ("stdsigmoid", {"linear": None}, "linear=None: give a number"),
    ("power", {"power": 0}, "power=0: give a number above 0, up to 64"),
    ("power", {}, "missing a required argument: 'power'"),
    ("shrink", {"beta": "x"}, "beta=x: give a number"),
    ("lppool", {"kernel": 2, "power": 0.5}, "power=0.5: give a number from 1"),
    ("snorm", {"kernel": 3, "gaussian_coeff": -1}, "gaussian_coeff=-1: give a number from 0"),
    (
        "cnorm",
        {"kernel": 9, "mirror": True},
        "maps of 4x5 have no mirror image for kernel 9x9: make it smaller",
    ),
    ("zpad", {}, "pad=None kernel=None: give one of the two"),
    ("mpad", {"pad": 1, "kernel": 3}, "pad=.1, 1, 1, 1. kernel=.3, 3.: give one of the two"),
    ("mpad", {"pad": 4}, "4 pixels at the top do not fit a mirror of 4: pad less"),
    ("zpad", {"pad": [1, -2]}, "pad=.1, -2.: give a whole number from 0"),
    ("narrow", {"dim": 3, "size": 1}, "dim=3: there are 0, 1, 2"),
    (
        "narrow",
        {"dim": 0, "size": 2, "offset": 2},
        "2 from 2 do not fit into dim 0 of its input .3, 4, 5.",
    ),
    ("resize", {}, "ratio=None size=None: give one of the two"),
    ("resize", {"ratio": -1}, "ratio=-1: give a number above 0"),
    (
        "resize",
        {"ratio": 2, "mode": "cubic"},
        "mode=cubic: there are nearest, bilinear, mean",
    ),
    ("colour", {"to": "hsv"}, "to=hsv: 'h' is no channel: there are y u v r g b"),
    ("colour", {"to": "yp"}, "to=yp: give kernel"),
    ("colour", {"to": "y", "kernel": 3}, "to=y: give kernel, the size"),
    (
        "residual",
        {"layers": {"a": {"type": "tanh"}}, "shortcut": {"a": {"type": "tanh"}}},
        "layers and shortcut share a name: name each of them differently",
    ),
    (
        "residual",
        {"layers": {"a": {"type": "maxpool", "kernel": 2}}},
        "layers end with .3, 2, 2., the shortcut with .3, 4, 5.: make them equal",
    ),
    ("lppool", {"kernel": 9}, "kernel 9x9 does not fit its input .3, 4, 5."),
    (
        "colour",
        {"to": "yuv", "of": "y"},
        "of=y to=yuv: there are of=rgb, and of=y for y and yp alone",
    ),
    (
        "jitter",
        {"shift": [1, -1]},
        "shift=.1, -1.: give a number from 0 to 1e.06, or two as .height, width.",
    ),
    ("jitter", {"elastic": 1, "smooth": 0}, "smooth=0: give a number from 0.5 to 100"),
]


@pytest.mark.parametrize(
    ("kind", "arguments", "said"), BAD, ids=[f"{b[0]}-{k}" for k, b in enumerate(BAD)]
)
def test_bad_arguments(registry, kind, arguments, said):
    ops = registry.make("backend", {"type": "numpy"})
    with pytest.raises(NetkitError, match=said) as raised:
        Net(registry.layers({"here": {"type": kind, **arguments}}, 10), (3, 4, 5), ops)
    assert str(raised.value).startswith("here")
    assert "\n" not in str(raised.value)
