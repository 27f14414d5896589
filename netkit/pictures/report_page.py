"""The page of a run's report: one file of HTML with everything in it, to open and to send on.

report_page.html is the page without a run in it; plugins/visualizers/report.py says what stands
there; commands/report.py draws the pictures of a run that is over.
"""

import re
from pathlib import Path
from typing import Any

from netkit.pictures.web_page import address, web_page

PLACES = 16  # iterations that the slider shows: of more, so many, evenly spread


def report_page(facts: dict[str, Any], folder: str | Path) -> str:
    """Return the HTML of a run's report.

    facts: what the page shows beside the pictures, as JSON has it: title, subtitle, rows, layers,
    machine, command, config.  folder: that of the pictures, NAME_i00005.png or NAME.png; every name
    becomes a section.
    """
    return web_page("report_page.html", facts | {"pictures": embedded(Path(folder))})


def embedded(folder: Path) -> dict[str, dict[int, str]]:
    """Return {name: {iteration: address}} of the pictures of a folder, of 16 iterations at most."""
    found: dict[str, dict[int, Path]] = {}
    for path in sorted(folder.glob("*.png")):
        if match := re.fullmatch(r"(.+)_i(\d+)", path.stem):
            found.setdefault(match[1], {})[int(match[2])] = path
    iterations = sorted({i for paths in found.values() for i in paths})
    if len(iterations) > PLACES:
        iterations = [iterations[k * (len(iterations) - 1) // (PLACES - 1)] for k in range(PLACES)]
    return {
        name: {i: address(path.read_bytes()) for i, path in paths.items() if i in iterations}
        for name, paths in found.items()
    }
