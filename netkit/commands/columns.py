"""Rows of text in columns, for the terminal."""

from collections.abc import Sequence

from netkit.files.text import printable


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of text in columns; a column of numbers stands at the right."""
    rows = [[printable(cell) for cell in row] for row in rows]
    columns = list(zip(*rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    right = [all(not c or c.replace(",", "").isdigit() for c in column[1:]) for column in columns]
    lines = []
    for row in rows:
        cells = [
            c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
