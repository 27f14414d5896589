"""Pace: whether other threads help with a call, as the last ones have shown."""

from math import inf

NEWEST = 0.1  # share of the newest call in what one is said to take
MOST = 4.0  # times what is said already that one call may count for
SLOW = 1.25  # times the quickest call with help: from there on some without are tried
TRIED = 8  # every so many calls then
WAKING = 2  # first calls with help, for which the others have still to wake
TRIAL = 6  # calls with help, those among them, before it is said what one takes
AGAIN = 0.02, 1.0  # seconds without help before it is tried again: at first, and at most
SHORTER = 0.98  # that wait after each call with help


class Pace:
    """What calls of the same work take with other threads and without, and which is quicker now.

    Where other processes use the machine, a thread that has begun may stand still for milliseconds,
    and the others wait for it: then one thread alone is quicker. What is computed is the same.
    """

    def __init__(self) -> None:
        self.seconds = {True: 0.0, False: inf}  # of a call, with help or without; 0: not known yet
        self.quickest = inf  # with help
        self.calls = 0
        self.trial = TRIAL  # calls of it that are left
        self.wait = self.left = AGAIN[0]  # without help, before it is tried again

    @property
    def alone(self) -> bool:
        """Whether one thread alone is quicker."""
        return not self.trial and self.seconds[False] < self.seconds[True]

    def helped(self) -> bool:
        """Return whether others are to help with the call that comes."""
        self.calls += 1
        if self.trial:
            return True
        if not self.alone:
            self.wait = self.left = max(AGAIN[0], SHORTER * self.wait)
            slow = self.seconds[True] > SLOW * self.quickest
            return not (slow and self.calls % TRIED == 0)
        if self.left > 0:
            return False
        self.wait = self.left = min(2 * self.wait, AGAIN[1])
        self.trial, self.seconds[True] = TRIAL, 0.0
        return True

    def took(self, helped: bool, seconds: float) -> None:
        """Note what a call has taken."""
        if helped and self.trial:
            self.trial -= 1
            if self.trial >= TRIAL - WAKING:
                return
        before = self.seconds[helped]
        known = 0 < before < inf
        newest = min(seconds, MOST * before) if known else seconds
        self.seconds[helped] = before + NEWEST * (newest - before) if known else seconds
        if helped:
            self.quickest = min(self.quickest, seconds)
        else:
            self.left -= seconds
