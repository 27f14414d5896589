"""A page of pictures and tables under headings: one file of HTML with everything in it."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from netkit.pictures.runs_page import finite

PAGE = Path(__file__).with_name("gallery_page.html")


class Section(NamedTuple):
    """A part of a page.

    text: paragraphs.  pictures: (PNG, caption).  table: rows of text or numbers, the first its
    head.  command: what to type, shown as such.
    """

    title: str
    text: Sequence[str] = ()
    pictures: Sequence[tuple[bytes, str]] = ()
    table: Sequence[Sequence[Any]] = ()
    command: str = ""


def gallery_page(title: str, subtitle: str, sections: Sequence[Section]) -> str:
    """Return the HTML of a page."""
    facts = {
        "title": title,
        "subtitle": subtitle,
        "sections": [
            section._asdict()
            | {"pictures": [[inline(png), caption] for png, caption in section.pictures]}
            for section in sections
        ],
    }
    # As a text that the script reads: no name in it has a meaning of its own or ends the script.
    text = f"JSON.parse({json.dumps(json.dumps(finite(facts)))})".replace("<", "\\u003c")
    return PAGE.read_text(encoding="utf-8").replace("/*DATA*/null", text)


def inline(png: bytes) -> str:
    """Return a PNG as an address that holds it."""
    return "data:image/png;base64," + base64.b64encode(png).decode()
