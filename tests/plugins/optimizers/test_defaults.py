"""What an optimizer does when nothing is said: what its paper or PyTorch has."""

import pytest

DEFAULTS = {
    "sgd": {"eta": 1e-2, "inertia": 0.0, "nesterov": False},
    "adam": {"eta": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "decay": 0.0},
    "rmsprop": {"eta": 1e-3, "beta": 0.99, "epsilon": 1e-8, "inertia": 0.0},
    "muon": {"eta": 1e-3, "momentum": 0.95, "steps": 5, "beta1": 0.9, "beta2": 0.999},
    "sdlm": {"eta": 1e-4, "mu": 0.02, "ndiaghessian": 100, "hessian_period": 4000},
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_defaults(registry, name):
    rule = registry.make("optimizer", {"type": name})
    assert {key: getattr(rule, key) for key in DEFAULTS[name]} == DEFAULTS[name]
    assert rule.rate(0.0, 1) == DEFAULTS[name]["eta"]
