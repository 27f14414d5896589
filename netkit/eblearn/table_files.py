"""Connection tables that a .conf file names: where they are looked for, and what a name says."""

import os
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from netkit.eblearn.conf_file import ConfFile
from netkit.errors import NetkitError
from netkit.plugins.layers.tables import MOST, Table, draw

OF_A_CHECKOUT = "tools/data/tables"  # where EBLearn itself has its tables
LECUN = [  # LeCun, Bottou, Bengio & Haffner 1998, table 1: an output's input maps, in their order
    *([o % 6, (o + 1) % 6, (o + 2) % 6] for o in range(6)),
    *([o % 6, (o + 1) % 6, (o + 2) % 6, (o + 3) % 6] for o in range(6)),
    *([o % 6, (o + 1) % 6, (o + 3) % 6, (o + 4) % 6] for o in range(3)),
    [0, 1, 2, 3, 4, 5],
]
CHANNELS = {  # the kinds of table in which runs of outputs see some channels, and which those see
    "yuv": {"y": [0], "u": [1], "v": [2], "yuv": [0, 1, 2], "uv": [1, 2]},
    "uv": {"u": [0], "v": [1]},
    "stereo": {"l": [0], "r": [1], "lr": [0, 1]},
}
NAME = re.compile(
    r"table_(?P<inputs>\d{1,6})_(?P<outputs>\d{1,6})_connect_(?P<count>\d{1,7})"
    r"(?:_fanin(?P<fan_in>(?:_\d{1,6})*))?(?:_density_[\d.]+)?(?:_(?P<kind>.+))?"
)


def find(conf: ConfFile, path: str) -> Path | None:
    """Return where the table of a .conf file is: there, or a file of its name somewhere near.

    That is beside the .conf file, in a folder that one of its variables names, or in EBLearn's own
    place for tables in a folder above.  None if it is nowhere.
    """
    home = conf.path.resolve().parent
    name = re.split(r"[/\\]", path)[-1]
    if not name:
        return None
    near = (folder / OF_A_CHECKOUT for folder in (home, *home.parents))
    files = (folder / name for folder in chain([home], folders(conf, home), near))
    return next((file for file in chain([home / path], files) if os.path.isfile(file)), None)


def folders(conf: ConfFile, home: Path) -> Iterator[Path]:
    """Yield the folders that a file's variables name; asking for them does not count as use."""
    for name in list(conf.values):
        used = set(conf.used)
        try:
            value = conf.get(name)
        except NetkitError:  # a variable that refers to itself is nobody's folder
            value = ""
        conf.used = used
        if value and os.path.isdir(home / value):  # False where a name is too long for one
            yield home / value


def named(path: str) -> Table | None:
    """Return the table that a file's name says, as an arch has it; None if it says none.

    Names are those that EBLearn's maketable gives: table_6_16_connect_60.mat is LeCun's of 1998,
    ..._fanin_2_3_random has 2 inputs for half of the outputs and 3 for the others, drawn,
    ..._yuv_y8_u0_v0_yuv16_uv0 8 outputs that see Y alone and 8 more that see all channels.
    """
    found = NAME.fullmatch(re.split(r"[/\\]", path)[-1].removesuffix(".mat"))
    if not found:
        return None
    inputs, outputs, count = (int(found[key]) for key in ("inputs", "outputs", "count"))
    kind, fan_in = found["kind"] or "", [int(n) for n in re.findall(r"\d+", found["fan_in"] or "")]
    table: Table | None = None
    if count > MOST:
        return None
    if kind == "random" and fan_in:
        hands = fan_in if len(fan_in) > 1 else fan_in[0]
        table, rows = {"fan_in": hands, "seed": 0}, draw(inputs, outputs, hands, 0, path)
    elif (inputs, outputs, count, kind) == (6, 16, 60, ""):
        rows = LECUN
    elif kind in ("full", "") and count == inputs * outputs:
        rows = [list(range(inputs)) for _ in range(outputs)]
    elif kind == "one2one":
        rows = [[k] for k in range(inputs)]
    else:
        rows = by_channels(kind)
    same = (outputs, count) == (len(rows), sum(map(len, rows)))
    fits = same and all(i < inputs for row in rows for i in row)
    return (table or [list(row) for row in rows]) if fits else None


def by_channels(kind: str) -> list[list[int]]:
    """Return the table of yuv_y8_u0_v0_yuv16_uv0: numbers are where a run of outputs ends."""
    words: Sequence[str] = kind.split("_")
    if re.fullmatch(r"(yuv|uv)0", words[0]):  # as older names have it: yuv0_y24_u28_v32
        words = [words[0][:-1], *words[1:]]
    rows: list[list[int]] = []
    for word in words[1:]:
        run = re.fullmatch(r"([a-z]+)(\d{1,6})", word)
        inputs = CHANNELS.get(words[0], {}).get(run[1]) if run else None
        if run is None or inputs is None:
            return []
        rows += [inputs] * (int(run[2]) - len(rows))
    return rows
