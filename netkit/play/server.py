"""The server behind the page: on this machine alone, it answers strokes with what a net sees."""

import secrets
import socket
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.errors import NetkitError
from netkit.files.documents import parse_json
from netkit.play.page import server_page
from netkit.play.player import Player
from netkit.types import Array

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from uvicorn import Server

HOST = "127.0.0.1"
LARGEST = 1 << 20  # bytes of a request
POINTS = 5_000  # of all strokes: the page leaves out points that are near the one before
WAITING = 32  # answers that wait for one another
HEADERS = {  # of what is sent: nobody keeps it, guesses its type or reads it from another site
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}


class TooMany(Exception):
    """Says that strokes have more points than are answered."""


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
    try:
        from starlette.applications import Starlette
        from starlette.concurrency import run_in_threadpool
        from starlette.middleware import Middleware
        from starlette.middleware.trustedhost import TrustedHostMiddleware
        from starlette.requests import ClientDisconnect
        from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse
        from starlette.responses import Response as Bytes
        from starlette.routing import Route
    except ImportError:
        raise NetkitError(
            "netkit play needs a small web server: pip install 'netkit[play]'"
        ) from None

    queue: list[None] = []  # one for each answer that is being made
    largest = max(LARGEST, player.size)

    async def page(request: "Request") -> "Response":
        nonce = secrets.token_urlsafe(16)
        headers = HEADERS | {"Content-Security-Policy": policy(nonce)}
        return HTMLResponse(server_page(player.facts, nonce), headers=headers)

    def answering(work: "Callable[[Request, bytes], Response]") -> "Callable[..., Any]":
        """Return what answers a request by work(request, body), on a thread of its own."""

        async def answer(request: "Request") -> "Response":
            if foreign(request.headers):
                return PlainTextResponse("ask from the page itself", 403)
            if int(request.headers.get("content-length") or largest + 1) > largest:
                return PlainTextResponse("too much", 413)
            if len(queue) >= WAITING:
                return PlainTextResponse("too many questions at once: ask again", 503)
            queue.append(None)
            try:
                body = await request.body()
                return await run_in_threadpool(work, request, body)
            except TooMany:
                return PlainTextResponse("too many points", 413)
            except (ValueError, KeyError, TypeError, NetkitError):
                return PlainTextResponse("send what the page sends", 400)
            except ClientDisconnect:  # it took too long, or went away
                return PlainTextResponse("too late", 408)
            finally:
                queue.pop()

        return answer

    def strokes(request: "Request", body: bytes) -> "Response":
        return JSONResponse(player.answer(strokes_of(body)), headers=HEADERS)

    def rows(request: "Request", body: bytes) -> "Response":
        return Bytes(player.rows(pictures(body, 1), number(request, "at", kept)), headers=HEADERS)

    def scores(request: "Request", body: bytes) -> "Response":
        made = player.scores(pictures(body), number(request, "at", kept))
        return Bytes(made, headers=HEADERS)

    def kernels(request: "Request", body: bytes) -> "Response":
        shown = player.watcher.rows
        row = number(request, "row", len(shown))
        map = number(request, "map", shown[row].shape[0])
        made = player.kernels(row, map, number(request, "at", kept))
        return Bytes(made, headers=HEADERS)

    def pictures(body: bytes, count: int | None = None) -> bytes:
        """Return the bytes of `count` pictures, or of any number; raise ValueError for others."""
        found, rest = divmod(len(body), player.size)
        if rest or not found or count not in (None, found):
            raise ValueError("no pictures of the net's size")
        return body

    kept = max(1, len(player.kept))
    posts = {"/answer": strokes, "/rows": rows, "/scores": scores, "/kernels": kernels}
    routes = [Route("/", page, methods=["GET"])]
    routes += [Route(path, answering(work), methods=["POST"]) for path, work in posts.items()]
    # A page of another site must not reach this server under a name of its own.
    guards = [Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])]
    app = Starlette(routes=routes, middleware=guards)
    app.router.redirect_slashes = False
    return app


def number(request: "Request", name: str, count: int) -> int:
    """Return a whole number below `count` from a request's address; raise ValueError for others."""
    value = int(request.query_params[name])
    if not 0 <= value < count:
        raise ValueError(f"{name}={value}")
    return value


def foreign(headers: Mapping[str, str]) -> bool:
    """Return whether a request comes from a page of another site, as its browser says."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site", "same-origin")
    ours = f"http://{headers.get('host')}"
    return (origin is not None and origin != ours) or site not in ("same-origin", "none")


def policy(nonce: str) -> str:
    """Return what a browser may do for the page: run its own script, ask its own server."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
        "connect-src 'self'; img-src data:; media-src blob:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


def listen(port: int) -> socket.socket:
    """Return a socket that listens on this machine alone; port 0 takes any that is free."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise NetkitError(
            f"port={port}: {error.strerror}: choose another, or 0 for any that is free"
        ) from None
    return listener


def server(player: Player) -> "Server":
    """Return the web server of a player, whose `run([listener])` answers until Ctrl-C."""
    app = application(player)
    import uvicorn

    from netkit.play.connections import Connection

    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            lifespan="off",
            log_level="error",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
            h11_max_incomplete_event_size=1 << 14,  # bytes of the head of a request
        )
    )


def serve(player: Player, listener: socket.socket) -> None:
    """Answer until Ctrl-C."""
    server(player).run([listener])
