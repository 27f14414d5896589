"""Whether threads help follows from what calls with help and without have taken."""

import random

import pytest

from netkit.backends.native.helpers import Helpers
from netkit.backends.native.library import compiled, library
from netkit.backends.native.pace import AGAIN, TRIAL, TRIED, Pace


def calls(pace, count, shared, alone, waking=1.0):
    """Make calls that take so many ms with help and alone; return how many were helped.

    waking: how many one with help takes after one without.
    """
    draw, helped, slept = random.Random(0), 0, True
    for _ in range(count):
        now = pace.helped()
        helped += now
        seconds = (waking if slept else shared) if now else alone
        slept = not now
        pace.took(now, 1e-3 * seconds * draw.uniform(0.95, 1.05))
    return helped


def test_help_that_helps_is_taken_always():
    assert calls(Pace(), 1000, 0.6, 1.0) == 1000
    assert calls(Pace(), 1000, 0.6, 1.0, waking=50.0) == 1000


def test_a_call_that_was_held_up_is_no_reason():
    pace = Pace()
    calls(pace, 100, 0.6, 1.0)
    pace.took(True, 0.03)
    assert calls(pace, 100, 0.6, 1.0, waking=0.6) > 90


def test_help_that_costs_is_left_and_tried_again_ever_more_rarely():
    pace = Pace()
    calls(pace, 1000, 0.6, 1.0)
    assert calls(pace, 4000, 3.0, 1.2) < 150
    assert calls(pace, 4000, 3.0, 1.2) < 6 * TRIAL  # of 1.2 ms each
    assert pace.wait == AGAIN[1]


def test_help_comes_back_when_it_helps_again():
    pace = Pace()
    calls(pace, 100, 0.6, 1.0)
    calls(pace, 500, 3.0, 1.2)
    assert calls(pace, 1000, 0.6, 1.0) > 500
    assert calls(pace, 1000, 0.6, 1.0) == 1000


def test_a_machine_that_is_slower_for_both_is_no_reason():
    pace = Pace()
    calls(pace, 100, 0.6, 1.0)
    assert calls(pace, 1000, 1.2, 2.0) > 1000 * (TRIED - 1) // TRIED - TRIED


@pytest.mark.skipif(not compiled(), reason="no kernels")
def test_helpers_keep_a_pace_for_each_work():
    helpers = Helpers(1, library())
    with helpers.sharing("learn", 16, count=1) as board:
        assert board
    pace = helpers.paces["learn", 16]
    assert pace.calls == 1
    assert pace.trial == TRIAL - 1
    pace.seconds, pace.trial = {True: 2.0, False: 1.0}, 0
    with helpers.sharing("learn", 16, count=1) as board:
        assert not board
    assert helpers.idle
    with helpers.sharing("learn", 64, count=1) as board:
        assert board
    assert not helpers.idle
    for n in range(500):
        with helpers.sharing("answer", n, count=1):
            pass
    assert len(helpers.paces) < 210
