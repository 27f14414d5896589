"""A page of pictures and tables under headings: one file of HTML with everything in it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from netkit.pictures.web_page import address, web_page


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
            | {"pictures": [[address(png), caption] for png, caption in section.pictures]}
            for section in sections
        ],
    }
    return web_page("gallery_page.html", facts)
