"""Pace: whether other threads help with a call, as the last ones have shown."""

from math import inf

NEWEST = 0.1  # share of the newest call in what one is said to take
MOST = 4.0  # times what is said already that one call may count for
SLOW = 1.25  # times the quickest call with help: from there on some without are tried
TRIED = 8  # every so many calls then
WAKING = 3  # first calls with help, for which the others have still to wake
TRIAL = 10  # calls with help, those among them, before it is said what one takes
AGAIN = 128, 2048  # calls without help before it is tried again: at first, and at most


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
        self.again, self.wait = 0, AGAIN[0]  # the call that tries help again, and how long it waits

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
            self.wait = max(AGAIN[0], self.wait - 1)
            self.again = self.calls + self.wait
            slow = self.seconds[True] > SLOW * self.quickest
            return not (slow and self.calls % TRIED == 0)
        if self.calls < self.again:
            return False
        self.wait = min(2 * self.wait, AGAIN[1])
        self.again = self.calls + self.wait + TRIAL
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
