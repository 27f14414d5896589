"""What layers say of themselves: multiply-adds, the range of their outputs, what a cell sees."""

import numpy as np
import pytest

from netkit.net import Net

COSTS = [  # layer, input, multiply-adds counted by hand: outputs times what each is made of
    ({"type": "conv", "out": 4, "kernel": [2, 3]}, (3, 6, 8), 4 * 5 * 6 * (3 * 2 * 3)),
    ({"type": "conv", "out": 6, "kernel": [3, 1], "groups": 3}, (3, 5, 8), 6 * 3 * 8 * 3),
    ({"type": "conv", "out": 2, "kernel": 3, "table": [[0, 1], [2]]}, (3, 5, 7), 3 * 3 * 5 * 9),
    ({"type": "linear", "out": 5}, (2, 3, 4), 5 * 2 * 3 * 4),
    ({"type": "batchnorm"}, (2, 3, 5), 2 * 3 * 5),
    ({"type": "avgpool", "kernel": [2, 3]}, (2, 4, 9), 2 * 2 * 3 * (2 * 3)),
    ({"type": "subs", "kernel": [1, 3]}, (3, 4, 9), 3 * 4 * 3 * 3),
    ({"type": "tanh"}, (2, 3, 4), 0),
]


@pytest.mark.parametrize(("spec", "shape", "products"), COSTS)
def test_cost(registry, ops, spec, shape, products):
    assert Net(registry.layers({"layer": spec}, 10), shape, ops).cost == products


RANGES = [  # layer, the least and the largest number that it gives
    ({"type": "abs"}, 0, np.inf),
    ({"type": "square"}, 0, np.inf),
    ({"type": "sqrt"}, 0, np.inf),
    ({"type": "relu"}, 0, np.inf),
    ({"type": "softplus"}, 0, np.inf),
    ({"type": "tanh"}, -1, 1),
    ({"type": "sigmoid"}, 0, 1),
    ({"type": "stdsigmoid"}, -1.71593428, 1.71593428),
    ({"type": "stdsigmoid", "linear": 0.01}, -np.inf, np.inf),
    ({"type": "softmax"}, 0, 1),
    ({"type": "logsoftmax"}, -np.inf, 0),
    ({"type": "addc"}, -np.inf, np.inf),
    ({"type": "chain", "layers": {"a": {"type": "square"}, "b": {"type": "tanh"}}}, -1, 1),
]


@pytest.mark.parametrize(("spec", "low", "high"), RANGES)
def test_range(registry, run, spec, low, high):
    """The range is as it is said, and numbers reach its ends, those of tanh of a square apart."""
    layer = registry.layers({"layer": spec}, 10)["layer"]
    assert layer.output_range == (low, high)
    x = np.arange(-61.0, 61).reshape(1, 2, 61, 1)
    y = run(spec["type"], {k: v for k, v in spec.items() if k != "type"}, x)
    assert low <= y.min() <= y.max() <= high
    assert np.isinf(low) or spec["type"] == "chain" or y.min() - low < 0.05
    assert np.isinf(high) or high - y.max() < 0.05


def test_colours_are_those_of_television(run):
    """Y, U and V of BT.601, U and V spread over 0..255 and then brought to (x - 128) / 100."""
    r, g, b = pixels = np.random.default_rng(0).uniform(0, 255, (3, 4, 5))
    y = 0.299 * r + 0.587 * g + 0.114 * b
    u, v = 0.492 * (b - y), 0.877 * (r - y)
    found = run("colour", {"to": "yuv", "global_norm": False}, pixels[None])[0]
    np.testing.assert_allclose(found[0], y, atol=1e-9)
    np.testing.assert_allclose(found[1], ((u + 111) * 255 / 222 - 128) / 100, atol=0.02)
    np.testing.assert_allclose(found[2], ((v + 157) * 255 / 314 - 128) / 100, atol=0.02)


BOXES = [  # layer, what the cells from (1, 2) to (2, 4) see of a map of 8x12: all of it, no more
    ({"type": "resize", "mode": "mean", "ratio": 0.5}, (2, 4), (4, 8)),
    ({"type": "avgpool", "kernel": 2}, (2, 4), (4, 8)),
    ({"type": "conv", "out": 1, "kernel": [3, 2], "dilation": [2, 1]}, (1, 2), (6, 5)),
    ({"type": "conv", "out": 1, "kernel": 3, "pad": 1, "stride": 2}, (1, 3), (4, 8)),
    ({"type": "zpad", "pad": [1, 2]}, (0, 0), (1, 2)),
    ({"type": "tanh"}, (1, 2), (2, 4)),
]


@pytest.mark.parametrize(("spec", "first", "end"), BOXES)
def test_box_is_all_that_cells_see(registry, ops, run, spec, first, end):
    net = Net(registry.layers({"layer": spec}, 10), (1, 8, 12), ops)
    assert net.box((1, 2), (2, 4)) == (first, end)
    arguments = {k: v for k, v in spec.items() if k != "type"}
    weights = {n.partition(".")[2]: np.ones_like(a) for n, a in net.weights.items()}
    x = np.zeros((96, 1, 8, 12))
    x.reshape(96, 96)[np.arange(96), np.arange(96)] = 1  # a pixel an image
    y = run(spec["type"], arguments, np.concatenate([x, x[:1] * 0]), weights)[:, :, 1, 2:4]
    seen = (y[:-1] != y[-1:]).any((1, 2)).reshape(8, 12)
    rows, columns = seen.any(1).nonzero()[0], seen.any(0).nonzero()[0]
    assert (rows[0], columns[0]) == first
    assert (rows[-1] + 1, columns[-1] + 1) == end
