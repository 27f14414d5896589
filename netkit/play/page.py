"""The page as one text: its style, its script and what it knows, put into page/page.html."""

from pathlib import Path
from typing import Any

from netkit.pictures.web_page import as_literal

FOLDER = Path(__file__).with_name("page")
SHARED = "ink", "fitting", "reading", "maps", "rows", "cell", "pictures", "pad", "seen", "main"


def text_of(name: str) -> str:
    """Return a file of the page."""
    return (FOLDER / name).read_text(encoding="utf-8")


def lean(text: str) -> str:
    """Return a script or style without its indentation, empty lines and lines of comment."""
    lines = (line.strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def script(facts: dict[str, Any], engine: str) -> str:
    """Return the script of the page.

    facts: see facts.py.  engine: the file that defines `makeEngine(facts)`.
    """
    start = text_of("start.js").replace("/*FACTS*/", as_literal(facts), 1)
    parts = [start, *(text_of(f"{name}.js") for name in (*SHARED, engine)), "main();\n"]
    return "\n".join(parts)


def server_page(facts: dict[str, Any], nonce: str) -> str:
    """Return the page that asks its server, as netkit play serves it; nonce: of its policy."""
    return filled(
        style=text_of("style.css"), script=script(facts, "server"), said=f' nonce="{nonce}"'
    )


def filled(
    *,
    style: str,
    script: str,
    said: str = "",
    policy: str = "",
    weights: str = "",
    page: str | None = None,
) -> str:
    """Return page.html with its parts.

    said: attributes of the style and the script.  policy, weights: elements of their own.  page:
    another one in place of page.html.
    """
    page = text_of("page.html") if page is None else page
    for mark, text in (
        ("<style>/*STYLE*/", f"<style{said}>{style}"),
        ("<!--POLICY-->", policy),
        ("<!--WEIGHTS-->", weights),
        ("<script>/*SCRIPT*/", f"<script{said}>{script}"),  # last: it may hold anything
    ):
        page = page.replace(mark, text, 1)
    return page
