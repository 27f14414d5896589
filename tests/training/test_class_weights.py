"""Class weights in any energy: gradients, PyTorch's numbers, what they are said to be."""

import numpy as np
import pytest

from netkit.commands.train import run
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.testing import check_energy
from netkit.training.class_weights import Weighted, class_weights, weighted

NAMES = ["cat", "dog", "emu"]
LABELS = np.array([0, 0, 0, 2])
GIVEN = [
    ("balanced", [4 / 6, 1, 4 / 2]),  # n / (classes that are there * samples of this one)
    ([1, 2.5, 0], [1, 2.5, 0]),
    ({"dog": 3}, [1, 3, 1]),
    ({"cat": 0.5, "emu": 2}, [0.5, 1, 2]),
]


@pytest.mark.parametrize(("given", "expected"), GIVEN)
def test_what_can_be_given(given, expected):
    assert class_weights(given, NAMES, LABELS) == pytest.approx(expected)


def test_balanced_weights_have_the_mean_one():
    labels = np.random.default_rng(0).choice(3, 100, p=[0.7, 0.2, 0.1])
    assert class_weights("balanced", NAMES, labels)[labels].mean() == pytest.approx(1)


BAD = [
    ("even", "class_weight='even': give balanced, a list of 3 numbers, one a class, or {NAME"),
    ([1, 2], r"class_weight=\[1, 2\]: give balanced, a list of 3 numbers"),
    (2, "class_weight=2: give balanced, a list of 3 numbers"),
    ([1, 2, -1], "class_weight=-1: give a number from 0"),
    ([1, 2, "x"], "class_weight=x: give a number from 0"),
    ([0, 0, 0], "nothing would be learnt"),
    ({"cow": 2}, "class_weight={'cow': 2}: there is no class cow: there are cat, dog, emu"),
    ({"cat": None}, "class_weight=None: give a number from 0"),
]


@pytest.mark.parametrize(("given", "said"), BAD)
def test_bad_arguments(given, said):
    with pytest.raises(NetkitError, match=said):
        class_weights(given, NAMES, LABELS)


class Checked(Weighted):
    """A weighted energy that hands the backend on, as check_energy sets it from outside."""

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        if name == "ops":
            self.energy.ops = value


@pytest.mark.parametrize("inner", ["l2", "cross_entropy", "focal"])
def test_gradients_and_noise(registry, inner):
    """Finite differences, and noise whose covariance is the weighted second derivative."""

    def make():
        return Checked(registry.make("energy", {"type": inner}), np.array([0.5, 2.0, 3.0]), NAMES)

    check_energy(make, 3)


def test_cross_entropy_is_pytorchs(registry):
    torch = pytest.importorskip("torch")
    ops = registry.make("backend", {"type": "numpy"})
    inner = registry.make("energy", {"type": "cross_entropy"})
    inner.ops = ops
    rng = np.random.default_rng(0)
    y, labels, weights = rng.normal(size=(20, 3)), rng.integers(0, 3, 20), [0.5, 2.0, 3.0]
    energy = weighted(inner, weights, NAMES, labels)
    outputs = torch.tensor(y, requires_grad=True)
    expected = torch.nn.functional.cross_entropy(
        outputs, torch.tensor(labels), torch.tensor(weights).double(), reduction="none"
    )
    expected.sum().backward()
    energies, backward = energy.forward(y.T[:, None, None].copy(), labels)
    np.testing.assert_allclose(energies, expected.detach(), rtol=1e-12)
    np.testing.assert_allclose(backward(1.0)[:, 0, 0].T, outputs.grad, rtol=1e-10, atol=1e-12)


def test_nothing_given_changes_nothing(registry):
    energy = registry.make("energy", {"type": "l2"})
    assert weighted(energy, None, NAMES, LABELS) is energy


SMALL = "arch=linear", "data=synthetic", "threads=1", "batch_size=8", "iterations=3", "eta=0.05"


@pytest.mark.parametrize("optimizer", ["sgd", "sdlm"])
def test_a_class_of_weight_nothing_is_not_learnt(tmp_path, capsys, optimizer):
    words = *SMALL, f"optimizer={optimizer}", "energy=cross_entropy"
    net = run(compose("train", [*words, "class_weight=[1,1,1,0]"]), tmp_path)
    said = capsys.readouterr().out
    assert "\nweighted class 0=1, class 1=1, class 2=1, class 3=0\n" in said
    assert 3 not in net.tested.answers
    assert len(set(net.tested.answers.tolist())) == 3
    both = run(compose("train", [*words]), tmp_path / "both")
    assert 3 in both.tested.answers
