"""Connection tables: which input maps each output map of a convolution sees. No layer.

Table 1 of LeCun, Bottou, Bengio & Haffner 1998 is one.
"""

from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import numpy as np
import yaml

from netkit.checks import Bound
from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.files.idx import read_matrix, write_matrix

Table: TypeAlias = list[list[int]] | dict[str, Any] | str
MOST = 1 << 20  # pairs: a larger table is a mistake


def pairs(
    table: Table, inputs: int, outputs: int, where: str = "table"
) -> tuple[list[int], list[int]]:
    """Return the output map and the input map of each kernel, in the order of the kernels.

    table: a list of input maps for each output; or {pairs: [[input, output], ...]}, in any order;
    or {fan_in: n, seed: s}, drawn at random; or the name of a file.  Raises NetkitError if it does
    not fit so many maps or leaves an output unconnected.
    """
    table = read_table(table) if isinstance(table, str) else table
    if isinstance(table, dict) and "fan_in" in table and set(table) <= {"fan_in", "seed"}:
        table = draw(inputs, outputs, table["fan_in"], table.get("seed", 0), where)
    if isinstance(table, dict) and set(table) == {"pairs"}:
        found = [(pair[1], pair[0]) for pair in table["pairs"]]
    elif isinstance(table, (list, tuple)) and all(isinstance(row, (list, tuple)) for row in table):
        found = [(o, i) for o, row in enumerate(table) for i in row]
    else:
        raise NetkitError(
            f"{where}: table={table!r}: give a list of input maps for each output, "
            "{pairs: [[input, output], ...]}, {fan_in: n, seed: s}, or a .mat or .yaml file"
        )
    check(found, inputs, outputs, where)
    return [o for o, _ in found], [i for _, i in found]


def checked_pairs(table: Any, where: str) -> list[tuple[int, int]]:
    """Return the pairs (input, output) of a table, checked by itself: all of its maps connected."""
    try:
        if isinstance(table, dict):
            inputs, outputs = (1 + max(pair[k] for pair in table["pairs"]) for k in (0, 1))
        else:
            inputs, outputs = 1 + max(map(max, filter(None, table))), len(table)
    except (TypeError, ValueError, IndexError, KeyError):
        raise NetkitError(
            f"{where}: is no table: write a list of lists of input maps, one an output"
        ) from None
    outs, ins = pairs(table, inputs, outputs, where)
    return list(zip(ins, outs, strict=True))


def check(found: list[tuple[int, int]], inputs: int, outputs: int, where: str) -> None:
    """Raise if pairs (output, input) are of other maps, stand twice, or leave an output out."""
    whole = all(isinstance(n, int) and not isinstance(n, bool) for pair in found for n in pair)
    seen = {o for o, _ in found}
    if not whole or seen != set(range(outputs)) or any(not 0 <= i < inputs for _, i in found):
        ins = [i for _, i in found if isinstance(i, int)]
        raise NetkitError(
            f"{where}: the table has {len(seen)} outputs over input maps "
            f"{min(ins, default=0)}..{max(ins, default=0)}: "
            f"connect each of the {outputs} outputs, to input maps from 0 to {inputs - 1}"
        )
    if len(set(found)) < len(found):
        o, i = next(pair for k, pair in enumerate(found) if pair in found[:k])
        raise NetkitError(
            f"{where}: the table connects input {i} and output {o} twice: name each pair once"
        )


def draw(
    inputs: int, outputs: int, fan_in: int, seed: int = 0, where: str = "table"
) -> list[list[int]]:
    """Return a table in which each output sees `fan_in` inputs, and all inputs are seen alike.

    Inputs are dealt like cards: the pack is shuffled again when it runs out.
    """
    limits = {"fan_in": (fan_in, inputs), "outputs": (outputs, MOST), "seed": (seed, 1 << 62)}
    for name, (value, most) in limits.items():
        try:
            Bound(least=0 if name == "seed" else 1, most=most, whole=True).take(value)
        except ValueError:
            raise NetkitError(
                f"{where}: {name}={value}: give a whole number, at most {most:,}"
            ) from None
    random = Random(seed)
    pack: list[int] = []
    table: list[list[int]] = []
    for _ in range(outputs):
        hand: list[int] = []
        while len(hand) < fan_in:
            if not pack:  # a shuffle that is the same in every version of Python
                pack = sorted(range(inputs), key=lambda _: random.random())
            card = next((c for c in pack if c not in hand), None)
            if card is None:  # what is left of the pack is in the hand already
                pack += sorted(range(inputs), key=lambda _: random.random())
                continue
            pack.remove(card)
            hand.append(card)
        table.append(sorted(hand))
    return table


def read_table(path: str | Path) -> Any:
    """Return the table in a .yaml or a .mat file, unchecked.

    A .mat is EBLearn's: a row of two whole numbers, input and output, for each kernel.
    """
    path = Path(path)
    if path.suffix in (".yaml", ".yml"):
        try:
            return yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            said = " ".join(str(getattr(error, "strerror", None) or error).split())
            raise NetkitError(
                f"table {path}: cannot be read ({said}): write a list of lists"
            ) from None
    rows = read_matrix(path)
    if rows.ndim != 2 or rows.shape[1] != 2 or len(rows) > MOST or (rows != np.round(rows)).any():
        raise NetkitError(
            f"table {path}: {rows.dtype} {rows.shape} is no table: it has a row of two whole "
            "numbers, input and output, for each kernel"
        )
    return by_outputs([[int(i), int(o)] for i, o in rows])


def by_outputs(found: list[list[int]]) -> Table:
    """Return pairs [input, output] as lists of inputs, an output each, if their order allows it."""
    outs = [o for _, o in found]
    if outs != sorted(outs) or set(outs) != set(range(len(set(outs)))):
        return {"pairs": found}
    return [[i for i, o in found if o == out] for out in range(len(set(outs)))]


def write_table(path: str | Path, table: list[list[int]]) -> None:
    """Write a list of inputs for each output as a .mat as EBLearn has it, or as .yaml."""
    path = Path(path)
    if path.suffix == ".mat":
        found = [[i, o] for o, row in enumerate(table) for i in row]
        write_matrix(path, np.array(found, np.int32), "mat")
    elif path.suffix in (".yaml", ".yml"):
        rows = "".join(f"- {row}\n" for row in table)
        text = f"# input maps of each of {len(table)} output maps\n{rows}"
        write_beside(path, text.encode())
    else:
        raise NetkitError(f"table {path}: ends in '{path.suffix}': there are .mat and .yaml")
