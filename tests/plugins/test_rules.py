"""Tables over every registered energy and optimizer, and every arch: gradients, and runs on the
strict backend.
"""

from types import SimpleNamespace

import numpy as np
import pytest

from netkit.build.parts import make_net
from netkit.config.compose import compose
from netkit.net import Net
from netkit.passes import Shards
from netkit.testing import check_gradient

ENERGIES = {"l2": {}, "cross_entropy": {}, "focal": {}, "margin": {"margin": 2.0}}
OPTIMIZERS = {
    "sgd": {"eta": 0.1, "inertia": 0.5, "reg_l2": 0.01, "reg_l1": 0.01, "gradient_threshold": 0.5},
    "adam": {"eta": 0.01, "decay": 0.1},
    "muon": {"eta": 0.01},
    "rmsprop": {"eta": 0.01, "inertia": 0.5},
    "sdlm": {"eta": 0.1, "ndiaghessian": 5},
}
ARCHS = "lenet5", "lenet5_eblearn", "lenet5_modern", "multiscale", "linear", "mlp", "resnet"
ARCHS += "resnet8", "mobile"


def is_of_classes(registry, energy):
    """Whether an energy takes one class an image; those for boxes have tests of their own."""
    return registry.get("energy", energy).targets == "class"


def test_tables_are_complete(registry):
    of_classes = {n for n in registry.found["energy"] if is_of_classes(registry, n)}
    assert set(ENERGIES) == of_classes
    assert set(OPTIMIZERS) == set(registry.found["optimizer"])


# Of every arch with one energy, and of every energy with one arch; of all pairs by pytest -m slow.
PAIRS = [
    pytest.param(
        arch,
        energy,
        marks=[] if energy == "cross_entropy" or arch == "lenet5" else pytest.mark.slow,
    )
    for energy in ENERGIES
    for arch in ARCHS
]


@pytest.mark.parametrize(("arch", "energy"), PAIRS)
def test_gradient_of_every_arch(registry, arch, energy):
    """The gradient of a whole net, jitter and batch statistics included, against differences in
    float64.
    """
    ops = registry.make("backend", {"type": "numpy", "threads": 1})
    cfg = compose("train", [f"arch={arch}", f"energy={energy}", "dtype=float64"])
    net = make_net(registry, cfg, (1, 28, 28), classes=10, ops=ops, coeff=0.01)
    energy = registry.make("energy", {"type": energy}).bind(ops, net, 10)
    images = np.random.default_rng(0).integers(0, 256, (3, 1, 28, 28)).astype(np.uint8)
    check_gradient(net, Shards(net), energy, images, np.array([3, 0, 9]), step=1e-6, tolerance=1e-6)


@pytest.mark.parametrize("energy", ENERGIES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_rules_on_the_strict_backend(registry, energy, optimizer):
    """Ten steps on arrays that refuse to become numpy's end with numpy's weights."""
    ends = []
    for kind in ("numpy", "strict"):
        ops = registry.make("backend", {"type": kind} | ({"threads": 1} if kind == "numpy" else {}))
        net = Net(
            registry.layers({"f": {"type": "linear", "out": 3}}, 3), (1, 4, 4), ops, dtype="float64"
        )
        loss = registry.make("energy", {"type": energy, **ENERGIES[energy]}).bind(ops, net, 3)
        rule = registry.make("optimizer", {"type": optimizer, **OPTIMIZERS[optimizer]})
        rule.begin(net, 1)
        rng = np.random.default_rng(1)
        images, labels = ops.samples(rng.normal(size=(6, 1, 4, 4)), np.array([0, 1, 2, 2, 1, 0]))
        shards, slots, energies = Shards(net), rule.init(net.values), []
        trainer = SimpleNamespace(
            net=net,
            shards=shards,
            energy=loss,
            slots=slots,
            samples=(images, labels),
            key=(0,),
            shown=0,
            batch_size=6,
        )
        for age in range(1, 11):
            rule.prepare(trainer)
            trainer.shown += 6
            e, answers = shards.gradient(images, labels, loss, (age,))
            energies.append(float(e.mean()))
            rule.step(net.values, net.grads, slots, age, 0.0)
        assert energies[-1] < energies[0]
        assert isinstance(answers, np.ndarray)
        ends.append(ops.to_host(net.values))
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-12)
