"""What was measured, as a table."""

import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from netkit import __version__

LEFT = "work", "", "unit", "which"
COLUMNS = (
    "work",
    "",
    "unit",
    "netkit",
    "the best other",
    "which",
    "ratio",
    "least..most",
    "of sgemm",
)


def print_table(results: dict[str, Any]) -> None:
    """Print a line for each row: netkit, the best of the others' ways, how many times as fast."""
    title = f"netkit {__version__}, {results.get('backend', '')}, float32"
    if "roofline" in results:
        title += f"; sgemm {results['roofline']:.0f} GFLOP/s"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for name in COLUMNS:
        table.add_column(name, justify="left" if name in LEFT else "right")
    for row in results["rows"]:
        table.add_row(*cells(row))
    Console(width=None if sys.stdout.isatty() else 130).print(table)
    for name, apart in results["agreement"].items():
        what = ("gradients", "how far the weights moved in 100 steps")
        said = what if len(apart) == 2 else ("outputs",)
        parts = (f"{word} by {value:.0e}" for word, value in zip(said, apart, strict=True))
        print(f"{name}: differ: {', '.join(parts)}")


def cells(row: dict[str, Any]) -> list[str]:
    """Return a row of results as words."""
    best, ours = row.get("best"), next(iter(row["medians"]))
    words = [row["work"], row["what"], row["unit"], shown(row["medians"][ours])]
    if best:
        words += [
            shown(row["medians"][best]),
            best,
            f"{row['ratio']:.2f}",
            f"{row['least']:.2f}..{row['most']:.2f}",
        ]
    else:
        words += [""] * 4
    return [*words, f"{row['roofline']:.0%}" if "roofline" in row else ""]


def shown(value: float) -> str:
    """Return a number with three digits, or without a point from 100 on."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
