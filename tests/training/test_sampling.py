"""Which samples an iteration shows, and what is tested after it."""

from types import SimpleNamespace

import numpy as np
import pytest

from netkit.errors import NetkitError
from netkit.optimizer import Optimizer
from netkit.training.sampling import Sampling
from netkit.training.validation import Validation

LABELS = np.repeat([0, 1, 2], [2, 3, 5])


def orders(iterations=3, energies=None, labels=LABELS, seed=0, **settings):
    return [Sampling(**settings).order(labels, k, seed, energies) for k in range(iterations)]


def test_a_pass_shows_each_sample_once_in_another_order_each_time():
    a, b, c = orders()
    for order in (a, b, c):
        assert sorted(order) == list(range(10))
    assert not np.array_equal(a, b)
    assert np.array_equal(a, orders(1)[0])
    assert not np.array_equal(a, orders(1, seed=1)[0])


def test_no_shuffling_keeps_the_order_of_the_data():
    assert all(np.array_equal(order, np.arange(10)) for order in orders(shuffle_passes=False))


def test_epochs_of_a_size_go_on_where_the_last_ended():
    parts = orders(5, epoch_mode=0, epoch_size=4)
    assert [len(p) for p in parts] == [4] * 5
    both = np.concatenate(parts)
    assert sorted(both[:10]) == sorted(both[10:]) == list(range(10))
    assert len(orders(1, epoch_mode=0, epoch_size=25)[0]) == 25
    assert [len(p) for p in orders(2, epoch_mode=0)] == [10, 10]


def test_several_passes_make_an_iteration():
    first, second = orders(2, passes=3)
    assert len(first) == 30
    for part in np.split(np.concatenate([first, second]), 6):
        assert sorted(part) == list(range(10))
    assert not np.array_equal(first[:10], first[10:20])
    assert np.array_equal(np.concatenate([first, second]), np.concatenate(orders(6)))


@pytest.mark.parametrize(("size", "times"), [(1, 256), (10, 26), (255, 2), (256, 1), (5000, 1)])
def test_few_samples_are_passed_over_until_there_are_64_updates(size, times):
    sampling, labels = Sampling(passes="auto", batch_size=4), np.zeros(size, int)
    assert sampling.times(labels) == times
    assert sampling.length(labels) == times * size
    assert -(-sampling.length(labels) // 4) >= 64
    fixed = Sampling(epoch_mode=0, passes="auto", batch_size=4)
    assert fixed.length(labels) == size
    boxes = np.full((size, 3, 5), -1, np.float32)
    assert sampling.length(boxes) == times * size


def test_balanced_classes_repeat_the_small_and_take_turns():
    for order in orders(balanced_training=True):
        assert list(np.bincount(LABELS[order])) == [5, 5, 5]
        assert set(order) == set(range(10))
        assert all(sorted(LABELS[order[k : k + 3]]) == [0, 1, 2] for k in range(0, 15, 3))
    fixed = orders(balanced_training=True, random_class_order=False)[0]
    assert list(LABELS[fixed]) == [0, 1, 2] * 5
    turns = {
        tuple(LABELS[o[k : k + 3]]) for o in orders(balanced_training=True) for k in range(0, 15, 3)
    }
    assert len(turns) > 1


def test_classes_in_given_shares():
    labels = np.arange(300) % 3
    (order,) = orders(1, labels=labels, class_probabilities=[0.5, 0.5, 0])
    assert list(np.bincount(labels[order], minlength=3)) == [150, 150, 0]
    assert list(np.bincount(labels[order[:40]])) == [20, 20]
    with pytest.raises(NetkitError, match="give one number from 0 for each of 3 classes"):
        orders(class_probabilities=[0.5, 0.5])
    for given in (["a", 1, 1], [1, 1, -1], [1, 1, float("nan")], 3):
        with pytest.raises(NetkitError, match="give a list, each a number from 0, or null"):
            orders(class_probabilities=given)


def frequencies(energies, labels=LABELS, **settings):
    settings = {"epoch_mode": 0, "epoch_size": 20000, "sample_probabilities": True, **settings}
    (order,) = orders(1, np.asarray(energies, float), labels, **settings)
    return np.bincount(order, minlength=len(labels)) / len(order)


def test_probabilities_follow_the_energies():
    energies = np.arange(1.0, 11)
    hard = frequencies(energies)
    np.testing.assert_allclose(hard, energies / 55, atol=0.02)
    easy = frequencies(energies, hardest_focus=False)
    np.testing.assert_allclose(easy, (10 - energies) / 45, atol=0.02)
    floor = frequencies(energies, min_sample_weight=1.0)
    np.testing.assert_allclose(floor, 0.1, atol=0.02)
    each = frequencies(energies, per_class_norm=True)
    largest = np.repeat([2, 5, 10], [2, 3, 5])
    np.testing.assert_allclose(each, energies / largest / (energies / largest).sum(), atol=0.02)
    unseen = frequencies([np.nan] * 9 + [5])
    np.testing.assert_allclose(unseen, 0.1, atol=0.02)
    balanced = frequencies(energies, balanced_training=True)
    np.testing.assert_allclose([balanced[:2].sum(), balanced[2:5].sum()], [1 / 3, 1 / 3], atol=0.02)
    assert frequencies(np.zeros(10)).min() > 0.05  # all of them perfect: none is left out


def test_right_answers_have_no_gradient(registry):
    ops = registry.make("backend", {"type": "numpy"})
    energy = registry.make("energy", {"type": "l2"})
    energy.ops = ops
    y = np.array([[1.0, 0.2], [-1.0, 0.1]]).reshape(2, 1, 1, 2)
    labels = np.array([0, 1])  # the first is right, the second wrong
    wrong = Sampling(ignore_correct=True).learns(energy)
    for scale in (0.5, np.array([0.5, 0.25])):
        dy, all_of_it = wrong.forward(y, labels)[1](scale), energy.forward(y, labels)[1](scale)
        assert not dy[..., 0].any()
        assert np.array_equal(dy[..., 1], all_of_it[..., 1])
    assert np.array_equal(wrong.forward(y, labels)[0], energy.forward(y, labels)[0])


BAD = [
    (Sampling, {"epoch_mode": 2}, "epoch_mode=2: there are 0"),
    (Sampling, {"epoch_size": 0}, "epoch_size=0: give a whole number from 1"),
    (Sampling, {"balanced_training": "maybe"}, "balanced_training=maybe: give true or false"),
    (Sampling, {"min_sample_weight": 2}, "min_sample_weight=2: give a number from 0 to 1"),
    (Validation, {"max_testing": -1}, "max_testing=-1: give a whole number from 0"),
    (Validation, {"early_stopping": 0}, "early_stopping=0: give a whole number from 1"),
    (
        Validation,
        {"early_stopping": 1, "no_testing_test": True},
        "early_stopping=1: needs the tests",
    ),
]


@pytest.mark.parametrize(("cls", "settings", "message"), BAD)
def test_bad_settings(cls, settings, message):
    with pytest.raises(NetkitError, match=message):
        cls(**settings)


IDLE = [
    ({}, []),
    ({"epoch_size": 5}, ["epoch_size=5"]),
    (
        {"hardest_focus": False, "per_class_norm": True, "min_sample_weight": 0.1},
        ["hardest", "per_class", "min_sam"],
    ),
    ({"sample_probabilities": True, "shuffle_passes": False}, ["shuffle_passes=false"]),
    ({"random_class_order": False}, ["random_class_order"]),
    (
        {"random_class_order": False, "balanced_training": True, "epoch_size": 5, "epoch_mode": 0},
        [],
    ),
]


@pytest.mark.parametrize(("settings", "starts"), IDLE)
def test_settings_without_effect_are_named(settings, starts):
    lines = list(Sampling(**settings).unused_settings())
    assert len(lines) == len(starts)
    assert all(
        line.startswith(start) and "no effect" in line
        for line, start in zip(lines, starts, strict=True)
    )


def test_early_stopping():
    rows = [{"test_correct": c} for c in (90, 92, 92, 91)]

    def stops(rows, iterations=8, warmup=0.0, early_stopping=2):
        optimizer = Optimizer(1.0, warmup=warmup)
        trainer = SimpleNamespace(rows=rows, iterations=iterations, optimizer=optimizer)
        return bool(Validation(early_stopping=early_stopping).stop(trainer))

    assert [stops(rows[:n]) for n in range(5)] == [False, False, False, False, True]
    assert [stops(rows, warmup=w / 8) for w in (2, 2.5, 3)] == [True, False, False]
    assert not stops(rows, iterations=4)  # it ends there anyway
    assert not stops(rows, early_stopping=None)
    assert [Validation().best(rows[:n]) for n in (1, 2, 3, 4)] == [True, True, True, False]
