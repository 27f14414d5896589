"""Layers beside what others compute: numpy, scipy, PyTorch, and formulas worked out by hand."""

import numpy as np
import pytest

from netkit.net import Net
from netkit.passes import Shards

X = np.random.default_rng(0).normal(size=(2, 3, 9, 8))  # samples first, as PyTorch has them


TORCH = [  # type, arguments, weights, what PyTorch calls it
    ("softplus", {}, {}, lambda F, x: F.softplus(x)),
    ("linear_shrink", {"bias": 0.3}, {}, lambda F, x: F.softshrink(x, 0.3)),
    ("tshrink", {}, {}, lambda F, x: F.tanhshrink(x)),
    ("softmax", {}, {}, lambda F, x: F.softmax(x, 1)),
    ("logsoftmax", {}, {}, lambda F, x: F.log_softmax(x, 1)),
    ("mpad", {"pad": [1, 2, 3, 0]}, {}, lambda F, x: F.pad(x, (2, 0, 1, 3), mode="reflect")),
    ("resize", {"ratio": 2}, {}, lambda F, x: F.interpolate(x, size=(18, 16), mode="bilinear")),
    ("resize", {"size": [4, 11]}, {}, lambda F, x: F.interpolate(x, size=(4, 11), mode="bilinear")),
    (
        "resize",
        {"size": [12, 3], "mode": "nearest"},
        {},
        lambda F, x: F.interpolate(x, size=(12, 3), mode="nearest-exact"),
    ),
    (
        "resize",
        {"size": [3, 4], "mode": "mean"},
        {},
        lambda F, x: F.interpolate(x, size=(3, 4), mode="area"),
    ),
    ("diag", {}, {"c": [1, 2, 3]}, lambda F, x: x * x.new_tensor([1, 2, 3])[:, None, None]),
]


@pytest.mark.parametrize(
    ("kind", "arguments", "weights", "theirs"), TORCH, ids=lambda v: v if type(v) is str else ""
)
def test_pytorch(run, kind, arguments, weights, theirs):
    torch = pytest.importorskip("torch")
    expected = theirs(torch.nn.functional, torch.from_numpy(X)).numpy()
    np.testing.assert_allclose(run(kind, arguments, X, weights), expected, rtol=0, atol=1e-12)


def gauss(k, coeff=2.0):
    d = np.arange(k) - k // 2
    g = np.exp(-(d[:, None] ** 2 + d**2) / (coeff * k / 4))
    return g / g.sum()


POINTWISE = [
    ("stdsigmoid", {}, 1.71593428 * np.tanh(2 / 3 * X)),
    ("power", {"power": 3}, X**3),
    ("power", {"power": 1.5}, np.maximum(X, 0) ** 1.5),
    ("square", {}, X * X),
    ("sqrt", {}, np.sqrt(np.maximum(X, 0))),
    (
        "shrink",
        {"beta": 10.0, "bias": 0.3},
        np.sign(X) * (np.log(np.exp(10 * np.abs(X)) + np.exp(3.0) - 1) / 10 - 0.3),
    ),
    ("relu", {"threshold": 0.4}, np.where(X > 0.4, X, 0.4)),
    ("mpad", {"kernel": 5}, np.pad(X, [(0, 0), (0, 0), (2, 2), (2, 2)], mode="reflect")),
    ("zpad", {"kernel": 4}, np.pad(X, [(0, 0), (0, 0), (2, 1), (2, 1)])),
    ("narrow", {"dim": 1, "size": 4, "offset": 2}, X[:, :, 2:6]),
    ("globalnorm", {}, (X - X.mean((1, 2, 3), keepdims=True)) / X.std((1, 2, 3), keepdims=True)),
]


@pytest.mark.parametrize(
    ("kind", "arguments", "expected"), POINTWISE, ids=[case[0] for case in POINTWISE]
)
def test_formula(run, kind, arguments, expected):
    np.testing.assert_allclose(run(kind, arguments, X), expected, rtol=1e-12, atol=1e-12)


def test_sigmoid_of_lecun_keeps_one(run):
    ones = np.ones((1, 1, 1, 1))
    assert run("stdsig", {}, ones).item() == pytest.approx(1, abs=2e-5)


@pytest.mark.parametrize(("name", "power"), [("l2pool", 2), ("l4pool", 4), ("l64pool", 64)])
def test_lp_pooling(run, name, power):
    windows = np.lib.stride_tricks.sliding_window_view(X, (3, 3), (2, 3))[:, :, ::2, ::2]
    expected = (np.abs(windows) ** power * gauss(3)).sum((4, 5)) ** (1 / power)
    np.testing.assert_allclose(run(name, {"kernel": 3, "stride": 2}, X), expected, rtol=1e-10)
    means = (windows * gauss(3)).sum((4, 5))
    np.testing.assert_allclose(run("wavgpool", {"kernel": 3, "stride": 2}, X), means, rtol=1e-10)
    np.testing.assert_allclose(run("l1pool", {"kernel": 3, "stride": 2}, X), means, rtol=1e-10)


def test_elastic_jitter_bends_by_what_it_says(registry, ops):
    """Displacements have the standard deviation that is asked for, neighbours move alike, and each
    image by itself.
    """
    layer = registry.layers({"j": {"type": "jitter", "elastic": 1.5, "smooth": 3}}, 10)
    net = Net(layer, (1, 60, 60), ops, dtype="float64")
    run = Shards(net).workers[0].contexts[0]
    noise = 2 * ops.uniform((2, 60, 60, 20), 1, 2) - 1
    bend = layer["j"].bend(noise, run)[
        :, 10:-10, 10:-10
    ]  # away from the sides, where zeros come in
    assert bend.std() == pytest.approx(1.5, rel=0.1)
    assert np.abs(np.diff(bend, axis=1)).mean() < 0.4
    assert abs(np.corrcoef(bend[0, :, :, 0].ravel(), bend[0, :, :, 1].ravel())[0, 1]) < 0.5


def test_batchnorm_remembers_the_variance_of_a_sample(registry, ops):
    """As PyTorch: the running variance takes the sum of squares over n - 1, the output over n."""
    layers = registry.layers({"layer": {"type": "batchnorm", "momentum": 0.25}}, 10)
    net = Net(layers, (3, 2, 1), ops, dtype="float64")
    worker = Shards(net).workers[0]
    worker.training = True
    images = X[:, :, :2, :1]  # n is 4 a map: of a few, n - 1 is far from n
    y = net.forward(worker.to_input(images), worker.contexts)[0].transpose(3, 0, 1, 2)
    mean, variance = images.mean((0, 2, 3)), images.var((0, 2, 3), ddof=1)
    np.testing.assert_allclose(worker.contexts[0].s.mean, 0.25 * mean, rtol=1e-12)
    np.testing.assert_allclose(worker.contexts[0].s.variance, 0.75 + 0.25 * variance, rtol=1e-12)
    np.testing.assert_allclose(y.mean((0, 2, 3)), 0, atol=1e-12)
    np.testing.assert_allclose(y.var((0, 2, 3)), 1, rtol=1e-3)
