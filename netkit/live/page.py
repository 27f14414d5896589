"""The page of a run as one text: its own parts and those of netkit play."""

from pathlib import Path
from typing import Any

from netkit.pictures.web_page import as_literal
from netkit.play.page import filled, text_of

FOLDER = Path(__file__).with_name("page")
SHARED = "reading", "maps", "rows", "cell"  # of netkit play: rows of maps, where a number is from
OWN = "charts", "fill", "live"


def own_text(name: str) -> str:
    """Return a file of this page."""
    return (FOLDER / name).read_text(encoding="utf-8")


def live_page(facts: dict[str, Any], nonce: str) -> str:
    """Return the page of a run; facts: see Snapshot.  nonce: of its policy."""
    start = text_of("start.js").replace("/*FACTS*/", as_literal(facts), 1)
    shared, own = (text_of(f"{name}.js") for name in SHARED), (own_text(f"{n}.js") for n in OWN)
    return filled(
        page=own_text("page.html"),
        style=text_of("style.css") + own_text("live.css"),
        script="\n".join([start, *shared, *own, "main();\n"]),
        said=f' nonce="{nonce}"',
    )
