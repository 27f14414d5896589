"""The page of several runs, or of a search: one file of HTML with everything in it."""

import json
import math
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_name("runs_page.html")


def runs_page(facts: dict[str, Any]) -> str:
    """Return the HTML of a page that compares runs.

    facts: what it shows, as JSON has it: title; table, rows of text of which the first is the head;
    runs, [{name, rows}], rows as in results.csv; differences, [setting, its value in each run].  Of
    a search also `search`: metric, trials [{number, value, state, params}], parameters [{name,
    kind, choices}], importance [[name, share]], best (a command).
    """
    # As a text that the script reads: no name in it has a meaning of its own or ends the script.
    text = f"JSON.parse({json.dumps(json.dumps(finite(facts)))})".replace("<", "\\u003c")
    return PAGE.read_text(encoding="utf-8").replace("/*DATA*/null", text)


def finite(value: Any) -> Any:
    """Return a value with null in the place of numbers that JSON does not know."""
    if isinstance(value, dict):
        return {str(name): finite(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
