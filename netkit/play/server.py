"""The server behind the page: it listens on this machine alone and answers strokes with what the
net makes of them.
"""

import base64
import json
import socket
import threading
from pathlib import Path

import numpy as np

from netkit.errors import NetkitError
from netkit.pictures.maps import tiled
from netkit.play.ink import image_of
from netkit.probe import States

PAGE = Path(__file__).with_name("page.html")
HOST = "127.0.0.1"
LARGEST = 1 << 20  # bytes of a request: some 50,000 points


class Player:
    """A net that answers strokes: `answer` gives all that the page shows."""

    def __init__(self, net, energy, classes):
        self.net, self.energy, self.classes = net, energy, list(classes)
        self.states, self.lock = States(net), threading.Lock()

    def answer(self, strokes):
        """Return, as JSON has it, the answer to strokes [[[x, y], ...], ...], the confidences and
        the layers.

        layers: a label, the range of the grey levels, and the maps side by side: width, height,
        base64 of bytes.
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

    def host(self, array):
        return self.net.ops.to_host(array).reshape(-1)


def picture(row):
    """Return a Row of states as the page draws it."""
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


def strokes_of(body):
    """Return the strokes in a request, or raise ValueError for what is none."""
    strokes = json.loads(body)["strokes"]
    checked = [np.asarray(stroke, np.float64).reshape(-1, 2) for stroke in strokes]
    if not all(
        np.isfinite(stroke).all() and np.abs(stroke).max(initial=0) < 1e6 for stroke in checked
    ):
        raise ValueError("a point is not finite")
    return checked


def application(player):
    """Return the web application: GET / is the page, POST /answer takes {"strokes": [[[x, y], ...],
    ...]}.
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

    async def page(request):
        text = PAGE.read_text(encoding="utf-8").replace(
            "/*CLASSES*/null", json.dumps(player.classes).replace("<", "\\u003c")
        )
        return HTMLResponse(text, headers={"Cache-Control": "no-store"})

    async def answer(request):
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


def listen(port):
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


def serve(player, listener):
    """Answer until Ctrl-C."""
    app = application(player)
    import uvicorn

    config = uvicorn.Config(app, log_level="warning", lifespan="off", access_log=False)
    uvicorn.Server(config).run([listener])
