"""One table over every registered layer: gradients, types, shapes, backends, boxes."""

from math import ceil, floor

import numpy as np
import pytest

from netkit.net import Net
from netkit.passes import Shards
from netkit.plugins import COLOURS
from netkit.plugins.energies import CrossEntropy
from netkit.testing import check_layer

TABLE = [[0, 1], [1], [0, 2], [2, 1]]
IMAGE = (3, 6, 7)
SMALL = (3, 4, 5)
PATHS = {
    "a": {"type": "conv", "out": 2, "kernel": 3},
    "b": {"type": "maxpool", "kernel": 3, "stride": 1},
}
SCALES = {
    "fine": {"type": "chain", "layers": {}},
    "coarse": {
        "type": "chain",
        "layers": {"s": {"type": "subs", "kernel": 2}, "t": {"type": "tanh"}},
    },
}
CASES = [  # type, arguments, input shape
    ("conv", {"out": 4, "kernel": 3}, IMAGE),
    ("conv", {"out": 2, "kernel": [2, 3], "stride": [2, 1], "pad": [1, 2], "bias": False}, IMAGE),
    ("conv", {"out": 4, "kernel": 3, "table": TABLE}, IMAGE),
    ("conv", {"out": 4, "kernel": 1}, IMAGE),
    ("conv", {"out": 5, "kernel": [6, 7]}, IMAGE),
    ("linear", {"out": 5}, IMAGE),
    ("linear", {"out": 5, "bias": False}, (8, 1, 1)),
    ("maxpool", {"kernel": 2}, IMAGE),
    ("maxpool", {"kernel": 3, "stride": 2}, IMAGE),
    ("avgpool", {"kernel": 2}, IMAGE),
    ("avgpool", {"kernel": [3, 2], "stride": 1}, IMAGE),
    ("globalavgpool", {}, IMAGE),
    ("subs", {"kernel": 2}, IMAGE),
    ("subs", {"kernel": 3, "stride": 2, "bias": False}, IMAGE),
    ("tanh", {}, IMAGE),
    ("sigmoid", {}, IMAGE),
    ("relu", {}, IMAGE),
    ("relu", {"threshold": 0.3}, IMAGE),
    ("abs", {}, IMAGE),
    ("addc", {}, IMAGE),
    ("dropout", {"rate": 0.3}, IMAGE),
    ("wstd", {"kernel": 5}, IMAGE),
    ("wstd", {"kernel": [4, 3]}, IMAGE),
    ("batchnorm", {}, IMAGE),
    ("zpad", {"pad": [1, 2]}, IMAGE),
    ("zpad", {"kernel": 5}, IMAGE),
    ("jitter", {"shift": 1.3, "rotate": 20, "scale": 0.2, "shear": 0.1}, IMAGE),
    (
        "residual",
        {"layers": {"c": {"type": "conv", "out": 3, "kernel": 3, "pad": 1}, "t": {"type": "tanh"}}},
        IMAGE,
    ),
    (
        "residual",
        {
            "layers": {"c": {"type": "conv", "out": 4, "kernel": 2, "stride": 2}},
            "shortcut": {
                "p": {"type": "avgpool", "kernel": 2},
                "s": {"type": "conv", "out": 4, "kernel": 1},
            },
        },
        IMAGE,
    ),
    ("stdsigmoid", {}, SMALL),
    ("stdsig", {"linear": 0.1}, SMALL),
    ("softplus", {}, SMALL),
    ("power", {"power": 3}, SMALL),
    ("power", {"power": 1}, SMALL),
    ("power", {"power": 1.5}, SMALL),
    ("chain", {"layers": {"s": {"type": "softplus"}, "p": {"type": "power", "power": 0.5}}}, SMALL),
    ("square", {}, SMALL),
    ("sqrt", {}, (2, 3, 3)),
    ("diag", {}, SMALL),
    ("shrink", {}, SMALL),
    ("sshrink", {"beta": 2, "bias": 0.1}, SMALL),
    ("linear_shrink", {}, SMALL),
    ("lshrink", {"bias": 0.2}, SMALL),
    ("tshrink", {}, SMALL),
    ("tshrink", {"coefficients": True}, SMALL),
    ("l1penalty", {"coeff": 0.1, "threshold": 0.2}, SMALL),
    ("softmax", {}, SMALL),
    ("logsoftmax", {}, SMALL),
    ("wavgpool", {"kernel": 2}, IMAGE),
    ("wavgpool", {"kernel": 3, "stride": 2}, IMAGE),
    ("lppool", {"kernel": [3, 2], "power": 3, "stride": 1}, IMAGE),
    ("lppool", {"kernel": 2, "power": 2.5}, IMAGE),
    *((f"l{p}pool", {"kernel": 2}, IMAGE) for p in (1, 2, 4, 6, 8, 10, 12, 14, 16, 32, 64)),
    ("linear_replicable", {"out": 2}, SMALL),
    ("maxss", {"kernel": 2}, IMAGE),
    ("wstd", {"kernel": 3, "mirror": True, "threshold": False}, IMAGE),
    ("cnorm", {"kernel": 5}, IMAGE),
    ("cnorm", {"kernel": 3, "mirror": True, "across_features": False, "global_norm": True}, IMAGE),
    ("cnorm", {"kernel": 3, "learn": True, "learn_mean": True}, IMAGE),
    ("snorm", {"kernel": 5, "gaussian_coeff": 3}, IMAGE),
    ("snorm", {"kernel": [4, 3], "mirror": True}, IMAGE),
    ("snorm", {"kernel": 3, "learn": True, "across_features": False}, IMAGE),
    ("dnorm", {"kernel": [5, 4]}, IMAGE),
    ("dnorm", {"kernel": 3, "mirror": True, "across_features": False}, IMAGE),
    ("dnorm", {"kernel": 3, "mirror": True, "learn": True, "threshold": False}, IMAGE),
    ("globalnorm", {}, IMAGE),
    ("zpad", {"kernel": [4, 3]}, IMAGE),
    ("zpad", {"pad": [1, 0, 2, 3]}, IMAGE),
    ("mpad", {"pad": 0}, IMAGE),
    ("mpad", {"pad": [1, 2, 0, 3]}, IMAGE),
    ("mirrorpad", {"kernel": 4}, IMAGE),
    ("narrow", {"dim": 0, "size": 2, "offset": 1}, IMAGE),
    ("narrow", {"dim": 2, "size": 4, "offset": 1}, IMAGE),
    ("resize", {"ratio": 2}, SMALL),
    ("resize", {"size": [3, 4], "mode": "mean"}, IMAGE),
    ("resize", {"ratio": [0.7, 1.4], "mode": "nearest"}, IMAGE),
    ("chain", {"layers": SCALES["coarse"]["layers"]}, IMAGE),
    ("branch", {"layers": PATHS}, IMAGE),
    (
        "branch",
        {"layers": PATHS | {"a": {"type": "conv", "out": 3, "kernel": 3}}, "join": "sum"},
        IMAGE,
    ),
    ("branch", {"layers": SCALES, "join": "flat"}, IMAGE),
    ("merge", {"layers": PATHS}, IMAGE),
    ("colour", {"to": "ypuvp", "kernel": 3}, SMALL),
    ("colour", {"to": "rgb", "global_norm": False, "white": 2.55}, SMALL),
    *(
        (k, {"kernel": 3} if set(k[5:]) & set("pn") else {}, (1 if k[0] == "y" else 3, 4, 5))
        for k in COLOURS
    ),
    ("jitter", {"shift": [1, 0], "elastic": 0.5, "smooth": 1}, IMAGE),
]
WIDE = "wstd", "cnorm", "snorm", "dnorm", "globalnorm", "batchnorm", "mpad", "mirrorpad", "colour"
NAMES = [f"{case[0]}-{k}" for k, case in enumerate(CASES)]


def make(registry, kind, arguments):
    return registry.layers({"layer": {"type": kind, **arguments}}, 10)["layer"]


def test_table_is_complete(registry):
    assert {case[0] for case in CASES} == set(registry.found["layer"])


@pytest.mark.parametrize(("kind", "arguments", "shape"), CASES, ids=NAMES)
def test_layer(registry, kind, arguments, shape):
    check_layer(lambda: make(registry, kind, arguments), shape)


@pytest.mark.parametrize(("kind", "arguments", "shape"), CASES, ids=NAMES)
def test_backends_agree(registry, backend, kind, arguments, shape):
    """Every backend gives what the plain reference primitives give."""
    strict = registry.make("backend", {"type": "strict"})
    results = []
    images = np.random.default_rng(0).normal(size=(4, *shape))
    for ops in (strict, backend):
        net = Net(
            {
                "before": make(registry, "addc", {}),
                "layer": make(registry, kind, arguments),
                "after": make(registry, "linear", {"out": 3}),
            },
            shape,
            ops,
            "float64",
        )
        labels = np.array([0, 1, 2, 0])
        energy = CrossEntropy().bind(ops, net, 3)
        shards = Shards(net)
        shards.workers = shards.workers[
            :1
        ]  # one shard, as the reference: batch statistics are a shard's own
        shards.gradient(*ops.samples(images, labels), energy, (1,))
        results.append((ops.to_host(net.dx).copy(), shards.outputs(ops.samples(images, labels)[0])))
    for reference, ours in zip(*results, strict=True):
        np.testing.assert_allclose(ours, reference, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(("kind", "arguments", "shape"), CASES, ids=NAMES)
def test_box_covers_what_a_cell_sees(registry, kind, arguments, shape):
    """Changing a pixel outside of a cell's box leaves the cell as it was, and some pixel inside
    changes it.
    """
    if kind in WIDE or (kind in COLOURS and kind not in ("rgb_to_yuv", "y_to_y")):
        pytest.skip("sees all of the map or the batch, or mirrors it")
    ops = registry.make("backend", {"type": "numpy", "threads": 1})
    net = Net({"layer": make(registry, kind, arguments)}, shape, ops, "float64")
    net.x[...] = np.random.default_rng(2).uniform(0.5, 1, net.x.size)
    shards, rng = Shards(net), np.random.default_rng(3)
    image = rng.uniform(1, 2, size=(1, *shape))
    y = shards.outputs(image)[..., 0]
    _, h, w = y.shape
    cell = int(rng.integers(h)), int(rng.integers(w))
    (top, left), (bottom, right) = net.box(cell, (cell[0] + 1, cell[1] + 1))
    inside = np.zeros(shape[1:], bool)
    inside[max(0, floor(top)) : ceil(bottom), max(0, floor(left)) : ceil(right)] = True
    for where, same in ((~inside, True), (inside, False)):
        changed = image.copy()
        changed[0][:, where] += rng.uniform(1, 2, size=(shape[0], where.sum()))
        z = shards.outputs(changed)[..., 0]
        touched = bool(where.any()) and bool(inside.any() or same)
        if touched:
            assert np.allclose(z[:, cell[0], cell[1]], y[:, cell[0], cell[1]], atol=1e-12) == same
