"""Schedules against PyTorch's, at the ends of their parts, and what is said of unfit settings."""

import re

import pytest

from netkit.errors import NetkitError
from netkit.net import Net
from netkit.plugins.optimizers.sgd import Sgd
from netkit.schedule import FALLS, Schedule

PLACES = {  # schedule, arguments: factors at the start, after 0.1, in the middle, at the end
    "constant": ({}, (1, 1, 1, 1)),
    "linear": ({}, (1, 0.9, 0.5, 0)),
    "cosine": ({}, (1, 0.976, 0.5, 0)),
    "step": ({}, (1, 1, 0.1, 0.01)),
    "onecycle": ({}, (0.04, 0.52, 0.691, 0)),
}
CHANGED = [
    ("constant", {"warmup": 0.2, "start_factor": 0}, (0, 0.5, 1, 1)),
    ("linear", {"warmup": 0.2, "end_factor": 0.1}, (0.04, 0.52, 0.1 + 0.9 * 0.625, 0.1)),
    ("cosine", {"warmup": 0.2, "start_factor": 0.5}, (0.5, 0.75, 0.691, 0)),
    ("step", {"warmup": 0.2, "milestones": [0.3], "step_factor": 0.5}, (0.04, 0.52, 0.5, 0.5)),
    ("onecycle", {"warmup": 0}, (1, 0.976, 0.5, 0)),
]


@pytest.mark.parametrize(
    ("name", "arguments", "factors"), [(n, *case) for n, case in PLACES.items()] + CHANGED
)
def test_factors(name, arguments, factors):
    found = [Schedule(name, **arguments)(t) for t in (0, 0.1, 0.5, 1)]
    assert found == pytest.approx(factors, abs=1e-3)


def test_every_schedule_has_a_row():
    assert set(PLACES) == set(FALLS)


def rates_of_torch(make, steps):
    torch = pytest.importorskip("torch")
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=2.0)
    scheduler = make(torch.optim.lr_scheduler, optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def test_onecycle_is_pytorchs():
    """PyTorch's steps reach from the start of the run to its end, one place apart."""
    expected = rates_of_torch(
        lambda torchs, optimizer: torchs.OneCycleLR(
            optimizer, 2.0, total_steps=41, pct_start=11 / 41, final_div_factor=10
        ),
        41,
    )
    ours = Schedule("onecycle", 10 / 40, end_factor=1 / 250)
    assert [2 * ours(k / 40) for k in range(41)] == pytest.approx(expected)


def test_warmup_and_cosine_are_pytorchs():
    def make(torchs, optimizer):
        rise = torchs.LinearLR(optimizer, 0.04, total_iters=10)
        fall = torchs.CosineAnnealingLR(optimizer, 30, eta_min=0.2)
        return torchs.SequentialLR(optimizer, [rise, fall], [10])

    ours = Schedule("cosine", 0.25, end_factor=0.1)
    expected = rates_of_torch(make, 40)
    assert [2 * ours(k / 40) for k in range(40)] == pytest.approx(expected)


def test_steps_are_pytorchs():
    expected = rates_of_torch(lambda torchs, optimizer: torchs.MultiStepLR(optimizer, [20, 30]), 40)
    assert [2 * Schedule("step")(k / 40) for k in range(40)] == pytest.approx(expected)


BAD = [
    ({"warmup": 1}, "warmup=1: give a number from 0 to below 1, or null"),
    ({"warmup_iterations": 0}, "warmup_iterations=0: give a number above 0, or null"),
    ({"warmup": 0.1, "warmup_iterations": 2}, "warmup=0.1: warmup_iterations=2 says it too"),
    ({"start_factor": 2}, "start_factor=2: give a number from 0 to 1"),
    ({"end_factor": -1}, "end_factor=-1: give a number from 0 to 1"),
    ({"milestones": [0.5, 2]}, "milestones=2: give a number from 0 to 1"),
    ({"milestones": 0.5}, r"milestones=0.5: give a list of shares, \[0.5, 0.75\]"),
    ({"milestones": ["a"]}, "milestones=a: give a number from 0 to 1"),
    ({"step_factor": 0}, "step_factor=0: give a number above 0"),
]


@pytest.mark.parametrize(("arguments", "said"), BAD)
def test_bad_arguments(arguments, said):
    with pytest.raises(NetkitError, match=said):
        Sgd(0.1, **arguments)


def test_a_warmup_in_iterations(registry):
    net = Net({}, (1, 1, 1), registry.make("backend", {"type": "numpy"}))
    rule = Sgd(1.0, schedule="cosine", warmup_iterations=2)
    rule.begin(net, 8)
    assert rule.schedule.warmup == 0.25
    with pytest.raises(NetkitError, match="warmup_iterations=2: the run has iterations=2"):
        rule.begin(net, 2)


UNUSED = [
    ({"end_factor": 0.1}, "end_factor=0.1 has no effect with schedule=constant: it is where"),
    ({"start_factor": 0.1}, "start_factor=0.1 has no effect without warmup"),
    ({"milestones": [0.1]}, r"milestones=\[0.1\] has no effect without schedule=step"),
    ({"step_factor": 0.5}, "step_factor=0.5 has no effect without schedule=step"),
    ({"reg_biases": False}, "reg_biases=false has no effect without weight decay"),
]


@pytest.mark.parametrize(("arguments", "said"), UNUSED)
def test_settings_without_effect_are_named(arguments, said):
    (line,) = Sgd(0.1, **arguments).unused_settings()
    assert re.match(said, line)


def test_settings_that_have_one_are_not():
    used = [
        Sgd(0.1, schedule="step", milestones=[0.1], step_factor=0.5),
        Sgd(0.1, schedule="cosine", warmup=0.1, start_factor=0.1, end_factor=0.1),
        Sgd(0.1, warmup_iterations=1, start_factor=0.1),
    ]
    assert not [line for rule in used for line in rule.unused_settings()]
