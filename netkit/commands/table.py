"""netkit table: draw a connection table at random, or show one."""

from pathlib import Path

from netkit.errors import NetkitError
from netkit.plugins.layers.tables import checked_pairs, draw, read_table, write_table


def table(path, inputs=None, outputs=None, fan_in=None, seed=0):
    """Show the table in a file; or, with numbers of maps, draw one, write it there and show it.
    Return the picture.
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
        rows = draw(inputs, outputs, inputs if fan_in is None else fan_in, seed, f"table {path}")
        write_table(path, rows)
        wires = checked_pairs(rows, f"table {path}")
    return picture(wires)


def picture(wires):
    """Return a table as LeCun 1998 prints it: a row an input map, a column an output map, X where
    there is a kernel.
    """
    inputs, outputs = (max(pair[k] for pair in wires) + 1 for k in (0, 1))
    width, connected = len(str(outputs - 1)) + 1, set(wires)
    side = len(str(inputs - 1))
    lines = [" " * side + "".join(str(o).rjust(width) for o in range(outputs))]
    for i in range(inputs):
        cells = ("X" if (i, o) in connected else "." for o in range(outputs))
        lines.append(str(i).rjust(side) + "".join(cell.rjust(width) for cell in cells))
    return "\n".join([*lines, f"{len(wires)} kernels, {inputs} input maps, {outputs} output maps"])
