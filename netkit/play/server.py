"""The server behind the page: on this machine alone, it answers strokes with what a net sees."""

import base64
import json
import socket
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from netkit.errors import NetkitError
from netkit.pictures.maps import tiled
from netkit.play.ink import image_of
from netkit.probe import Row, States
from netkit.types import Array

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from netkit.energy import Energy
    from netkit.net import Net

PAGE = Path(__file__).with_name("page.html")
HOST = "127.0.0.1"
LARGEST = 1 << 20  # bytes of a request: some 50,000 points


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
    """Return the strokes in a request, or raise ValueError for what is none."""
    strokes = json.loads(body)["strokes"]
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
        from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse
        from starlette.routing import Route
    except ImportError:
        raise NetkitError(
            "netkit play needs a small web server: pip install 'netkit[play]'"
        ) from None

    async def page(request: "Request") -> "Response":
        text = PAGE.read_text(encoding="utf-8").replace(
            "/*CLASSES*/null", json.dumps(player.classes).replace("<", "\\u003c")
        )
        return HTMLResponse(text, headers={"Cache-Control": "no-store"})

    async def answer(request: "Request") -> "Response":
        if int(request.headers.get("content-length") or LARGEST + 1) > LARGEST:
            return PlainTextResponse("too many points", 413)
        try:
            strokes = strokes_of(await request.body())
        except (ValueError, KeyError, TypeError):
            return PlainTextResponse('send {"strokes": [[[x, y], ...], ...]}', 400)
        return JSONResponse(await run_in_threadpool(player.answer, strokes))

    routes = [Route("/", page), Route("/answer", answer, methods=["POST"])]
    # A page of another site must not reach this server under a name of its own.
    guards = [Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])]
    return Starlette(routes=routes, middleware=guards)


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


def serve(player: Player, listener: socket.socket) -> None:
    """Answer until Ctrl-C."""
    app = application(player)
    import uvicorn

    config = uvicorn.Config(app, log_level="warning", lifespan="off", access_log=False)
    uvicorn.Server(config).run([listener])
