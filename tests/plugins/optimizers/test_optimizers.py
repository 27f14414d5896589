"""Update rules against PyTorch's, what all rules share by hand, and curvature against the exact
matrix.
"""

import numpy as np
import pytest

from netkit.errors import NetkitError
from netkit.net import Net
from netkit.optimizer import Optimizer
from netkit.passes import Shards
from netkit.plugins.optimizers.curvature import gauss_newton
from netkit.plugins.optimizers.sdlm import Sdlm
from netkit.plugins.optimizers.sgd import Sgd

RULES = {  # netkit's rule, PyTorch's
    "nesterov with decay": (
        {"type": "sgd", "inertia": 0.9, "nesterov": True, "reg_l2": 0.1},
        ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ),
    "sgd": ({"type": "sgd"}, ("SGD", {})),
    "momentum": ({"type": "sgd", "inertia": 0.9}, ("SGD", {"momentum": 0.9})),
    "nesterov": (
        {"type": "sgd", "inertia": 0.9, "nesterov": True},
        ("SGD", {"momentum": 0.9, "nesterov": True}),
    ),
    "decay": ({"type": "sgd", "reg_l2": 0.1}, ("SGD", {"weight_decay": 0.1})),
    "adam": ({"type": "adam"}, ("Adam", {})),
    "adamw": ({"type": "adam", "decay": 0.1}, ("AdamW", {"weight_decay": 0.1})),
    "rmsprop": ({"type": "rmsprop"}, ("RMSprop", {})),
    "rmsprop with momentum": ({"type": "rmsprop", "inertia": 0.9}, ("RMSprop", {"momentum": 0.9})),
}


@pytest.mark.parametrize("name", RULES)
def test_rules_are_pytorchs(registry, name):
    torch = pytest.importorskip("torch")
    ours, (theirs, arguments) = RULES[name]
    rng = np.random.default_rng(0)
    start, gradients = rng.normal(size=20), rng.normal(size=(10, 20))
    rule, x = registry.make("optimizer", {**ours, "eta": 0.01}), start.copy()
    weight = torch.tensor(start, requires_grad=True)
    reference, slots = getattr(torch.optim, theirs)([weight], lr=0.01, **arguments), rule.init(x)
    for age, dx in enumerate(gradients, 1):
        rule.step(x, dx.copy(), slots, age, 0.0)
        weight.grad = torch.tensor(dx)
        reference.step()
    np.testing.assert_allclose(x, weight.detach().numpy(), rtol=1e-10, atol=1e-12)


def test_annealing_is_eblearns():
    """At each period EBLearn divides what eta has become by 1 + (age / period) * value."""
    rule, eta = Optimizer(0.1, anneal_value=0.5, anneal_period=100), 0.1
    for samples in range(1, 450):
        if samples % 100 == 0:
            eta /= 1 + samples // 100 * 0.5
        assert rule.rate(0.0, samples) == pytest.approx(eta)
    assert Optimizer(0.1, anneal_value=0.5).rate(0.0, 1000) == 0.1


STEPS = [  # arguments, gradient, samples shown, the step from x = (1, -2, 0) with eta 1
    ({}, (1, 1, 1), 1, (-1, -1, -1)),
    ({"reg_l2": 0.1}, (0, 0, 0), 1, (-0.1, 0.2, 0)),
    ({"reg_l1": 0.1}, (0, 0, 0), 1, (-0.1, 0.1, 0)),
    ({"reg_l1": 0.1, "reg_l2": 0.1, "reg_time": 5}, (0, 0, 0), 4, (0, 0, 0)),
    ({"reg_l1": 0.1, "reg_time": 5}, (0, 0, 0), 5, (-0.1, 0.1, 0)),
    ({"gradient_threshold": 1}, (3, 4, 0), 1, (-0.6, -0.8, 0)),
    ({"gradient_threshold": 6}, (3, 4, 0), 1, (-3, -4, 0)),
]


@pytest.mark.parametrize(("arguments", "dx", "samples", "step"), STEPS)
def test_common_settings_by_hand(arguments, dx, samples, step):
    rule, x = Sgd(1.0, **arguments), np.array([1.0, -2.0, 0.0])
    rule.step(x, np.array(dx, float), rule.init(x), 1, 0.0, samples)
    np.testing.assert_allclose(x - [1, -2, 0], step, atol=1e-12)


@pytest.mark.parametrize(
    ("type", "arguments", "left"),
    [
        ("sgd", {"reg_l2": 0.1}, 0.9),
        ("sgd", {"reg_l1": 0.1}, 0.9),
        ("adam", {"decay": 0.1}, 0.9),
    ],
)
def test_biases_and_norms_can_do_without_decay(registry, type, arguments, left):
    """Kernels are decayed; what has one number a map is not, unless reg_biases is true."""
    layers = {
        "c0": {"type": "conv", "out": 2, "kernel": 3},
        "n0": {"type": "batchnorm"},
        "s0": {"type": "subs", "kernel": 2},
        "f0": {"type": "linear", "out": 3},
    }
    for every in (True, False):
        ops = registry.make("backend", {"type": "strict"})
        net = Net(registry.layers(layers, 3), (1, 8, 8), ops, dtype="float64")
        rule = registry.make(
            "optimizer", {"type": type, "eta": 1.0, "reg_biases": every, **arguments}
        )
        rule.begin(net, 1)
        net.values.fill(1.0)
        net.grads.fill(0.0)
        rule.step(net.values, net.grads, rule.init(net.values), 1, 0.0)
        found = {name: set(ops.to_host(w).ravel().round(9)) for name, w in net.weights.items()}
        kernels = {"c0.W", "f0.W"}
        assert found == {name: {left if every or name in kernels else 1.0} for name in found}
        assert kernels < set(found)


BAD = [
    ({"eta": -1}, "eta=-1: give a number from 0"),
    ({"eta": float("nan")}, "eta=nan"),
    ({"schedule": "cosin"}, "schedule=cosin: there are constant, linear, cosine"),
    ({"inertia": 1}, "inertia=1: give a number from 0 to below 1"),
    ({"reg_l1": "much"}, "reg_l1=much"),
    ({"nesterov": "maybe"}, "nesterov=maybe: give true or false"),
    (
        {"intertia": 1},
        r"takes no intertia: did you mean inertia",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_arguments(registry, arguments, message):
    with pytest.raises(NetkitError, match=message):
        registry.make("optimizer", {"type": "sgd", **arguments})


def test_settings_without_effect_are_named():
    assert list(Sgd(anneal_value=0.1).unused_settings()) == [
        "anneal_value=0.1 has no effect without anneal_period"
    ]
    said = "reg_time=9 has no effect without reg_l1 or reg_l2"
    assert list(Sgd(reg_time=9).unused_settings()) == [said]
    all_used = Sgd(anneal_value=0.1, anneal_period=9, reg_l1=1.0, reg_time=9)
    assert not list(all_used.unused_settings())


@pytest.fixture(params=["l2", "cross_entropy"])
def small(request, registry):
    """A net of two layers, an energy and ten samples, in float64."""
    ops = registry.make("backend", {"type": "numpy", "threads": 1})
    layers = {
        "f0": {"type": "linear", "out": 4},
        "t0": {"type": "tanh"},
        "f1": {"type": "linear", "out": 3},
    }
    net = Net(registry.layers(layers, 3), (1, 2, 3), ops, dtype="float64")
    energy = registry.make("energy", {"type": request.param}).bind(ops, net, 3)
    rng = np.random.default_rng(0)
    return net, energy, rng.normal(size=(10, 1, 2, 3)), rng.integers(0, 3, 10)


def exact_diagonal(net, energy, images):
    """J'HJ by differences: J of the outputs by each weight, H of the energy at the outputs."""
    shards, x, step = Shards(net), net.values.copy(), 1e-6
    jacobian = np.zeros((x.size, 3, len(images)))
    for i in range(x.size):
        sides = []
        for moved in (x[i] + step, x[i] - step):
            net.values[i] = moved
            sides.append(shards.outputs(images)[:, 0, 0])
        net.values[i] = x[i]
        jacobian[i] = (sides[0] - sides[1]) / (2 * step)
    y, total = shards.outputs(images)[:, 0, 0], np.zeros(x.size)
    for n in range(len(images)):
        p = np.exp(y[:, n]) / np.exp(y[:, n]).sum()
        second = np.eye(3) if type(energy).__name__ == "L2" else np.diag(p) - np.outer(p, p)
        total += np.einsum("ia,ab,ib->i", jacobian[:, :, n], second, jacobian[:, :, n])
    return total / len(images)


def test_curvature_is_the_gauss_newton_diagonal(small):
    net, energy, images, labels = small
    exact, times = exact_diagonal(net, energy, images), 400
    found = gauss_newton(
        Shards(net),
        energy,
        np.tile(images, (times, 1, 1, 1)),
        labels=np.tile(labels, times),
        key=(1,),
        out=np.zeros_like(net.values),
    )
    assert np.corrcoef(found, exact)[0, 1] > 0.995
    assert found.sum() / exact.sum() == pytest.approx(1, abs=0.05)


def test_curvature_leaves_out_what_is_off_the_diagonal_between_layers(registry):
    """LeCun's recursion: squares of weights times squares, from layer to layer.

    All weights are 1, so that the numbers sent back to the four units of the middle layer are the
    same: the exact matrix has all sixteen products of two of them, the recursion the four squares.
    """
    ops = registry.make("backend", {"type": "numpy", "threads": 1})
    sizes = {"f0": 2, "f1": 4, "f2": 3}
    layers = {name: {"type": "linear", "out": n, "bias": False} for name, n in sizes.items()}
    net = Net(registry.layers(layers, 3), (1, 1, 3), ops, dtype="float64")
    net.values[...] = 1
    energy = registry.make("energy", {"type": "l2"}).bind(ops, net, 3)
    image, times, found = np.array([2.0, 1.0, 0.0]), 500, np.full_like(net.values, 7.0)
    given = np.tile(image, (times, 1, 1, 1)), np.zeros(times, int)
    gauss_newton(Shards(net), energy, given[0], labels=given[1], key=(1,), out=found)
    first = found[net.places["f0.W"][1]].reshape(2, 3)
    np.testing.assert_allclose(first, np.tile(12 * image**2, (2, 1)), rtol=0.3)
    gauss_newton(Shards(net), energy, given[0][:1], labels=given[1][:1], key=(2,), out=found)
    assert (found[net.places["f0.W"][1]].reshape(2, 3)[:, 2] == 0).all()
    assert (found >= 0).all()


def test_sdlm_divides_by_the_curvature():
    rule, x = Sdlm(eta=0.1, mu=0.02), np.zeros(2)
    rule.step(x, np.ones(2), {"v": np.zeros(2), "h": np.array([0.08, 0.98])}, 1, 0.0)
    np.testing.assert_allclose(x, [-1, -0.1])


def test_sdlm_estimates_when_it_should(monkeypatch):
    """Before each iteration, and each time that hessian_period more samples were shown."""
    from types import SimpleNamespace

    import netkit.plugins.optimizers.sdlm as module

    seen = []
    note = lambda *arguments, **named: seen.append(trainer.shown)  # noqa: E731
    monkeypatch.setattr(module, "gauss_newton", note)
    ops = SimpleNamespace(asarray=np.asarray)
    trainer = SimpleNamespace(
        net=SimpleNamespace(ops=ops),
        shards=None,
        energy=None,
        batch_size=16,
        shown=0,
        key=(0,),
        samples=(np.zeros((9, 1)), np.zeros(9)),
        slots={"h": np.zeros(1)},
    )
    rule = Sdlm(hessian_period=100)
    for _ in range(2):
        for trainer.shown in range(0, 320, 16):
            rule.prepare(trainer)
    assert seen == [0, 112, 208, 304] * 2
    Sdlm(ndiaghessian=0).prepare(
        trainer := SimpleNamespace(shown=0, batch_size=1, slots={"h": np.zeros(1)})
    )
    assert trainer.slots["h"] == pytest.approx(0.98)
