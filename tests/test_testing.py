"""The checks that plugins' authors run: they pass what is right, and name what is wrong."""

import numpy as np
import pytest

from netkit import Optimizer
from netkit.checks import Positive
from netkit.plugins.energies.cross_entropy import CrossEntropy
from netkit.plugins.energies.l2 import L2
from netkit.testing import check_energy, check_optimizer

ENERGIES = {  # registered name -> arguments and numbers of classes to check it with
    "l2": [({}, 3), ({"factor": 0.7, "confidence": 0}, 4), ({"binary_target": True}, 2)],
    "cross_entropy": [({}, 3), ({}, 2), ({"smoothing": 0.1}, 4)],
    "focal": [({}, 3), ({"gamma": 0}, 3), ({"gamma": 0.5}, 4), ({"gamma": 5}, 2)],
    "margin": [({}, 3), ({"margin": 2.0}, 5)],
    "boxes": [({}, 3), ({"radius": 0.5, "gamma": 0.5, "alpha": 0.4, "box_weight": 2.0}, 1)],
}
OPTIMIZERS = {  # registered name -> arguments
    "sgd": [{}, {"eta": 0.1, "inertia": 0.5}, {"inertia": 0.9, "nesterov": True, "reg_l2": 0.1}],
    "adam": [{}, {"eta": 0.05, "gradient_threshold": 0.1}, {"decay": 0.1}],
    "muon": [{}, {"eta": 0.05, "decay": 0.1, "momentum": 0.5}],
    "rmsprop": [{}, {"eta": 0.01, "inertia": 0.5}],
    "sdlm": [{"eta": 0.01}, {"eta": 0.1, "ndiaghessian": 5, "hessian_period": 60}],
}


def rows(table):
    return [(name, each) for name, cases in table.items() for each in cases]


def test_the_tables_are_complete(registry):
    assert set(ENERGIES) == set(registry.found["energy"])
    assert set(OPTIMIZERS) == set(registry.found["optimizer"])


@pytest.mark.parametrize(("name", "case"), rows(ENERGIES))
def test_every_energy(registry, name, case):
    arguments, classes = case
    check_energy(lambda: registry.make("energy", {"type": name, **arguments}), classes)


@pytest.mark.parametrize(("name", "arguments"), rows(OPTIMIZERS))
def test_every_optimizer(registry, name, arguments):
    check_optimizer(
        lambda: registry.make("optimizer", {"type": name, **arguments}),
        decays="decay" in arguments,
    )


# ---- what a wrong one is caught for ----


class TwiceTheGradient(L2):
    def forward(self, y, labels):
        energies, backward = super().forward(y, labels)
        return energies, lambda scale: backward(2 * scale)


class OneEnergy(L2):
    def forward(self, y, labels):
        energies, backward = super().forward(y, labels)
        return energies.sum(), backward


class FlatGradient(L2):
    def forward(self, y, labels):
        energies, backward = super().forward(y, labels)
        return energies, lambda scale: backward(scale)[:, 0, 0]


class WithoutScale(L2):
    def forward(self, y, labels):
        energies, backward = super().forward(y, labels)
        return energies, lambda scale: backward(1.0)


class InPlace(L2):
    def forward(self, y, labels):
        y *= 2
        return super().forward(y, labels)


class InFloat64(L2):
    def forward(self, y, labels):
        energies, backward = super().forward(y, labels)
        return energies.astype("float64"), backward


class OnTheHost(L2):
    def forward(self, y, labels):
        return super().forward(np.asarray(y) * 1.0, labels)


class Sure(L2):
    def answer(self, y):
        return y.argmax(0), 2 + y.max(0)


class OneAnswer(L2):
    def answer(self, y):
        return y[:, 0, 0].argmax(0), y[:, 0, 0].max(0)


class Named(L2):
    def answer(self, y):
        return y.argmax(0) + 0.5, super().answer(y)[1]


class Beyond(L2):
    def answer(self, y):
        return y.argmax(0) + 1, super().answer(y)[1]


class Apart(L2):
    def best(self, y):
        return y.argmin(0)


class Noisy(CrossEntropy):
    def noise(self, y, labels, uniform):
        return 2.0 * (uniform < 0.5) - 1.0


class Leaning(CrossEntropy):
    def noise(self, y, labels, uniform):
        return super().noise(y, labels, uniform) + 0.5


@pytest.mark.parametrize(
    ("energy", "message"),
    [
        (TwiceTheGradient, "output 0 of sample .*: gradient .*, differences"),
        (OneEnergy, r"forward's energies: shape \(\), give \(20,\)"),
        (FlatGradient, r"backward's gradient: shape \(3, 20\), give \(3, 1, 1, 20\)"),
        (WithoutScale, "not backward.1.0. times scale"),
        (InPlace, "forward changed y"),
        (InFloat64, "forward's energies: float64, give float32"),
        (Sure, "a confidence is not in 0..1"),
        (OneAnswer, r"the answered classes: shape \(20,\), give \(1, 1, 20\)"),
        (Named, "the answered classes are float64: give whole numbers"),
        (Beyond, "there are 3 classes, answered 3"),
        (Apart, "best gives other classes than answer"),
        (Noisy, "noise has the covariance"),
        (Leaning, "the mean of noise is"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_wrong_energy_is_caught(energy, message):
    with pytest.raises(AssertionError, match=message):
        check_energy(energy)


def test_an_energy_that_leaves_the_device_is_caught():
    with pytest.raises(TypeError, match="implicit conversion to a numpy array"):
        check_energy(OnTheHost)


class Rule(Optimizer):
    slots = ("v",)

    def __init__(self, eta: Positive = 0.1, **common):
        super().__init__(eta, **common)


class Uphill(Rule):
    def update(self, x, dx, slots, age, rate):
        x += rate * dx


class Rebound(Rule):
    """Makes a new array instead of changing the slot: the momentum is forgotten."""

    kept = 0.0

    def update(self, x, dx, slots, age, rate):
        self.kept = 0.5 * self.kept + dx
        x -= rate * self.kept


class Restless(Rule):
    def update(self, x, dx, slots, age, rate):
        x -= rate * dx + 1e-3


class Undeclared(Rule):
    def init(self, x):
        return {"v": x * 0, "w": x * 0}


class Narrow(Rule):
    def init(self, x):
        return {"v": x[:1] * 0}


class Coarse(Rule):
    def update(self, x, dx, slots, age, rate):
        x -= rate * (dx * 4096).astype("int64") / 4096 + (0.5 * dx if x.dtype == "float32" else 0)


class Numpys(Rule):
    def update(self, x, dx, slots, age, rate):
        x -= rate * np.asarray(dx)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (Uphill, "50 steps took the energy from .* to .*: give a rule, or an eta"),
        (Rebound, "resumed from its slots it goes on with other numbers"),
        (Restless, "a gradient of zero moves the weights"),
        (Undeclared, r"init made the slots \['v', 'w'\], the class names \['v'\]"),
        (Narrow, "slot v: .* give a vector like the weights"),
        (Coarse, "float32 or strict differ from float64"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_wrong_optimizer_is_caught(rule, message):
    with pytest.raises(AssertionError, match=message):
        check_optimizer(rule)


def test_an_optimizer_that_leaves_the_device_is_caught():
    with pytest.raises(TypeError, match="implicit conversion to a numpy array"):
        check_optimizer(Numpys)
