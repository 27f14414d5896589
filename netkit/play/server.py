"""The server behind the page: on this machine alone, it answers strokes with what a net sees."""

import base64
import json
import secrets
import socket
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from netkit.errors import NetkitError
from netkit.files.documents import parse_json
from netkit.pictures.maps import tiled
from netkit.play.ink import image_of
from netkit.probe import Row, States
from netkit.types import Array

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from uvicorn import Server

    from netkit.energy import Energy
    from netkit.net import Net

PAGE = Path(__file__).with_name("page.html")
HOST = "127.0.0.1"
LARGEST = 1 << 20  # bytes of a request
POINTS = 20_000  # of all strokes: minutes of drawing
WAITING = 32  # answers that wait for one another
HEADERS = {  # of what is sent: nobody keeps it, guesses its type or reads it from another site
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}


class Player:
    """A net that answers strokes: `answer` gives all that the page shows."""

    def __init__(self, net: "Net", energy: "Energy", classes: Iterable[str]) -> None:
        self.net = net
        self.energy = energy
        self.classes = list(classes)
        self.states = States(net)
        self.lock = threading.Lock()  # a net has one memory for its passes

    def answer(self, strokes: Sequence[ArrayLike]) -> dict[str, Any]:
        """Return the answer to strokes, the confidences and the layers, as JSON has it.

        strokes: the points (n, 2) of each, as x and y.  layers: of each a label, the range of its
        grey levels, and its maps side by side: width, height, base64 of bytes.
        """
        image = image_of(strokes, self.net.shape)
        with self.lock, self.net.ops.limits():
            rows = self.states(image, weights=False)
            outputs = rows[-1].maps.reshape(-1)
            y = self.net.ops.asarray(outputs.astype(self.net.dtype).reshape(-1, 1, 1, 1))
            label, confidence = (float(self.host(part)[0]) for part in self.energy.answer(y))
            confidences = self.host(self.energy.confidences(y))
        return {
            "answer": self.classes[int(label)],
            "label": int(label),
            "confidence": confidence,
            "confidences": [float(v) for v in np.nan_to_num(confidences)],
            "layers": [picture(row) for row in rows],
        }

    def host(self, array: Array) -> Array:
        """Return an array of the backend as a flat one of numpy."""
        return self.net.ops.to_host(array).reshape(-1)


def picture(row: Row) -> dict[str, Any]:
    """Return a Row of states as the page draws it, as JSON has it."""
    levels, shown, _ = tiled(row.maps, 680, 130)
    low, high = row.range
    more = f", first {shown} of {len(row.maps)}" if shown < len(row.maps) else ""
    return {
        "label": row.label,
        "note": f"{row.name} {low:.3g} .. {high:.3g}{more}".strip(),
        "width": levels.shape[1],
        "height": levels.shape[0],
        "bytes": base64.b64encode(levels.tobytes()).decode(),
    }


def strokes_of(body: bytes) -> list[Array]:
    """Return the strokes in a request, or raise ValueError or NetkitError for what is none."""
    strokes = parse_json(body, "strokes")["strokes"]
    checked = [np.asarray(stroke, np.float64).reshape(-1, 2) for stroke in strokes]
    if not all((np.abs(stroke) < 1e6).all() for stroke in checked):  # NaN is not, either
        raise ValueError("a point is not finite")
    return checked


def application(player: Player) -> "Starlette":
    """Return the web application.

    GET / is the page, POST /answer takes {"strokes": [[[x, y], ...], ...]}.
    """
    try:
        from starlette.applications import Starlette
        from starlette.concurrency import run_in_threadpool
        from starlette.middleware import Middleware
        from starlette.middleware.trustedhost import TrustedHostMiddleware
        from starlette.requests import ClientDisconnect
        from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse
        from starlette.routing import Route
    except ImportError:
        raise NetkitError(
            "netkit play needs a small web server: pip install 'netkit[play]'"
        ) from None

    queue: list[None] = []  # one for each answer that is being made

    async def page(request: "Request") -> "Response":
        nonce = secrets.token_urlsafe(16)
        classes = json.dumps(player.classes).replace("<", "\\u003c")
        text = PAGE.read_text(encoding="utf-8").replace("/*CLASSES*/null", classes, 1)
        for tag in ("style", "script"):
            text = text.replace(f"<{tag}>", f'<{tag} nonce="{nonce}">', 1)
        return HTMLResponse(text, headers=HEADERS | {"Content-Security-Policy": policy(nonce)})

    async def answer(request: "Request") -> "Response":
        if foreign(request.headers):
            return PlainTextResponse("ask from the page itself", 403)
        if int(request.headers.get("content-length") or LARGEST + 1) > LARGEST:
            return PlainTextResponse("too many points", 413)
        try:
            strokes = strokes_of(await request.body())
        except (ValueError, KeyError, TypeError, NetkitError):
            return PlainTextResponse('send {"strokes": [[[x, y], ...], ...]}', 400)
        except ClientDisconnect:  # it took too long, or went away
            return PlainTextResponse("too late", 408)
        if sum(map(len, strokes)) > POINTS:
            return PlainTextResponse("too many points", 413)
        if len(queue) >= WAITING:
            return PlainTextResponse("too many questions at once: ask again", 503)
        queue.append(None)
        try:
            return JSONResponse(await run_in_threadpool(player.answer, strokes), headers=HEADERS)
        finally:
            queue.pop()

    routes = [Route("/", page, methods=["GET"]), Route("/answer", answer, methods=["POST"])]
    # A page of another site must not reach this server under a name of its own.
    guards = [Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])]
    app = Starlette(routes=routes, middleware=guards)
    app.router.redirect_slashes = False
    return app


def foreign(headers: Mapping[str, str]) -> bool:
    """Return whether a request comes from a page of another site, as its browser says."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site", "same-origin")
    ours = f"http://{headers.get('host')}"
    return (origin is not None and origin != ours) or site not in ("same-origin", "none")


def policy(nonce: str) -> str:
    """Return what a browser may do for the page: run its own script, ask its own server."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
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
