"""Muon against PyTorch's, against singular values, and which weights are matrices."""

import numpy as np
import pytest

from netkit.net import Net
from netkit.plugins.optimizers.adam import Adam
from netkit.plugins.optimizers.muon import Muon, matrices_inside, orthogonal

LAYERS = {
    "c0": {"type": "conv", "out": 6, "kernel": 3},
    "d0": {"type": "conv", "out": 6, "kernel": 3, "groups": 6},
    "g0": {"type": "conv", "out": 4, "kernel": 1, "groups": 2},
    "t0": {"type": "conv", "out": 2, "kernel": 2, "table": [[0, 1], [2, 3, 1]]},
    "n0": {"type": "batchnorm"},
    "r0": {
        "type": "residual",
        "layers": {"inner": {"type": "conv", "out": 2, "kernel": 3, "pad": 1}},
    },
    "f0": {"type": "linear", "out": 5},
    "f1": {"type": "linear", "out": 3},
}


def net_of(registry, layers=LAYERS, shape=(3, 9, 9), kind="numpy"):
    ops = registry.make("backend", {"type": kind})
    return Net(registry.layers(layers, 3), shape, ops, dtype="float64")


def test_which_weights_are_matrices(registry):
    """Kernels that read all their inputs, by groups; not the last layer's, nor a table's."""
    net = net_of(registry)
    inside = {name: at for name, (_, at, _) in net.places.items()}
    found = {(k.place.start, k.place.stop): k.shape for k in matrices_inside(net)}
    expected = {
        "c0.W": (1, 6, 27),
        "d0.W": (6, 1, 9),
        "g0.W": (2, 2, 3),
        "r0.inner.W": (1, 2, 18),
        "f0.W": (1, 5, 2 * 4 * 4),
    }
    assert found == {(inside[n].start, inside[n].stop): s for n, s in expected.items()}


@pytest.mark.parametrize("shape", [(20, 20), (8, 72), (72, 8), (1, 9), (3, 6, 10)])
def test_it_is_nearly_orthogonal(shape):
    """The singular vectors are the matrix's own; the values are between 0.7 and 1.2."""
    rng = np.random.default_rng(0)
    a = rng.normal(size=shape)
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    a = u * np.linspace(0.2, 1, s.shape[-1]) @ vt
    inside = u.swapaxes(-1, -2) @ orthogonal(np, a, 5) @ vt.swapaxes(-1, -2)
    values = np.diagonal(inside, axis1=-2, axis2=-1)
    assert 0.65 < values.min() <= values.max() < 1.22
    off = inside - values[..., None] * np.eye(values.shape[-1])
    assert np.abs(off).max() < 1e-6


def by_steps(a, steps):
    """The iteration as Jordan writes it, on the matrix itself."""
    a = a / (np.linalg.norm(a) + 1e-7)
    for _ in range(steps):
        square = a @ a.T
        a = 3.4445 * a + (-4.775 * square + 2.0315 * square @ square) @ a
    return a


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_it_is_jordans_iteration(dtype):
    """Also of a matrix whose singular values are far apart."""
    a = np.random.default_rng(0).normal(size=(30, 80)) * np.geomspace(1, 1e-4, 30)[:, None]
    found = orthogonal(np, a.astype(dtype), 5)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, by_steps(a, 5), atol=1e-5 if dtype == "float32" else 1e-11)


def test_steps_are_pytorchs(registry):
    """Up to the sixteen bits in which PyTorch takes its iteration."""
    torch = pytest.importorskip("torch")
    layers = {"f0": {"type": "linear", "out": 6, "bias": False}, "f1": {"type": "linear", "out": 3}}
    net = net_of(registry, layers, (2, 2, 2))
    rule = Muon(0.02, decay=0.1)
    rule.begin(net, 1)
    slots, rng = rule.init(net.values), np.random.default_rng(0)
    weight = torch.tensor(net.weights["f0.W"].copy(), requires_grad=True)
    theirs = torch.optim.Muon(
        [weight], lr=0.02, weight_decay=0.1, momentum=0.95, adjust_lr_fn="match_rms_adamw"
    )
    start = net.weights["f0.W"].copy()
    for age in range(1, 6):
        dx = rng.normal(size=net.values.size)
        weight.grad = torch.tensor(net.view("f0.W", dx).copy())
        rule.step(net.values, dx, slots, age, 0.0)
        theirs.step()
    moved = np.abs(net.weights["f0.W"] - start).max()
    assert np.abs(net.weights["f0.W"] - weight.detach().numpy()).max() < 0.02 * moved


def test_the_rest_is_adams(registry):
    net, other = net_of(registry), net_of(registry)
    rules = Muon(0.02, decay=0.1), Adam(0.02, decay=0.1)
    slots = [rule.init(net.values) for rule in rules]
    rules[0].begin(net, 1)
    rng = np.random.default_rng(0)
    for age in range(1, 4):
        dx = rng.normal(size=net.values.size)
        rules[0].step(net.values, dx.copy(), slots[0], age, 0.0)
        rules[1].step(other.values, dx.copy(), slots[1], age, 0.0)
    kernels = {k.place.start for k in matrices_inside(net)}
    for name, (kind, place, _) in net.places.items():
        if kind == "weights":
            same = np.allclose(net.values[place], other.values[place], rtol=1e-12)
            assert same == (place.start not in kernels), name


def test_it_moves_as_far_as_adam(registry):
    """0.2 eta in the root of the mean square, whatever the shape and the size of the gradient."""
    net = net_of(registry)
    rule = Muon(1.0, momentum=0.0)
    rule.begin(net, 1)
    before = net.values.copy()
    dx = np.random.default_rng(0).normal(size=net.values.size) * 1e-3
    rule.step(net.values, dx, rule.init(net.values), 1, 0.0)
    for place, (_, rows, columns) in matrices_inside(net):
        size = np.sqrt(np.mean((net.values[place] - before[place]) ** 2))
        assert size == pytest.approx(0.2, rel=0.35), (rows, columns)
