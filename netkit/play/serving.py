"""A page's server on this machine alone: who may ask it, how much and how many at a time."""

import secrets
import socket
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from netkit.errors import NetkitError

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from uvicorn import Server

HOST = "127.0.0.1"
WAITING = 32  # answers that wait for one another
HEADERS = {  # of what is sent: nobody keeps it, guesses its type or reads it from another site
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}
Work = Callable[["Request", bytes], "Response"]


class TooMany(Exception):
    """Says that strokes have more points than are answered."""


def guarded(
    page_of: Callable[[str], str], posts: Mapping[str, Work], *, largest: int, what: str
) -> "Starlette":
    """Return the web application of a page.

    GET / gives page_of(nonce), POST a path of `posts` what its work(request, body) returns on a
    thread of its own.  largest: bytes of a request.  what: needs it, in the error where the web
    server is not installed. A work that raises ValueError, KeyError, TypeError or NetkitError has
    not been given what the page sends.
    """
    try:
        from starlette.applications import Starlette
        from starlette.concurrency import run_in_threadpool
        from starlette.middleware import Middleware
        from starlette.middleware.trustedhost import TrustedHostMiddleware
        from starlette.requests import ClientDisconnect
        from starlette.responses import HTMLResponse, PlainTextResponse
        from starlette.routing import Route
    except ImportError:
        raise NetkitError(f"{what} needs a small web server: pip install 'netkit[play]'") from None

    queue: list[None] = []  # one for each answer that is being made

    async def page(request: "Request") -> "Response":
        nonce = secrets.token_urlsafe(16)
        headers = HEADERS | {"Content-Security-Policy": policy(nonce)}
        return HTMLResponse(page_of(nonce), headers=headers)

    def answering(work: Work) -> "Callable[..., Any]":
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

    routes = [Route("/", page, methods=["GET"])]
    routes += [Route(path, answering(work), methods=["POST"]) for path, work in posts.items()]
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
        "connect-src 'self'; img-src data:; media-src blob:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


def listen(port: int, *, name: str = "port") -> socket.socket:
    """Return a socket that listens on this machine alone; port 0 takes any that is free.

    name: of the setting, for the error.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise NetkitError(
            f"{name}={port}: {error.strerror}: choose another, or 0 for any that is free"
        ) from None
    return listener


def server_of(app: "Starlette") -> "Server":
    """Return the web server of an application, whose `run([listener])` answers until Ctrl-C."""
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
