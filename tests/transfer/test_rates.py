"""Frozen layers and factors of the rate: with every optimizer, against weights by hand."""

import numpy as np
import pytest

from netkit.build.parts import make_backend, make_energy, make_net
from netkit.config.compose import compose
from netkit.context import Context
from netkit.errors import NetkitError
from netkit.optimizer import Optimizer
from netkit.passes import Shards
from netkit.transfer.rates import LayerRates


def net_of(registry, *words, classes=4, shape=(1, 28, 28)):
    cfg = compose("train", ["energy=cross_entropy", "backend=numpy", "threads=1", *words])
    net = make_net(registry, cfg, shape, classes=classes, ops=make_backend(registry, cfg))
    return net, make_energy(registry, cfg, net, classes=classes)


def batch(n=12):
    rng = np.random.default_rng(3)
    return rng.normal(size=(n, 1, 28, 28)).astype("float32"), rng.integers(0, 4, n)


RULES = {
    "sgd": {"eta": 0.1, "inertia": 0.9, "reg_l2": 0.1},
    "adam": {"eta": 0.01, "decay": 0.5},
    "rmsprop": {"eta": 0.01, "inertia": 0.5, "reg_l1": 0.1},
    "sdlm": {"eta": 0.1, "ndiaghessian": 0},
}


def moved(registry, rule, words=(), steps=3, **asked):
    """Return {layer: how far its weights moved} of some steps, and the net."""
    net, energy = net_of(registry, "arch=resnet", *words)
    rates = LayerRates(net, **asked)
    start, shards, slots = net.values.copy(), Shards(net), rule.init(net.values)
    images, labels = batch()
    for k in range(steps):
        shards.gradient(images, labels, energy, (0, k))
        rates.step(rule, slots, age=k + 1, progress=0.0, samples=12 * (k + 1))
    far = {
        name: float(abs(net.view(name, net.values) - net.view(name, start)).max())
        for name in net.weights
    }
    return far, net


@pytest.mark.parametrize("name", RULES)
def test_frozen_layers_do_not_move(registry, name):
    """Not by decay, not by inertia; their running statistics stay, those of others move."""
    rule = registry.make("optimizer", {"type": name, **RULES[name]})
    far, net = moved(registry, rule, freeze=["c0", "r1"])
    still = {full for full in far if full.startswith(("c0.", "r1."))}
    assert {full for full, distance in far.items() if not distance} == still
    for full, state in net.states.items():
        start = 1.0 if full.endswith("variance") else 0.0
        assert (state == start).all() == full.startswith("r1."), full


@pytest.mark.parametrize("name", RULES)
def test_a_factor_scales_the_step(registry, name):
    """One step of a layer with a factor is that part of the step without one."""
    ends = []
    for factors in (None, {"c0": 0.25, "r1": 3.0, "r1.c1": 2.0}):
        rule = registry.make("optimizer", {"type": name, **RULES[name]})
        ends.append(moved(registry, rule, steps=1, rate_factors=factors)[1].values)
    net, _ = net_of(registry, "arch=resnet")
    for full in net.weights:
        factor = 0.25 if full.startswith("c0.") else 3.0 if full.startswith("r1.") else 1.0
        factor = 2.0 if full.startswith("r1.c1.") else factor
        start, plain, scaled = (net.view(full, v) for v in (net.values, *ends))
        if factor == 1:
            np.testing.assert_array_equal(scaled, plain)
        else:
            np.testing.assert_allclose(scaled, start + factor * (plain - start), atol=1e-6)


def test_a_rule_of_others(registry):
    """A rule that keeps vectors of its own, and would move weights that have no gradient."""

    class Drifts(Optimizer):
        slots = ("total",)

        def update(self, x, dx, slots, age, rate):
            slots["total"] += 1
            x -= rate * slots["total"]

    far, _ = moved(registry, Drifts(0.5), freeze=["r1"], rate_factors={"f4": 0.5, "c0": 2})
    for full, distance in far.items():
        factor = {"r1": 0.0, "f4": 0.5, "c0": 2.0}.get(full.partition(".")[0], 1.0)
        assert distance == pytest.approx(factor * 0.5 * (1 + 2 + 3), rel=1e-5), full


def test_the_gradient_of_frozen_layers_counts_in_no_norm(registry):
    """gradient_threshold sees the gradient of what learns, wherever the frozen layer is."""
    net, energy = net_of(registry, "arch=lenet5")
    rates = LayerRates(net, freeze=["c2"])
    rule = registry.make("optimizer", {"type": "sgd", "eta": 1.0, "gradient_threshold": 1e-3})
    start, images = net.values.copy(), batch()
    Shards(net).gradient(*images, energy, (0,))
    rates.step(rule, rule.init(net.values), age=1, progress=0.0, samples=12)
    assert np.linalg.norm(net.values - start) == pytest.approx(1e-3, rel=1e-3)


@pytest.mark.parametrize("kind", ["numpy", "native"])
def test_what_learns_has_the_gradient_it_had(registry, kind):
    """Freezing layers without statistics changes no gradient above them, on every backend."""
    grads = []
    for freeze in (None, ["c0", "c2"]):
        net, energy = net_of(registry, "arch=lenet5", f"backend={kind}", "arch.jitter=false")
        rates = LayerRates(net, freeze)
        Shards(net).gradient(*batch(), energy, (0,))
        grads.append({n: net.view(n, net.grads).copy() for n in net.weights})
        if freeze:
            assert rates.frozen == freeze
    for name in ("c5.W", "f7.W", "f7.b", "s3.b"):
        np.testing.assert_allclose(grads[1][name], grads[0][name], rtol=1e-4, atol=1e-7)
    assert not grads[1]["c0.W"].any()


FROZEN = [
    ["c0"],
    ["norm0", "r1.norm0"],
    ["c0", "norm0", "r1"],
    ["c0", "norm0", "r1", "r2.s0", "r2.norm2"],
    ["c0", "norm0", "r1", "r2.c0", "r2.norm0", "r2.c1", "r2.norm1"],
    ["c0", "norm0", "r1", "r2.c0", "r2.s0"],
    "all_but_last",
]


@pytest.mark.parametrize("freeze", FROZEN, ids=str)
def test_kernels_and_arrays_agree_on_frozen_nets(registry, freeze):
    """Gradients of what learns, outputs and running statistics, of compiled kernels and numpy."""
    ends = []
    for kind in ("numpy", "native"):
        net, energy = net_of(registry, "arch=resnet", f"backend={kind}")
        net.state[...] = np.random.default_rng(0).uniform(0.5, 1, net.state.size)
        rates = LayerRates(net, freeze)
        shards = Shards(net)
        energies, _ = shards.gradient(*batch(), energy, (0,))
        for at in rates.still:
            net.grads[at] = 0
        ends.append((energies, net.grads.copy(), net.state.copy(), shards.outputs(batch()[0])))
    for ours, theirs in zip(*ends, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-3, atol=2e-5)


def test_no_pass_backward_through_frozen_layers(registry, monkeypatch):
    """Where they come first nobody asks for their gradients: they do not run backward at all."""
    made = []
    init = Context.__init__

    def note(self, *args, **kwargs):
        init(self, *args, **kwargs)
        made.append(self)

    monkeypatch.setattr(Context, "__init__", note)
    net, energy = net_of(registry, "arch=resnet")
    LayerRates(net, "all_but_last")
    shards = Shards(net)
    by_name = {ctx.name: ctx for ctx in made}
    assert [name for name, ctx in by_name.items() if ctx.trainable] == ["f4"]
    assert not any(ctx.wants_dx for ctx in by_name.values())

    def refuse(*args):
        raise AssertionError("a frozen layer runs backward")

    forward = type(net.layers["r2"]).forward
    monkeypatch.setattr(
        type(net.layers["r2"]), "forward", lambda s, x, c: (forward(s, x, c)[0], refuse)
    )
    shards.gradient(*batch(), energy, (0,))
    assert net.view("f4.W", net.grads).any()


@pytest.mark.parametrize("kind", ["numpy", "native"])
def test_frozen_statistics_stay_bit_by_bit_over_threads(registry, kind):
    """Three threads average what each has: numbers that none has changed are not averaged."""
    net, energy = net_of(registry, "arch=resnet", f"backend={kind}", "threads=3")
    net.state[...] = np.random.default_rng(0).uniform(0.1, 1, net.state.size)
    LayerRates(net, ["norm0", "r1"])
    start = net.state.copy()
    shards = Shards(net)
    shards.min_images = 1
    shards.gradient(*batch(), energy, (0,))
    for name in net.states:
        same = np.array_equal(net.view(name, start), net.view(name, net.state))
        assert same == name.startswith(("norm0", "r1.")), name


def test_all_but_last(registry):
    net, _ = net_of(registry, "arch=lenet5")
    rates = LayerRates(net, "all_but_last", {"f7": 2})
    assert rates.frozen == ["c0", "s1", "c2", "s3", "c5"]
    assert list(rates.lines()) == [
        ("frozen", "c0, s1, c2, s3, c5 (49,836 of 50,320 weights); what learns: f7"),
        ("rates", "f7 2"),
    ]
    net, _ = net_of(registry, "arch=resnet10")
    ((_, frozen),) = LayerRates(net, "all_but_last").lines()
    assert "r2.norm2, 10 more (95," in frozen
    assert frozen.endswith("what learns: f6")
    ((_, rates),) = LayerRates(net, None, {"all_but_last": 0.5}).lines()
    assert rates.endswith("r2.norm2 0.5, 10 more")
    net, _ = net_of(registry, "arch=lenet5_eblearn")
    assert "linear7" not in LayerRates(net, "all_but_last", last=["linear7", "addc7"]).frozen
    with pytest.raises(NetkitError, match=r"rate_factors.all_but_last=2: is frozen"):
        LayerRates(net, "all_but_last", {"all_but_last": 2})


BAD = [
    ({"freeze": ["c9"]}, r"freeze=\[c9\]: 'c9' is not there: layers with weights are c0, s1, c2"),
    ({"freeze": "tanh0"}, "freeze='tanh0': 'tanh0' has no weights"),
    ({"freeze": True}, "freeze=True: True is not there"),
    ({"freeze": ["all_but_last", "f7"]}, "nothing is left to learn"),
    ({"rate_factors": {"c0": 0}}, r"rate_factors.c0=0: freeze it instead, freeze=\[c0\]"),
    ({"rate_factors": {"c0": -1}}, "rate_factors.c0=-1: give a number above 0"),
    ({"rate_factors": {"c0": "a"}}, "rate_factors.c0=a: give a number above 0"),
    ({"rate_factors": {"c9": 1}}, "rate_factors.c9: 'c9' is not there"),
    ({"rate_factors": 3}, "rate_factors=3: give factors by layer"),
    ({"rate_factors": {"c0": 1}, "freeze": ["c0"]}, "rate_factors.c0=1: is frozen"),
]


@pytest.mark.parametrize(("asked", "said"), BAD)
def test_bad_names_and_numbers(registry, asked, said):
    net, _ = net_of(registry, "arch=lenet5")
    with pytest.raises(NetkitError, match=said):
        LayerRates(net, **asked)
