"""The page of a run, opened before the run and closed after it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Annotated, Any

from netkit.bounds import Bound
from netkit.checks import taken
from netkit.live.controls import Controls
from netkit.live.server import application
from netkit.live.watch import Live
from netkit.play.serving import listen

Port = Annotated[int, Bound(least=0, most=65535, whole=True)]


@contextmanager
def opened(port: Any, *, paused: bool = False) -> Iterator[Live]:
    """Return a context with what watches a run, at a port of this machine; 0: any that is free.

    paused: whether the run waits for the page.  Raises NetkitError where the web server is not
    installed, or the port is taken: before anything is trained.
    """
    number = taken("live_port", port, Port)
    application({}, Controls())  # what is missing is said now
    with closing(listen(number, name="live_port")) as socket, closing(Live(socket, paused)) as live:
        yield live
