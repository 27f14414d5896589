"""EBLearn's modules whose parameters are written differently here, each as a function (chain,
module).
"""

import re
from pathlib import Path

from netkit.errors import NetkitError
from netkit.files.idx import read_matrix


def dims(text):
    """Return 5x5 as 5, 5x7 or 5,7 as [5, 7], a number as a number, anything else as it is."""
    parts = re.split(r"\s*[x,]\s*|\s+", text.strip())
    try:
        values = [int(p) if re.fullmatch(r"-?\d+", p) else float(p) for p in parts]
    except ValueError:
        return text
    return values[0] if len(set(values)) == 1 and len(values) <= 2 else values


def window(chain, module, kernel="kernel"):
    """Return kernel and stride, the stride left out where it is 1."""
    spec = {"kernel": dims(chain.need(module, kernel))}
    stride = dims(chain.parameter(module, "stride", "1x1"))
    return spec | ({"stride": stride} if stride != 1 else {})


def conv(chain, module, bias=False):
    spec = {"type": "conv", "out": None, **window(chain, module), "bias": bias}
    path = chain.parameter(module, "table")
    if path:
        spec["table"], spec["out"] = read_table(chain, module, path)
    else:
        spec["out"] = chain.maps(module, "table_out", chain.need(module, "table_out"))
    chain.thickness = None if spec["out"] == "noutputs" else spec["out"]
    chain.add(module, spec)


def read_table(chain, module, path):
    """Return an EBLearn table, rows (input map, output map), and how many output maps it has.

    As the list of input maps of each output map; as pairs where the rows stand in another order,
    which is the order of the kernels in a file of weights.
    """
    file = Path(path) if Path(path).is_absolute() else chain.conf.path.parent / path
    if not file.is_file():
        raise NetkitError(
            f"{chain.conf.path}: {module}_table = {path}: there is no such file: give the variable that names its "
            "folder after the file, as in tblroot=DIR"
        )
    pairs = read_matrix(file)
    if (
        pairs.ndim != 2
        or pairs.shape[1] != 2
        or pairs.dtype.kind not in "ui"
        or not len(pairs)
        or pairs.min() < 0
    ):
        raise NetkitError(
            f"{file}: {pairs.dtype} {pairs.shape} is no table: it has rows (input map, output map)"
        )
    table = [[] for _ in range(int(pairs[:, 1].max()) + 1)]
    for i, o in pairs.tolist():
        table[o].append(i)
    if not all(table):
        raise NetkitError(
            f"{file}: output map {table.index([])} has no input map: draw another table"
        )
    in_order = [[i, o] for o, row in enumerate(table) for i in row] == pairs.tolist()
    return table if in_order else {"pairs": pairs.tolist()}, len(table)


def subs(chain, module, bias=False):
    chain.conf.get(f"{module}_kernel")  # EBLearn sums over the stride, whatever the kernel
    stride = chain.parameter(module, "stride") or chain.need(module, "kernel")
    chain.add(module, {"type": "subs", "kernel": dims(stride), "bias": bias})


def linear(chain, module):
    out = chain.maps(module, "out", chain.need(module, "out"))
    chain.thickness = None if out == "noutputs" else out
    chain.add(module, {"type": "linear", "out": out, "bias": False})


def with_tanh(layer):
    """Return a function for a module that has its bias and tanh in it."""

    def add(chain, module):
        layer(chain, module, bias=True)
        chain.add(f"{module}_tanh", {"type": "tanh"})

    return add


def pad(kind):
    def add(chain, module):
        size = dims(chain.need(module, "dims"))
        sides = isinstance(size, list) and len(size) == 4
        chain.add(module, {"type": kind, "pad" if sides else "kernel": size})

    return add


def pool(kind):
    """Return a function for a pooling module, whose stride is 1 in EBLearn and the kernel here if
    not given.
    """

    def add(chain, module):
        spec = {"type": kind, "kernel": dims(chain.need(module, "kernel"))}
        stride = chain.parameter(module, "stride")
        spec["stride"] = dims(stride) if stride else 1
        if kind == "lppool":
            spec["power"] = dims(chain.need(module, "power"))
        chain.add(module, spec)

    return add


def dropout(chain, module):
    chain.conf.get(f"{module}_test_time")  # here it is known whether a net is trained
    chain.add(module, {"type": "dropout", "rate": dims(chain.need(module, "proba"))})


def jitter(chain, module):
    spec = {"type": "jitter"}
    for ours, theirs in (("shift", "translations"), ("rotate", "rotations")):
        values = chain.parameter(module, theirs)
        if values:
            found = dims(values) if isinstance(dims(values), list) else [dims(values)]
            largest = [max(map(abs, found[k : k + 2])) for k in range(0, len(found), 2)]
            spec[ours] = largest[0] if ours == "rotate" or len(set(largest)) == 1 else largest[:2]
    chain.add(module, spec)


def colour(kind, maps):
    def add(chain, module):
        chain.thickness = maps
        chain.add(module, chain.plain(module, kind))

    return add


def resizepp(chain, module):
    chain.notes[f"{module}_size"] = (
        "give the data in this size (data=folder size=...); detect makes its own sizes"
    )
    inner = chain.parameter(module, "pp")
    if inner:
        chain.read(inner)


def nothing(chain, module):
    """A module that only prints or copies: the net is the same without it."""


THREE = (
    "rgb",
    "rgbp",
    "rgbn",
    "yuv",
    "ypuv",
    "ynuv",
    "yuvp",
    "yuvn",
    "ypuvp",
    "ynuvn",
    "ypupvp",
    "ynunvn",
)
COLOURS = {f"rgb_to_{to}": 1 for to in ("y", "yp", "yn")} | {f"rgb_to_{to}": 3 for to in THREE}
MODULES = {
    "conv": conv,
    "convl": with_tanh(conv),
    "subs": subs,
    "subsl": with_tanh(subs),
    "linear": linear,
    "linear_replicable": linear,
    "zpad": pad("zpad"),
    "mirrorpad": pad("mirrorpad"),
    "maxss": pool("maxss"),
    "wavgpool": pool("wavgpool"),
    "lppool": pool("lppool"),
    **{f"l{p}pool": pool(f"l{p}pool") for p in (1, 2, 4, 6, 8, 10, 12, 14, 16, 32, 64)},
    "dropout": dropout,
    "jitter": jitter,
    "resizepp": resizepp,
    "printer": nothing,
    "copy": nothing,
    **{kind: colour(kind, maps) for kind, maps in COLOURS.items()},
}
