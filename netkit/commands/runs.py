"""netkit runs: a table of runs, filtered and sorted, and a page that compares them."""

import json
from collections.abc import Sequence
from pathlib import Path

from netkit.commands.columns import table
from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.files.runs import RUNS
from netkit.runs.differences import differences
from netkit.runs.listing import as_csv, fits, in_order, is_test, rows
from netkit.runs.record import Record, records


def runs(
    words: Sequence[str] = (),
    *,
    sort: str = "date",
    last: int | None = None,
    csv: str | Path | None = None,
    compare: str | Path | None = None,
) -> str:
    """Return a table of the runs in folders, as text.

    words: folders (outputs without any), names of runs, and tests such as arch=lenet5 or best>97.
    sort: a column or a setting.  last: only so many of those that were begun last.  csv, compare:
    files to write, the table and a page with the runs' curves over each other.
    """
    found = chosen(words, last)
    found = in_order(found, sort)
    said = [table(rows(found))]
    if csv:
        write_beside(csv, as_csv(found).encode())
        said.append(f"table: {csv}")
    if compare:
        write_page(Path(compare), found)
        said.append(f"page: {compare}")
    return "\n".join(said)


def chosen(words: Sequence[str], last: int | None) -> list[Record]:
    """Return the runs that words name, in the order of their dates; raise if there are none."""
    tests = [word for word in words if is_test(word) and not Path(word).exists()]
    folders = [word for word in words if word not in tests] or [str(RUNS)]
    if folders == [str(RUNS)] and not RUNS.is_dir():
        raise NetkitError(
            "no runs here yet: netkit train leaves them in outputs/; or name a folder"
        )
    there = list(records(folders))
    found = [record for record in there if all(fits(record, test) for test in tests)]
    if not found:
        left = f" fits {' '.join(tests)}" if tests else ""
        raise NetkitError(f"{', '.join(folders)}: none of {len(there)} runs there{left}")
    return found[-last:] if last else found


def write_page(path: Path, found: Sequence[Record]) -> None:
    """Write a page that compares runs: curves over each other, and what differs."""
    from netkit.pictures.runs_page import runs_page

    write_beside(path, runs_page(facts(found)).encode())


def facts(found: Sequence[Record]) -> dict[str, object]:
    """Return what the page says of runs, as JSON has it."""
    differ = [
        [name, *(v if isinstance(v, str) else json.dumps(v) for v in values)]
        for name, values in differences(found)
    ]
    return {
        "title": f"{len(found)} run{'' if len(found) == 1 else 's'}",
        "table": rows(found),
        "runs": [{"name": record.name, "rows": record.rows} for record in found],
        "differences": differ,
    }
