"""The server of the page of a run: it shows what the run published, and hands on what is asked."""

from typing import TYPE_CHECKING, Any

from netkit.checks import Amount, taken
from netkit.files.documents import parse_json
from netkit.live.controls import Controls
from netkit.live.page import live_page
from netkit.play.serving import HEADERS, guarded

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

LARGEST = 4096  # bytes of a request
WORDS = "pause", "go", "step"
FASTEST = 1000.0  # updates a second that a run is slowed down to at most


def application(facts: dict[str, Any], controls: Controls) -> "Starlette":
    """Return the web application.

    GET / is the page. POST /run takes {"chosen": k} and gives the bytes of a Snapshot; POST /do
    takes {"do": "pause", "go" or "step"}, {"eta": x} or {"speed": updates a second, 0: all}.
    """

    def page(nonce: str) -> str:
        return live_page(facts, nonce)

    def look(request: "Request", body: bytes) -> "Response":
        from starlette.responses import Response as Bytes

        chosen = parse_json(body, "chosen")["chosen"]
        if isinstance(chosen, bool) or not isinstance(chosen, int) or not 0 <= chosen < 1000:
            raise ValueError(f"chosen={chosen}")
        kind = "application/octet-stream"
        return Bytes(controls.look(chosen), headers=HEADERS, media_type=kind)

    def do(request: "Request", body: bytes) -> "Response":
        from starlette.responses import JSONResponse

        asked = parse_json(body, "asked")
        if not isinstance(asked, dict) or not asked or asked.keys() - {"do", "eta", "speed"}:
            raise ValueError("asks for nothing that there is")
        if "do" in asked and asked["do"] not in WORDS:
            raise ValueError(f"do={asked['do']}")
        numbers = {name: taken(name, asked[name], Amount) for name in asked.keys() - {"do"}}
        if numbers.get("speed", 0) > FASTEST:
            raise ValueError("speed")
        controls.ask(asked.get("do"), **numbers)
        return JSONResponse({}, headers=HEADERS)

    return guarded(page, {"/run": look, "/do": do}, largest=LARGEST, what="live=true")
