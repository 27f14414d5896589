"""Controls: what the page asks of a run, and what it is shown; between two threads."""

import threading
import time

SECONDS = 3.0  # without a question, after which nobody looks any more


class Controls:
    """What the server's threads write and the run reads between two updates, and the reverse.

    heed: whether the run has to look here at all; the one thing that it asks at each update while
    nobody looks.  allowed: updates that a paused run may make.  eta: that it is asked to take, None
    for none.  speed: updates a second at most, 0 for as many as there can be.  chosen: the number
    of the sample that is shown.
    """

    def __init__(self, paused: bool = False) -> None:
        self.changed = threading.Condition()
        self.heed = paused
        self.paused = paused
        self.allowed = 0
        self.eta: float | None = None
        self.speed = 0.0
        self.chosen = 0
        self.asked = -SECONDS  # when the page asked last
        self.shown = b""
        self.version = 0  # of `shown`
        self.given = -1  # the version that the page was given last

    # ---- for the server's threads ----

    def look(self, chosen: int) -> bytes:
        """Return what was published last; the next is about the sample `chosen`."""
        with self.changed:
            self.asked = time.monotonic()
            self.heed = True
            if chosen != self.chosen:
                self.chosen = chosen
                self.changed.notify_all()
            self.given = self.version
            return self.shown

    def ask(
        self,
        what: str | None = None,
        *,
        eta: float | None = None,
        speed: float | None = None,
    ) -> None:
        """Ask for "pause", "go" or "step", another eta or speed."""
        with self.changed:
            self.heed = True
            if what is not None:
                self.paused = what != "go"
                self.allowed = int(what == "step")
            self.eta = self.eta if eta is None else eta
            self.speed = self.speed if speed is None else speed
            self.changed.notify_all()

    # ---- for the run ----

    def publish(self, shown: bytes) -> None:
        """Show this from now on."""
        with self.changed:
            self.shown = shown
            self.version += 1

    def wait(self, seconds: float) -> None:
        """Wait for something to be asked, holding nothing meanwhile; so long at most."""
        with self.changed:
            self.changed.wait(seconds)

    def take_eta(self) -> float | None:
        """Return the eta that was asked for since the last time."""
        with self.changed:
            eta, self.eta = self.eta, None
            return eta

    def may_step(self) -> bool:
        """Return whether the next update may be made, and count it."""
        with self.changed:
            if not self.paused:
                return True
            self.allowed -= 1
            if self.allowed >= 0:
                return True
            self.allowed = 0
            return False

    def watched(self) -> bool:
        """Return whether somebody has looked in the last seconds."""
        return time.monotonic() - self.asked < SECONDS

    def rest(self) -> None:
        """Heed no more, if nobody looks and nothing is asked."""
        with self.changed:
            idle = not (self.paused or self.speed or self.eta is not None)
            self.heed = not (idle and not self.watched())
