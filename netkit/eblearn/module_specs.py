"""EBLearn's modules whose parameters are written differently here: what each adds to an arch.

Each is a function (reader, module) that adds layers to an ArchReader for the module of that name.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from netkit.eblearn import COLOURS, LAYERS
from netkit.eblearn.table_files import find, named
from netkit.errors import NetkitError
from netkit.plugins.layers.tables import checked_pairs, read_table

if TYPE_CHECKING:
    from netkit.eblearn.arch_reader import ArchReader

Rule = Callable[["ArchReader", str], None]


def dims(text: str) -> Any:
    """Return 5x5 as 5, 5x7 or 5,7 as [5, 7], a number as a number, anything else as it is."""
    parts = re.split(r"\s*[x,]\s*|\s+", text.strip())
    try:
        values = [int(p) if re.fullmatch(r"-?\d+", p) else float(p) for p in parts]
    except ValueError:
        return text
    return values[0] if len(set(values)) == 1 and len(values) <= 2 else values


def conv(reader: "ArchReader", module: str, bias: bool = False) -> None:
    """Add a convolution, its stride left out where it is 1."""
    kernel = dims(reader.need(module, "kernel"))
    spec: dict[str, Any] = {"type": "conv", "out": None, "kernel": kernel}
    stride = dims(reader.parameter(module, "stride") or "1x1")
    if stride != 1:
        spec["stride"] = stride
    spec["bias"] = bias
    path = reader.parameter(module, "table")
    if path:
        spec["table"], spec["out"] = connections(reader, module, path)
    else:
        spec["out"] = reader.maps(module, "table_out", reader.need(module, "table_out"))
        first = reader.parameter(module, "table_in") or ""
        if first.isdigit() and (int(first) != reader.thickness or not reader.sure):
            spec["table"] = {"first": int(first)}  # the first maps alone, whatever comes
    reader.ends_with(None if spec["out"] == "noutputs" else spec["out"])
    reader.add(module, spec)


def connections(reader: "ArchReader", module: str, path: str) -> tuple[Any, int]:
    """Return the connection table in a file, as an arch has it, and how many output maps it has.

    A path that does not begin at the root begins at the folder of the .conf file.
    """
    file = find(reader.conf, path)
    table = named(path) if file is None else read_table(file)
    if table is None:
        raise NetkitError(
            f"{reader.conf.path}: {module}_table = {path}: there is no such file, nor one of its "
            "name beside the .conf file: give the folder that it is in after the file, tblroot=DIR"
        )
    if isinstance(table, dict) and "fan_in" in table:
        reader.notes[f"{module}_table"] = (
            f"{path} is not there: another was drawn at random, as its name says: weights that "
            "were trained with it need the file itself"
        )
        return table, int(path.rsplit("table_", 1)[1].split("_")[1])
    return table, 1 + max(o for _, o in checked_pairs(table, f"table {file or path}"))


def subs(reader: "ArchReader", module: str, bias: bool = False) -> None:
    """Add a subsampling; EBLearn sums over the stride, whatever the kernel."""
    reader.parameter(module, "kernel")
    stride = reader.parameter(module, "stride") or reader.need(module, "kernel")
    reader.add(module, {"type": "subs", "kernel": dims(stride), "bias": bias})


def linear(reader: "ArchReader", module: str) -> None:
    """Add a linear layer; EBLearn has the bias as a module of its own, addc."""
    out = reader.maps(module, "out", reader.need(module, "out"))
    reader.ends_with(None if isinstance(out, str) else out)
    reader.add(module, {"type": "linear", "out": out, "bias": False})
    given = reader.parameter(module, "in") or ""
    if given.isdigit():
        reader.inputs[list(reader.layers)[-1]] = int(given)


def with_tanh(layer: Callable[..., None]) -> Rule:
    """Return the rule of a module that has its bias and tanh in it."""

    def add(reader: "ArchReader", module: str) -> None:
        layer(reader, module, bias=True)
        reader.add(f"{module}_tanh", {"type": "tanh"})

    return add


def pad(kind: str) -> Rule:
    """Return the rule of a padding, whose dims are a kernel's or four sides; or sides, four."""

    def add(reader: "ArchReader", module: str) -> None:
        size = dims(reader.parameter(module, "sides") or reader.need(module, "dims"))
        sides = isinstance(size, list) and len(size) == 4
        reader.add(module, {"type": kind, "pad" if sides else "kernel": size})

    return add


def pool(kind: str) -> Rule:
    """Return the rule of a pooling: a stride that is not given is 1 in EBLearn, the kernel here."""

    def add(reader: "ArchReader", module: str) -> None:
        spec: dict[str, Any] = {"type": kind, "kernel": dims(reader.need(module, "kernel"))}
        stride = reader.parameter(module, "stride")
        spec["stride"] = dims(stride) if stride else 1
        if kind == "lppool":
            spec["power"] = dims(reader.need(module, "power"))
        reader.add(module, spec)

    return add


def dropout(reader: "ArchReader", module: str) -> None:
    """Add a dropout, which knows by itself whether a net is trained: test_time is not needed."""
    reader.parameter(module, "test_time")
    reader.add(module, {"type": "dropout", "rate": dims(reader.need(module, "proba"))})


def jitter(reader: "ArchReader", module: str) -> None:
    """Add a jitter with EBLearn's largest translation and rotation."""
    spec: dict[str, Any] = {"type": "jitter"}
    for ours, theirs in (("shift", "translations"), ("rotate", "rotations")):
        text = reader.parameter(module, theirs)
        if text:
            found = dims(text) if isinstance(dims(text), list) else [dims(text)]
            largest = [max(map(abs, found[k : k + 2])) for k in range(0, len(found), 2)]
            one = ours == "rotate" or len(set(largest)) == 1
            spec[ours] = largest[0] if one else largest[:2]
    reader.add(module, spec)


def normalisation(kind: str) -> Rule:
    """Return the rule of a normalisation: without its threshold EBLearn divides by 1 at least.

    Its mirror image is not the usual one: see Mirror in netkit/plugins/layers/padding.py.
    """

    def add(reader: "ArchReader", module: str) -> None:
        spec = reader.plain(module, kind)
        if spec.get("threshold") is False:
            spec["floor"] = 1
        if spec.get("mirror"):
            spec["mirror"] = "repeat"
        reader.add(module, spec)

    return add


def colour(kind: str) -> Rule:
    """Return the rule of a colour module: as its layer has it, and so many maps after it."""

    def add(reader: "ArchReader", module: str) -> None:
        letters = kind.split("_")[2]
        reader.ends_with(1 if letters in ("y", "yp", "yn") else 3)
        spec = reader.plain(module, kind)
        if kind in ("rgb_to_yuv", "y_to_y"):
            spec.pop("global_norm", None)  # EBLearn does not read it
        reader.add(module, spec)

    return add


def resizepp(reader: "ArchReader", module: str) -> None:
    """Add what a resizing preprocessor does after it has resized: its module, and zeros around."""
    if reader.parameter(module, "size"):
        reader.notes[f"{module}_size"] = (
            "give the data in this size (data=folder size=...); detect makes its own sizes"
        )
    for name in ("mode", "preserve_ratio", "fovea"):
        if reader.parameter(module, name):
            reader.notes[f"{module}_{name}"] = "images are resized by detect, in its own way"
    reader.read(reader.need(module, "pp"))
    around = dims(reader.parameter(module, "zpad") or "0")
    sides = around[:2] if isinstance(around, list) else [around, around]
    if any(sides):
        reader.add(f"{module}_zpad", {"type": "zpad", "pad": sides})


def nothing(reader: "ArchReader", module: str) -> None:
    """Add nothing: the module only prints or copies, and the net is the same without it."""


POOLS = ("maxss", "wavgpool", "lppool", *(name for name in LAYERS if name.endswith("pool")))
MODULES: dict[str, Rule] = {
    "conv": conv,
    "convl": with_tanh(conv),
    "subs": subs,
    "subsl": with_tanh(subs),
    "linear": linear,
    "linear_replicable": linear,
    "zpad": pad("zpad"),
    "mirrorpad": pad("mirrorpad"),
    **{kind: pool(kind) for kind in POOLS},
    "dropout": dropout,
    "jitter": jitter,
    "resizepp": resizepp,
    "printer": nothing,
    "copy": nothing,
    **{kind: colour(kind) for kind in COLOURS},
    **{kind: normalisation(kind) for kind in ("wstd", "cnorm", "snorm", "dnorm")},
}
