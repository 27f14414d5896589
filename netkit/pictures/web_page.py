"""A page as one file of HTML with everything in it: what its script reads, and its pictures."""

import base64
import json
import math
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PARTS = {  # of a page: the mark where one stands, and its file
    "<!--HEAD-->\n": "page_head.html",
    "/*SHARED*/\n": "page_shared.js",
    "/*PRECISION*/\n": "report_precision.js",
}


def web_page(name: str, facts: Any) -> str:
    """Return the HTML of a page of this folder that shows facts, given as JSON has them."""
    page = (HERE / name).read_text(encoding="utf-8")
    for mark, part in PARTS.items():
        page = page.replace(mark, (HERE / part).read_text(encoding="utf-8"), 1)
    return page.replace("/*DATA*/null", f"JSON.parse({as_literal(finite(facts))})")


def as_literal(value: Any) -> str:
    """Return JSON as a text of a script, in which no name has a meaning or ends the script."""
    return json.dumps(json.dumps(value)).replace("<", "\\u003c")


def finite(value: Any) -> Any:
    """Return a value with null in the place of numbers that JSON does not know."""
    if isinstance(value, dict):
        return {str(name): finite(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def address(png: bytes) -> str:
    """Return a PNG as an address that holds it."""
    return "data:image/png;base64," + base64.b64encode(png).decode()
