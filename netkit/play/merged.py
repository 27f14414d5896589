"""The rows of a net in eight bits: of layers that became one step with the next there is none."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netkit.play.rows import Row


def merged(rows: "Sequence[Row]", kept: Collection[str]) -> "list[Row]":
    """Return the rows whose names are kept, each made of the nearest one before it that is.

    Its window is that of the layers between, one after the other, and it names them.
    """
    numbers = {k: n for n, k in enumerate(k for k, row in enumerate(rows) if row.name in kept)}
    made = []
    for k in numbers:
        row = rows[k]
        between: list[str] = []
        while row.before is not None and row.before not in numbers:
            between.insert(0, rows[row.before].name)
            row = through(row, rows[row.before])
        before = None if row.before is None else numbers[row.before]
        names = f" In one step with {', '.join(between)}." if between else ""
        made.append(row._replace(before=before, about=row.about + names))
    return made


def through(row: "Row", before: "Row") -> "Row":
    """Return a row as made of what the row before it is made of."""
    (down, across), (top, left), (high, wide) = before.step, before.low, before.size
    return row._replace(
        before=before.before,
        low=(top + down * row.low[0], left + across * row.low[1]),
        size=(high + down * (row.size[0] - 1), wide + across * (row.size[1] - 1)),
        step=(down * row.step[0], across * row.step[1]),
        local=row.local and before.local,
    )
