"""Energies and answers for outputs that one can work out on paper."""

from math import e, exp, log

import numpy as np
import pytest

from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.net import Net
from netkit.passes import Shards
from netkit.testing import check_gradient

CASES = [  # energy, outputs, label, its energy, the class answered, the confidence
    ({"type": "l2"}, [1.0, -1.0, 0.5], 0, 0.5 * 1.5**2, 0, 0.25),
    ({"type": "l2"}, [2.0, -1.0, -3.0], 0, 0.5 * (1 + 4), 0, 1.0),
    ({"type": "l2", "confidence": 1}, [0.5, -1.0, 0.4], 1, 0.5 * (1.5**2 + 4 + 1.4**2), 0, 0.75),
    ({"type": "l2", "confidence": 0}, [1.0, -1.0, -1.0], 0, 0.0, 0, 1.0),
    (
        {"type": "l2", "confidence": 0},
        [0.0, -1.0, 0.5],
        2,
        0.5 * (1 + 0.25),
        2,
        1 - (1 + 0.25) / 12,
    ),
    ({"type": "l2", "factor": 2.0}, [2.0, -2.0, 1.0], 0, 0.5 * 3**2, 0, 0.25),
    ({"type": "l2", "binary_target": True}, [0.5], 0, 0.5 * 0.25, 0, 0.5),
    ({"type": "l2", "binary_target": True}, [-0.5], 0, 0.5 * 2.25, 1, 0.5),
    ({"type": "l2", "binary_target": True, "confidence": 1}, [-0.5], 1, 0.5 * 0.25, 1, 0.75),
    (
        {"type": "l2", "binary_target": True, "confidence": 0},
        [-0.5],
        1,
        0.5 * 0.25,
        1,
        1 - 0.25 / 4,
    ),
    (
        {"type": "cross_entropy"},
        [1.0, -1.0, 0.5],
        0,
        log(e + exp(-1) + exp(0.5)) - 1,
        0,
        e / (e + exp(-1) + exp(0.5)),
    ),
    (
        {"type": "cross_entropy", "smoothing": 0.3},
        [1.0, -1.0, 0.5],
        0,
        log(e + exp(-1) + exp(0.5)) - 0.8 * 1 - 0.1 * (-1 + 0.5),
        0,
        e / (e + exp(-1) + exp(0.5)),
    ),
    ({"type": "focal"}, [log(2), 0.0, 0.0], 0, 0.25 * log(2), 0, 0.5),
    ({"type": "focal", "gamma": 3}, [log(2), 0.0, 0.0], 1, 0.75**3 * log(4), 0, 0.5),
    ({"type": "margin"}, [1.0, -1.0, 0.5], 0, 0.5, 0, 0.5),
    ({"type": "margin"}, [1.0, -1.0, 0.5], 1, 3.0, 0, 0.5),
    ({"type": "margin", "margin": 0.4}, [1.0, -1.0, 0.5], 0, 0.0, 0, 1.0),
]


@pytest.mark.parametrize("kind", ["numpy", "strict"])
@pytest.mark.parametrize(("spec", "y", "label", "energy", "answer", "confidence"), CASES)
def test_by_hand(registry, kind, spec, y, label, energy, answer, confidence):
    loss = registry.make("energy", spec)
    loss.ops = ops = registry.make("backend", {"type": kind})
    outputs = np.array(y).reshape(-1, 1, 1, 1)
    energies, _ = loss.forward(ops.asarray(outputs), ops.asarray([label]))
    assert ops.to_host(energies) == pytest.approx([energy])
    found = [ops.to_host(a).item() for a in loss.answer(ops.asarray(outputs))]
    assert found == [answer, pytest.approx(confidence)]


@pytest.mark.parametrize("spec", [case[0] for case in CASES if case[0].get("binary_target")][:1])
def test_one_output_for_two_classes(registry, spec):
    """The arch's `noutputs` is one then, and its gradient is right."""
    from netkit.build.parts import make_net

    ops = registry.make("backend", {"type": "numpy", "threads": 1})
    cfg = compose(
        "train", ["arch=mlp", "arch.hidden=4", "energy.binary_target=true", "dtype=float64"]
    )
    net = make_net(registry, cfg, (1, 5, 5), classes=2, ops=ops)
    assert net.shapes[-1] == (1, 1, 1)
    energy = registry.make("energy", spec).bind(ops, net, 2)
    images = np.random.default_rng(0).normal(size=(4, 1, 5, 5))
    check_gradient(net, Shards(net), energy, images, np.array([0, 1, 1, 0]))
    with pytest.raises(NetkitError, match="one output tells two classes apart, there are 10"):
        make_net(registry, cfg, (1, 5, 5), classes=10, ops=ops)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_is_pytorchs(registry, smoothing):
    torch = pytest.importorskip("torch")
    loss = registry.make("energy", {"type": "cross_entropy", "smoothing": smoothing})
    loss.ops = registry.make("backend", {"type": "numpy"})
    rng = np.random.default_rng(0)
    y, labels = rng.normal(size=(20, 5)), rng.integers(0, 5, 20)
    outputs = torch.tensor(y, requires_grad=True)
    expected = torch.nn.functional.cross_entropy(
        outputs, torch.tensor(labels), reduction="none", label_smoothing=smoothing
    )
    expected.sum().backward()
    energies, backward = loss.forward(y.T[:, None, None].copy(), labels)
    np.testing.assert_allclose(energies, expected.detach(), rtol=1e-12)
    np.testing.assert_allclose(backward(1.0)[:, 0, 0].T, outputs.grad, rtol=1e-10, atol=1e-12)


def of(registry, **spec):
    loss = registry.make("energy", spec)
    loss.ops = registry.make("backend", {"type": "numpy"})
    return loss


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_focal_is_what_pytorch_makes_of_its_formula(registry, gamma):
    """Far outputs too: an answer of probability 1 - 1e-9 and one of 1e-9."""
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    y, labels = rng.normal(size=(40, 5)) * 8, rng.integers(0, 5, 40)
    outputs = torch.tensor(y, requires_grad=True)
    entropy = torch.nn.functional.cross_entropy(outputs, torch.tensor(labels), reduction="none")
    expected = (1 - torch.exp(-entropy)) ** gamma * entropy
    expected.sum().backward()
    loss = of(registry, type="focal", gamma=gamma)
    energies, backward = loss.forward(y.T[:, None, None].copy(), labels)
    np.testing.assert_allclose(energies, expected.detach(), rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(backward(1.0)[:, 0, 0].T, outputs.grad, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("sure", [30.0, 200.0])
def test_focal_stays_a_number(registry, sure):
    loss = of(registry, type="focal", gamma=0.5)
    y = np.array([sure, 0.0, -sure], np.float32).reshape(3, 1, 1, 1).repeat(3, 3)
    labels, draw = np.arange(3), np.full((3, 1, 1, 3), 0.3)
    energies, backward = loss.forward(y, labels)
    assert np.isfinite(energies).all()
    assert np.isfinite(backward(1.0)).all()
    assert np.isfinite(loss.noise(y, labels, draw)).all()


UNFIT = [  # last layer, energy, what is said; empty: they fit
    ("tanh", {"type": "l2"}, ""),
    ("stdsigmoid", {"type": "l2"}, ""),
    ("sigmoid", {"type": "l2"}, "gives numbers from 0 to 1, and never gets to -1 and 1"),
    ("relu", {"type": "l2"}, "gives numbers from 0 on, and never gets to -1 and 1"),
    ("tanh", {"type": "l2", "factor": 2.0}, "from -1 to 1, and never gets to -2 and 2"),
    ("logsoftmax", {"type": "l2"}, "from -inf to 0, and never gets to -1 and 1"),
    ("tanh", {"type": "cross_entropy"}, "no answer among 4 classes can be surer than 71%: leave"),
    ("sigmoid", {"type": "focal"}, "no answer among 4 classes can be surer than 48%: leave"),
    ("softmax", {"type": "cross_entropy"}, "gives numbers from 0 to 1, so that no answer"),
    ("relu", {"type": "cross_entropy"}, "from 0 on, so that a class cannot be made unlikely"),
    ("logsoftmax", {"type": "cross_entropy"}, ""),
    ("linear", {"type": "cross_entropy"}, ""),
    ("tanh", {"type": "margin"}, ""),
    ("sigmoid", {"type": "margin", "margin": 1.5}, "which never are margin=1.5 apart"),
]


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize(("last", "spec", "said"), UNFIT)
def test_a_last_layer_that_does_not_fit(registry, last, spec, said, inside):
    arguments = {"out": 4} if last == "linear" else {}
    end = {"end": {"type": last, **arguments}}
    first = {"f": {"type": "linear", "out": 4}}
    layers = {"all": {"type": "chain", "layers": first | end}} if inside else first | end
    ops = registry.make("backend", {"type": "numpy"})
    net = Net(registry.layers(layers, 4), (1, 2, 2), ops)
    lines = list(registry.make("energy", spec).bind(ops, net, 4).warnings(net))
    assert len(lines) == bool(said)
    named = "all (chain)" if inside else f"end ({last})"
    assert not said or lines[0].startswith(f"energy: {named}, the last layer, gives")
    assert not said or said in lines[0]


BAD = [
    ({"type": "focal", "gamma": -1}, "gamma=-1: give a number from 0"),
    ({"type": "cross_entropy", "smoothing": 1}, "smoothing=1: give a number from 0 to below 1"),
    ({"type": "l2", "factor": 0}, "factor=0: give a number above 0"),
    ({"type": "l2", "confidence": 3}, "confidence=3: there are 0, 1, 2"),
    ({"type": "margin", "margin": -1}, "margin=-1: give a number above 0"),
]


@pytest.mark.parametrize(("spec", "said"), BAD)
def test_bad_arguments(registry, spec, said):
    with pytest.raises(NetkitError, match=said):
        registry.make("energy", spec)


def test_margin_needs_two(registry):
    ops = registry.make("backend", {"type": "numpy"})
    net = Net({}, (1, 1, 1), ops)
    with pytest.raises(NetkitError, match="it compares classes, and there is 1"):
        registry.make("energy", {"type": "margin"}).bind(ops, net, 1)
