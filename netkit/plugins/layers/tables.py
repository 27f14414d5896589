"""Connection tables: which input maps each output map of a convolution sees. No layer.

Table 1 of LeCun, Bottou, Bengio & Haffner 1998 is one.
"""

from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import numpy as np

from netkit.checks import Bound
from netkit.errors import NetkitError, shown
from netkit.files import write_beside
from netkit.files.documents import parse_yaml, read_text
from netkit.files.idx import read_matrix, write_matrix

Table: TypeAlias = list[list[int]] | dict[str, Any] | str
MOST = 1 << 20  # pairs: a larger table is a mistake
LONGEST = 4096  # characters of a path, as systems have it


def pairs(
    table: Table, inputs: int, outputs: int, where: str = "table"
) -> tuple[list[int], list[int]]:
    """Return the output map and the input map of each kernel, in the order of the kernels.

    table: a list of input maps for each output; or {pairs: [[input, output], ...]}, in any order;
    or {first: n}, each output sees the first n maps; or {fan_in: n, seed: s}, drawn at random; or
    the name of a file.  Raises NetkitError if it does not fit so many maps or leaves an output
    unconnected.
    """
    table = read_table(table, where) if isinstance(table, str) else table
    if isinstance(table, dict) and "fan_in" in table and set(table) <= {"fan_in", "seed"}:
        table = draw(inputs, outputs, table["fan_in"], table.get("seed", 0), where)
    elif isinstance(table, dict) and set(table) == {"first"}:
        first = at_most("first", table["first"], min(inputs, MOST // max(outputs, 1)), where)
        table = [list(range(first))] * outputs
    if isinstance(table, dict) and set(table) == {"pairs"}:
        found = in_order(table["pairs"], where)
    elif isinstance(table, (list, tuple)) and all(isinstance(row, (list, tuple)) for row in table):
        found = [(o, i) for o, row in enumerate(table) for i in row]
    else:
        raise NetkitError(
            f"{where}: table={shown(table)}: give a list of input maps for each output, "
            "{pairs: [[input, output], ...]}, {first: n}, {fan_in: n, seed: s}, "
            "or a .mat or .yaml file"
        )
    check(found, inputs, outputs, where)
    return [o for o, _ in found], [i for _, i in found]


def in_order(listed: Any, where: str) -> list[tuple[int, int]]:
    """Return (output, input) of each [input, output]; raise NetkitError if they are no pairs."""
    if not isinstance(listed, (list, tuple)):
        raise NetkitError(f"{where}: pairs={shown(listed)}: give [[input, output], ...]")
    for pair in listed:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise NetkitError(f"{where}: {shown(pair)} is no pair: give [input, output]")
    return [(pair[1], pair[0]) for pair in listed]


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
    seen = {o for o, _ in found} if whole else set()
    missing = len(seen) != outputs or any(not 0 <= o < outputs for o in seen)
    if not whole or missing or any(not 0 <= i < inputs for _, i in found):
        ins = [i for _, i in found if isinstance(i, int)]
        raise NetkitError(
            f"{where}: the table has {len(seen)} outputs over input maps "
            f"{min(ins, default=0)}..{max(ins, default=0)}: "
            f"connect each of the {outputs} outputs, to input maps from 0 to {inputs - 1}"
        )
    (o, i), times = Counter(found).most_common(1)[0]
    if times > 1:
        raise NetkitError(
            f"{where}: the table connects input {i} and output {o} twice: name each pair once"
        )


def at_most(name: str, value: Any, most: int, where: str, least: int = 1) -> int:
    """Return a whole number from `least` to `most`; raise NetkitError for anything else."""
    try:
        return int(Bound(least=least, most=most, whole=True).take(value))
    except ValueError:
        raise NetkitError(
            f"{where}: {name}={shown(value)}: give a whole number, at most {most:,}"
        ) from None


def draw(
    inputs: int,
    outputs: int,
    fan_in: int | Sequence[int],
    seed: int = 0,
    where: str = "table",
) -> list[list[int]]:
    """Return a table in which each output sees `fan_in` inputs, and all inputs are seen alike.

    Inputs are dealt like cards: the pack is shuffled again when it runs out.  fan_in: of several
    numbers, each is for as many of the outputs, one run after the other.
    """
    at_most("outputs", outputs, MOST, where)
    at_most("seed", seed, 1 << 62, where, least=0)
    several = list(fan_in) if isinstance(fan_in, (list, tuple)) and fan_in else [fan_in]
    hands = [at_most("fan_in", n, inputs, where) for n in several]
    sizes = [hands[o * len(hands) // outputs] for o in range(outputs)]
    if sum(sizes) > MOST or inputs > MOST:
        raise NetkitError(
            f"{where}: fan_in={shown(fan_in)} of {inputs:,} inputs for {outputs:,} outputs: "
            f"a table has at most {MOST:,} inputs, and so many pairs: give fewer"
        )
    random = Random(seed)
    pack: deque[int] = deque()
    table: list[list[int]] = []
    for size in sizes:
        hand: set[int] = set()
        twins: list[int] = []  # cards that the hand has already: they go back on top
        while len(hand) < size:
            if not pack:  # a shuffle that is the same in every version of Python
                pack.extend(sorted(range(inputs), key=lambda _: random.random()))
            card = pack.popleft()
            if card in hand:
                twins.append(card)
            hand.add(card)
        pack.extendleft(reversed(twins))
        table.append(sorted(hand))
    return table


def read_table(path: str | Path, where: str = "") -> Any:
    """Return the table in a .yaml or a .mat file, unchecked.

    A .mat is EBLearn's: a row of two whole numbers, input and output, for each kernel.  where: the
    layer that names the file, for errors.
    """
    if len(str(path)) > LONGEST:
        before = f"{where}: " if where else ""
        raise NetkitError(
            f"{before}table={shown(str(path))}: {len(str(path)):,} characters are no name of a "
            "file: give the name of a .mat or .yaml file, or pairs of numbers"
        )
    path = Path(path)
    if path.suffix in (".yaml", ".yml"):
        return parse_yaml(read_text(path, f"table {path}"), f"table {path}")
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
    rows: list[list[int]] = [[] for _ in set(outs)]
    for i, o in found:
        rows[o].append(i)
    return rows


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
