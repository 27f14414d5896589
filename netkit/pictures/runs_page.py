"""The page of several runs, or of a search: one file of HTML with everything in it."""

from typing import Any

from netkit.pictures.web_page import web_page


def runs_page(facts: dict[str, Any]) -> str:
    """Return the HTML of a page that compares runs.

    facts: what it shows, as JSON has it: title; table, rows of text of which the first is the head;
    runs, [{name, rows}], rows as in results.csv; differences, [setting, its value in each run].  Of
    a search also `search`: metric, trials [{number, value, state, params}], parameters [{name,
    kind, choices}], importance [[name, share]], best (a command).
    """
    return web_page("runs_page.html", facts)
