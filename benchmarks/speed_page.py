"""The tables of docs/speed.md, made from what speed.py measured."""

from statistics import median
from typing import Any

from common import between

from netkit.bench.table import cells, shown

BESIDE = "lenet5", "conv64", "detection", "demo"  # works that others do too
HEAD = ["work", "", "netkit", "the best other", "which", "ratio", "least..most", "of sgemm"]


def write_page(page: str, results: dict[str, Any]) -> str:
    """Return a page whose parts between `<!-- speed NAME -->` marks are made anew.

    A table for which nothing was measured stays as it is.
    """
    parts = {
        "networks": [*about(results), "", *networks(results["rows"])],
        "archs": archs(results["rows"]),
        "colour": colour(results["colour"]),
        "start": started(results["start"]),
    }
    rows = {"networks": BESIDE, "archs": ("archs", "job")}
    for name, lines in parts.items():
        works = {row["work"] for row in results["rows"]}
        there = works & {*rows[name]} if name in rows else results[name]
        if there:
            page = between(page, f"speed {name}", lines)
    return page


def about(results: dict[str, Any]) -> list[str]:
    """Return the lines that say what was measured on."""
    beside = ", ".join(f"{name} {number}" for name, number in results["peers"].items())
    threads = results.get("threads", 1)
    lines = [
        f"On {results['machine']}, {threads} thread{'s' * (threads > 1)} each, float32, samples a "
        "second unless a unit is given;",
        f"netkit {results['netkit']}, {results.get('backend', '')}"
        + (f"; {beside}." if beside else "."),
    ]
    if "roofline" in results:
        lines.append(f"sgemm {results['roofline']:.0f} GFLOP/s.")
    apart = [values for values in results["agreement"].values() if len(values) == 2]
    if apart:
        lines.append(
            f"Gradients differ by at most {max(a for a, _ in apart):.0e} of the largest, weights "
            f"after 100 steps by {max(b for _, b in apart):.0e} of how far they moved."
        )
    return lines


def table(head: list[str], rows: list[list[str]], left: int) -> list[str]:
    """Return the lines of a table; left: columns that stand on the left."""
    rule = ["---"] * left + ["--:"] * (len(head) - left)
    return [f"| {' | '.join(row)} |" for row in (head, rule, *rows)]


def networks(rows: list[dict[str, Any]]) -> list[str]:
    """Return the table of what others do too."""
    lines = []
    for row in rows:
        if row["work"] in BESIDE:
            work, what, unit, ours, best, which, ratio, spread, share = cells(row)
            unit = "" if unit == "samples/s" else f" {unit}"
            ratio = f"**{ratio}**" if ratio else ""
            best = best and best + unit
            lines.append([work, what, ours + unit, best, which, ratio, spread, share])
    return table(HEAD, lines, 2)


def archs(rows: list[dict[str, Any]]) -> list[str]:
    """Return the table of netkit's archs, and of the README's job: samples a second by batch."""
    found: dict[str, dict[str, float]] = {}
    for row in rows:
        if row["work"] == "archs":
            arch, batch = row["what"].split()
            found.setdefault(f"arch={arch}", {})[batch] = row["medians"]["netkit"]
        elif row["work"] == "job":
            batch = row["what"].split()[1]
            for name, said in (("netkit", "README's job"), ("stripped", "that job, stripped")):
                found.setdefault(said, {})[batch] = row["medians"][name]
    batches = sorted({batch for one in found.values() for batch in one}, key=int)
    lines = [
        [name, *(shown(one[batch]) if batch in one else "" for batch in batches)]
        for name, one in found.items()
    ]
    return table(["a training step of", *(f"batch {batch}" for batch in batches)], lines, 1)


def colour(rows: list[dict[str, Any]]) -> list[str]:
    """Return the table of the nets for colour images."""
    names = "netkit", "torch", "torch channels_last"
    lines = [
        [
            *(row["arch"], str(row["threads"])),
            *(shown(row["medians"][name]) for name in names),
            f"**{row['ratio']:.2f}**",
            f"{row['least']:.2f}..{row['most']:.2f}",
        ]
        for row in rows
    ]
    head = ["netkit", "PyTorch", "PyTorch channels_last", "ratio to the best", "least..most"]
    return table(["arch", "threads", *head], lines, 2)


def started(seconds: dict[str, list[float]]) -> list[str]:
    """Return the table of the commands."""
    lines = [[f"`{name}`", f"{median(values):.2f}"] for name, values in seconds.items()]
    return table(["command", "seconds"], lines, 1)
