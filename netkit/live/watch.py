"""Live: what tells the page of a run, and lets the page pause, step and steer it."""

import logging
import socket
import threading
import time
from typing import TYPE_CHECKING

from netkit.errors import NetkitError
from netkit.files import CannotWrite
from netkit.live.controls import Controls
from netkit.live.curve import Curve
from netkit.live.server import application
from netkit.live.snapshot import Snapshot
from netkit.play.serving import HOST, server_of
from netkit.plugins.visualizers.console import say
from netkit.types import Array
from netkit.visualizer import Visualizer

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer

log = logging.getLogger("netkit")
OFTEN = 0.2  # seconds between two snapshots at least
SHARE = 4  # times as long as a snapshot takes, the run trains before the next
WAIT = 0.2  # seconds in one piece that a run which is paused waits
LAST = 2.0  # seconds that the end of a run waits for the page to fetch it


class Live(Visualizer):
    """Serve a page about a run while it trains.

    listener: the socket to answer at, closed at the end.  paused: whether to wait for the page
    before the first update.  While nobody looks, an update costs a sum and a question.
    """

    def __init__(self, listener: socket.socket, paused: bool = False) -> None:
        self.listener = listener
        self.controls = Controls(paused)
        self.chosen = 0  # the sample that was shown last
        self.due = False  # whether this update is to be shown
        self.next = 0.0  # when the next snapshot may be made
        self.last = 0.0  # when the last update was made, of a run that is slowed down
        self.stepping = False
        self.thread: threading.Thread | None = None
        self.grads: Array | None = None
        self.problem = ""

    def start(self, trainer: "Trainer") -> None:
        self.trainer = trainer
        self.curve = Curve(trainer.step)
        self.snapshot = Snapshot(trainer)
        self.server = server_of(application(self.snapshot.facts(), self.controls))
        self.thread = threading.Thread(
            target=self.server.run, args=([self.listener],), name="netkit-live", daemon=True
        )
        self.publish()
        self.thread.start()
        trainer.steering.watch = self.before
        say(f"watch it learn at {self.address}")
        if self.controls.paused and trainer.iteration < trainer.iterations:
            self.hold()

    @property
    def address(self) -> str:
        """Where a browser finds the page."""
        return f"http://{HOST}:{self.listener.getsockname()[1]}"

    def before(self, trainer: "Trainer") -> None:
        """Keep the gradient of an update that is to be shown."""
        if self.controls.heed and time.monotonic() >= self.next:
            self.due = True
            self.grads = trainer.net.ops.to_host(trainer.net.grads).copy()

    def step(self, trainer: "Trainer") -> None:
        self.curve.add(*trainer.steering.met)
        if self.controls.heed:
            self.look()

    def look(self) -> None:
        """Show the run if it is time to, take what the page asks for, and wait if it says so."""
        controls = self.controls
        self.steer()
        if self.due and controls.watched():
            self.publish()
        self.due = False
        if controls.speed and not controls.paused:
            self.slow_down()
        if not controls.may_step():
            self.hold()
        controls.rest()

    def slow_down(self) -> None:
        """Wait until the next update is due, at the speed that the page asks for."""
        controls = self.controls
        while controls.speed and not controls.paused:
            left = self.last + 1 / controls.speed - time.monotonic()
            if left <= 0:
                break
            controls.wait(min(left, WAIT))
            self.steer()
            if controls.chosen != self.chosen:
                self.publish()
        self.last = time.monotonic()

    def hold(self) -> None:
        """Wait while the run is paused, and show what is asked for meanwhile."""
        controls = self.controls
        if not self.stepping:
            at = f"paused at update {self.trainer.step}"
            say(f"{at}: go on at {self.address}, or end with Ctrl-C")
        self.publish(paused=True)
        while not controls.may_step():
            if controls.chosen == self.chosen:
                controls.wait(WAIT)
            self.steer()
            if controls.chosen != self.chosen:
                self.publish(paused=True)
        self.steer()  # what was asked before "go" holds for the next update
        self.stepping = controls.paused  # one update is all that is allowed
        self.publish(paused=self.stepping)
        self.next = 0.0  # so that this one is shown

    def steer(self) -> None:
        """Take the eta that the page asks for, and write it down."""
        if (eta := self.controls.take_eta()) is None:
            return
        self.problem = ""
        try:
            self.trainer.steering.change(self.trainer, eta)
        except (CannotWrite, NetkitError) as error:
            self.problem = str(error)
            log.warning("eta=%g is not taken: %s", eta, error)
        self.publish(paused=self.controls.paused)

    def publish(self, paused: bool = False, ended: str = "") -> None:
        """Show the run as it stands."""
        began = time.monotonic()
        self.chosen = self.controls.chosen  # it may be another one before this is made
        self.controls.publish(
            self.snapshot(
                self.curve,
                self.controls,
                chosen=self.chosen,
                grads=self.grads,
                paused=paused,
                ended=ended,
                problem=self.problem,
            )
        )
        now = time.monotonic()
        self.next = now + max(OFTEN, SHARE * (now - began))

    def iteration(self, trainer: "Trainer") -> None:
        if self.controls.heed and self.controls.watched():
            self.publish()

    def end(self, trainer: "Trainer") -> None:
        trainer.steering.watch = None
        whole = trainer.iteration >= trainer.iterations
        self.publish(
            ended=trainer.stopped or ("its iterations are done" if whole else "it was ended")
        )
        until = time.monotonic() + LAST
        while self.controls.watched() and time.monotonic() < until:
            if self.controls.given == self.controls.version:
                break
            self.controls.wait(0.05)

    def close(self) -> None:
        """End the server, if it has begun."""
        if self.thread is not None:
            self.server.should_exit = True
            self.thread.join(LAST)
