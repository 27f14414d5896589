"""The rate finder: its rates, its proposal on curves made by hand, and that it changes nothing."""

import csv
from itertools import pairwise

import numpy as np
import pytest

from netkit.build.training import make_trainer
from netkit.commands.train import train
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.plugins.optimizers.sgd import Sgd
from netkit.training.rate_finder import RateFinder, diverged, proposed, smoothed

SMALL = (
    "arch=linear",
    "data=synthetic",
    "threads=1",
    "batch_size=8",
    "optimizer=sgd",
    "dtype=float64",
    "+arch.layers.n0={type: batchnorm}",
)


def trainer_of(registry, folder, *words):
    return make_trainer(registry, compose("train", [*SMALL, *words]), folder)


def test_each_update_has_its_rate_and_nothing_is_changed(registry, tmp_path, monkeypatch):
    """The steps are those of plain descent with rates that rise by one factor, decay included."""
    seen, real = [], Sgd.update

    def update(rule, x, dx, slots, age, rate):
        seen.append((x.copy(), dx.copy(), rate))
        real(rule, x, dx, slots, age, rate)

    monkeypatch.setattr(Sgd, "update", update)
    words = "momentum=0", "anneal_value=1", "anneal_period=8", "schedule=onecycle", "eta=7"
    trainer = trainer_of(registry, tmp_path, *words)
    before = trainer.net.values.copy(), trainer.net.state.copy()
    rule = trainer.optimizer
    found = RateFinder(1e-5, 1e-2, 40).run(trainer)
    assert np.allclose(found.rates, np.geomspace(1e-5, 1e-2, 40))
    assert [rate for _, _, rate in seen] == pytest.approx(found.rates)
    for (x, dx, rate), (after, _, _) in pairwise(seen):
        np.testing.assert_allclose(after, x - rate * dx)
    assert trainer.optimizer is rule
    assert rule.eta == 7
    assert rule.anneal_value == 1
    assert all(map(np.array_equal, before, (trainer.net.values, trainer.net.state)))
    assert not list(tmp_path.iterdir())


def test_it_ends_where_the_energy_grows(registry, tmp_path):
    found = RateFinder(1e-4, 1e6, 200).run(trainer_of(registry, tmp_path, "energy=l2"))
    assert 33 < len(found.rates) < 200
    assert np.isfinite(found.energies).all()
    assert found.smooth[-1] > 2 * found.smooth.min()
    best = found.rates[found.smooth.argmin()]
    assert found.eta == pytest.approx(best / 4, rel=0.05)


def test_the_energy_of_a_wide_valley():
    """The smallest of a smooth curve, a quarter of its rate, two digits."""
    rates = np.geomspace(1e-6, 10, 140)
    curve = (np.log10(rates) + 2) ** 2 + 1  # its smallest is at 0.01
    noise = np.random.default_rng(0).normal(size=140) * 0.05
    assert proposed(rates, curve + noise) == pytest.approx(0.0025, rel=0.3)


CHANCE = np.random.default_rng(0).uniform(0.5, 1.5, 60)


@pytest.mark.parametrize(
    "curve", [np.ones(60), np.linspace(1, 9, 60), np.linspace(1, 0.99, 60), CHANCE]
)
def test_no_rate_is_proposed_where_none_helps(curve):
    assert proposed(np.geomspace(1e-6, 10, 60), curve) is None


def test_smoothing_keeps_a_straight_line_and_the_number_of_energies():
    line = np.arange(50.0)
    assert smoothed(line)[10:-10] == pytest.approx(line[10:-10])
    assert len(smoothed(line)) == 50
    assert smoothed(np.ones(30)) == pytest.approx(1)
    assert smoothed(line[:3]).tolist() == [0, 1, 2]


def test_what_counts_as_divergence():
    flat = [1.0] * 40
    assert not diverged(flat)
    assert not diverged([*flat, 6.0])  # one batch
    assert diverged([*flat, *[9.0] * 6])
    assert diverged([1.0, float("nan")])
    assert diverged([1.0, float("inf")])
    assert not diverged([1.0, 90.0])  # too few to say


BAD = [
    ({"find_rate_from": 0}, "find_rate_from=0: give a number above 0"),
    ({"find_rate_from": 1, "find_rate_to": 1}, "find_rate_from=1: find_rate_to=1 must be larger"),
    ({"find_rate_updates": 5}, "find_rate_updates=5: give 33 or more"),
]


@pytest.mark.parametrize(("arguments", "said"), BAD)
def test_bad_arguments(arguments, said):
    with pytest.raises(NetkitError, match=said):
        RateFinder(**arguments)


def test_the_command(tmp_path, capsys):
    """One rate, its curve, and what to type; no weights are written."""
    words = "energy=cross_entropy", "find_rate=true", "find_rate_updates=60", "eta=0.3"
    cfg = compose("train", [*SMALL, *words])
    cfg["command"] = "netkit train arch=linear find_rate=true 'class_weight={a: 1}' eta=0.3"
    found = train(cfg, tmp_path / "run")
    first, curve, following = capsys.readouterr().out.splitlines()
    assert first.startswith(f"eta={found['eta']:g}: the energy was smallest at ")
    assert curve == f"its curve: {tmp_path / 'run' / 'rate_finder.png'}"
    assert (
        following == f"next: netkit train arch=linear 'class_weight={{a: 1}}' eta={found['eta']:g}"
    )
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names == {"rate_finder.png", "rate_finder.csv"}
    text = (tmp_path / "run" / "rate_finder.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    assert float(rows[0]["eta"]) == pytest.approx(1e-6)
    assert 33 <= len(rows) <= 60


def test_no_rate_is_one_line(tmp_path):
    words = "find_rate=true", "find_rate_from=1e-9", "find_rate_to=1e-8", "find_rate_updates=40"
    with pytest.raises(NetkitError, match="did not fall at any rate from 1e-09 to 1e-08") as raised:
        train(compose("train", [*SMALL, *words]), tmp_path)
    assert "\n" not in str(raised.value)


def test_how_a_run_diverges_hides_no_fall_before_it():
    """As energies of boxes do, whose batches differ a lot once the rate is too large."""
    rng = np.random.default_rng(0)
    energies = np.concatenate([np.linspace(2.3, 1.2, 110), np.linspace(1.2, 4.5, 40)])
    energies[:110] += rng.normal(0, 0.05, 110)
    energies[110:] *= rng.lognormal(0, 1, 40)
    assert proposed(np.geomspace(1e-6, 10, 150), energies) is not None
