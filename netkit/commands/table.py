"""netkit table: draw a connection table at random, or show one."""

from pathlib import Path

from netkit.errors import NetkitError
from netkit.plugins.layers.tables import checked_pairs, draw, read_table, write_table


def table(
    path: str,
    inputs: int | None = None,
    outputs: int | None = None,
    *,
    fan_in: int | str | None = None,
    seed: int = 0,
) -> str:
    """Return a picture of the table in a file; with numbers of maps, draw and write it first.

    fan_in: see draw(); several numbers as "2,3".
    """
    if inputs is None and outputs is None and fan_in is None:
        found = read_table(path)
        wires = checked_pairs(found, f"table {path}")
    else:
        if not inputs or not outputs:
            raise NetkitError(
                f"table {path}: say of how many maps: --inputs 6 --outputs 16 [--fan-in 4]"
            )
        if Path(path).exists():
            raise NetkitError(f"table {path}: is there already: choose another name, or remove it")
        rows = draw(inputs, outputs, hands(fan_in) or inputs, seed, f"table {path}")
        write_table(path, rows)
        wires = checked_pairs(rows, f"table {path}")
    return picture(wires)


def hands(fan_in: int | str | None) -> list[int]:
    """Return the numbers of input maps that were given, [] if none were."""
    words = str(fan_in).split(",") if fan_in is not None else []
    if not all(word.strip().isdigit() for word in words):
        raise NetkitError(f"--fan-in {fan_in}: give a whole number from 1, or several as 2,3")
    return [int(word) for word in words]


def picture(wires: list[tuple[int, int]]) -> str:
    """Return pairs (input, output) as LeCun 1998 prints a table.

    A row an input map, a column an output map, X where there is a kernel.
    """
    inputs, outputs = (max(pair[k] for pair in wires) + 1 for k in (0, 1))
    width, connected = len(str(outputs - 1)) + 1, set(wires)
    side = len(str(inputs - 1))
    lines = [" " * side + "".join(str(o).rjust(width) for o in range(outputs))]
    for i in range(inputs):
        cells = ("X" if (i, o) in connected else "." for o in range(outputs))
        lines.append(str(i).rjust(side) + "".join(cell.rjust(width) for cell in cells))
    return "\n".join([*lines, f"{len(wires)} kernels, {inputs} input maps, {outputs} output maps"])
