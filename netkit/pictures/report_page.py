"""The report of a run: one page of HTML with everything in it, so that it opens from disk and can
be sent on.
"""

import base64
import json
import re
from pathlib import Path

PAGE = Path(__file__).with_name("report_page.html")
PLACES = (
    16  # positions of the iteration slider: of more iterations, as many as these, evenly spread
)


def report_page(facts, folder):
    """Return the HTML of a run's report.

    facts: what the page shows beside the pictures, as JSON has it: title, subtitle, rows, layers,
    machine, command, config.  folder: that of the pictures, NAME_i00005.png or NAME.png; every name
    becomes a section.
    """
    data = facts | {"pictures": embedded(Path(folder))}
    text = json.dumps(data).replace("<", "\\u003c")  # nothing in it can end the script
    return PAGE.read_text(encoding="utf-8").replace("/*DATA*/null", text)


def embedded(folder):
    """Return {name: {iteration: address}} of the pictures of a folder, of at most PLACES
    iterations.
    """
    found = {}
    for path in sorted(folder.glob("*.png")):
        if match := re.fullmatch(r"(.+)_i(\d+)", path.stem):
            found.setdefault(match[1], {})[int(match[2])] = path
    iterations = sorted({i for paths in found.values() for i in paths})
    if len(iterations) > PLACES:
        iterations = [iterations[k * (len(iterations) - 1) // (PLACES - 1)] for k in range(PLACES)]
    return {
        name: {i: inline(path) for i, path in paths.items() if i in iterations}
        for name, paths in found.items()
    }


def inline(path):
    """Return a picture as an address that holds it."""
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()
