"""A plan as a table of numbers, which c/net.c runs: operators, constants, room for every value."""

from collections.abc import Iterable
from math import prod
from typing import NamedTuple

import numpy as np

from netkit.errors import NetkitError
from netkit.export.page.operators import KINDS, needed, pointwise
from netkit.export.page.writer import Value, Writer
from netkit.export.plan import Plan
from netkit.types import Array

MOST = 1 << 29  # floats of a block: whole numbers of 32 bits count its bytes
SLACK = 16  # floats behind the block: a vector may read so far


class Table(NamedTuple):
    """What c/net.c runs.

    words: int32, the number of operators and WORDS each.  constants: the beginning of the block,
    float32, or four bytes of whole numbers in the place of a float.  floats: the size of the block.
    values: {name: Value}, of the plan's values; places: of its constants too.
    """

    words: Array
    constants: Array
    floats: int
    values: dict[str, Value]
    places: dict[str, Value]

    @property
    def bytes(self) -> int:
        """The memory that it takes to run."""
        return 4 * (len(self.words) + self.floats + SLACK)

    @classmethod
    def of(cls, writer: Writer, floats: int, names: Iterable[str]) -> "Table":
        """Return the table that a writer has written; names: of its values.

        Raises NetkitError where it takes more memory than c/net.c can count.
        """
        if floats > MOST:
            raise NetkitError(
                f"a page of this net would take {floats / 2**28:,.1f} GiB of memory, and one has "
                f"{MOST / 2**28:.0f}: train it on smaller images, or show it with netkit play"
            )
        words = np.array([len(writer.operators), *np.ravel(writer.operators)], np.int32)
        values = {name: writer.places[name] for name in names}
        return cls(words, writer.block(), floats, values, writer.places)


def table_of(plan: Plan) -> Table:
    """Return the table of a plan; raise NetkitError for an operator that it does not know."""
    writer = Writer(plan.arrays)
    extra: dict[str, int] = {}  # where what operators need beside the plan's constants lies
    for operator in plan.operators:
        for name, array in needed(operator, plan).items():
            extra[name] = writer.constant(array)
    at = writer.size
    for name, shape in plan.shapes.items():
        writer.places[name] = Value(at, shape)
        at += prod(shape)
    writer.room = at
    for operator in plan.operators:
        write = KINDS.get(operator.kind) or pointwise(operator)
        write(writer, operator, extra)
    return Table.of(writer, writer.room + writer.most, plan.shapes)
