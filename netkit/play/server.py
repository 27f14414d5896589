"""The server behind the page: on this machine alone, it answers strokes with what a net sees."""

import socket
from typing import TYPE_CHECKING

import numpy as np

from netkit.files.documents import parse_json
from netkit.play.page import server_page
from netkit.play.player import Player
from netkit.play.serving import HEADERS, HOST, TooMany, guarded, listen, server_of
from netkit.types import Array

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from uvicorn import Server

__all__ = ["HOST", "POINTS", "application", "listen", "serve", "server", "strokes_of"]
LARGEST = 1 << 20  # bytes of a request
POINTS = 5_000  # of all strokes: the page leaves out points that are near the one before


def strokes_of(body: bytes) -> list[Array]:
    """Return the strokes in a request.

    Raises ValueError, KeyError, TypeError or NetkitError for what is none, TooMany for too many.
    """
    strokes = parse_json(body, "strokes")["strokes"]
    checked = [np.asarray(stroke, np.float64).reshape(-1, 2) for stroke in strokes]
    if sum(map(len, checked)) > POINTS:
        raise TooMany
    if not all((np.abs(stroke) < 1e6).all() for stroke in checked):  # NaN is not, either
        raise ValueError("a point is not finite")
    return checked


def application(player: Player) -> "Starlette":
    """Return the web application.

    GET / is the page. POST /rows takes the bytes of one picture (C, H, W) and gives what each row
    of the page gives for it, POST /scores those of several and gives their outputs, POST /kernels
    gives the kernels of ?row= and ?map=: float32 each, by the weights with the number ?at=.  POST
    /answer takes {"strokes": [[[x, y], ...], ...]} and gives the answer as JSON.
    """

    def page(nonce: str) -> str:
        return server_page(player.facts, nonce)

    def strokes(request: "Request", body: bytes) -> "Response":
        from starlette.responses import JSONResponse

        return JSONResponse(player.answer(strokes_of(body)), headers=HEADERS)

    def rows(request: "Request", body: bytes) -> "Response":
        return sent(player.rows(pictures(body, 1), number(request, "at", kept)))

    def scores(request: "Request", body: bytes) -> "Response":
        return sent(player.scores(pictures(body), number(request, "at", kept)))

    def kernels(request: "Request", body: bytes) -> "Response":
        shown = player.watcher.rows
        row = number(request, "row", len(shown))
        map = number(request, "map", shown[row].shape[0])
        return sent(player.kernels(row, map, number(request, "at", kept)))

    def pictures(body: bytes, count: int | None = None) -> bytes:
        """Return the bytes of `count` pictures, or of any number; raise ValueError for others."""
        found, rest = divmod(len(body), player.size)
        if rest or not found or count not in (None, found):
            raise ValueError("no pictures of the net's size")
        return body

    kept = max(1, len(player.kept))
    posts = {"/answer": strokes, "/rows": rows, "/scores": scores, "/kernels": kernels}
    return guarded(page, posts, largest=max(LARGEST, player.size), what="netkit play")


def number(request: "Request", name: str, count: int) -> int:
    """Return a whole number below `count` from a request's address; raise ValueError for others."""
    value = int(request.query_params[name])
    if not 0 <= value < count:
        raise ValueError(f"{name}={value}")
    return value


def sent(made: bytes) -> "Response":
    """Return bytes as an answer."""
    from starlette.responses import Response as Bytes

    return Bytes(made, headers=HEADERS)


def server(player: Player) -> "Server":
    """Return the web server of a player, whose `run([listener])` answers until Ctrl-C."""
    return server_of(application(player))


def serve(player: Player, listener: socket.socket) -> None:
    """Answer until Ctrl-C."""
    server(player).run([listener])
