"""The connections of the page's server: so many at a time, and so long for a whole request."""

from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST = 400  # connections: of more, the one that has waited longest is closed
SECONDS = 10.0  # that a connection may take to send a request whole


class Connection(H11Protocol):
    """A connection that is closed unless it sends a whole request in time.

    uvicorn alone waits for ever for the first request of a connection, and for the rest of one
    that comes a byte at a time.
    """

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.since = self.loop.time()
        self.timer = self.loop.call_later(SECONDS, self.look)
        waiting = [other for other in self.connections if isinstance(other, Connection)]
        if len(waiting) > MOST:
            idle = [other for other in waiting if not other.is_answered()]
            min(idle or waiting, key=lambda other: other.since).transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.timer.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        self.since = self.loop.time()
        super().on_response_complete()

    def is_answered(self) -> bool:
        """Return whether a whole request has come, and its answer has not been sent yet."""
        cycle = self.cycle
        return cycle is not None and not cycle.more_body and not cycle.response_complete

    def look(self) -> None:
        """Close the connection if its time is over; else look again when it will be."""
        left = SECONDS if self.is_answered() else self.since + SECONDS - self.loop.time()
        if left <= 0:
            self.transport.close()
        else:
            self.timer = self.loop.call_later(left, self.look)
