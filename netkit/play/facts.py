"""What the page is told of a net, as JSON has it: its layers, its classes, whence it comes."""

from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netkit.classification.fitting import Fitting
from netkit.errors import NetkitError
from netkit.files.text import printable
from netkit.net import named_layers
from netkit.play.examples import Examples
from netkit.play.rows import Watcher

if TYPE_CHECKING:
    from netkit.energy import Energy
    from netkit.net import Net

DETECT = "detect"  # a picture fitted as netkit detect fits it for a net of whole images


def facts_of(
    watcher: Watcher,
    energy: "Energy",
    classes: Sequence[str],
    *,
    meta: Mapping[str, Any],
    path: Path | None = None,
    examples: Examples | None = None,
    kernels: Mapping[str, Sequence[int]] | None = None,
    look: Mapping[str, Any] | None = None,
    kept: Sequence[str] = (),
    at: int = 0,
) -> dict[str, Any]:
    """Return the facts of the page's script.

    meta, path: of the weights, see Checkpoint.  kernels: {name of a layer: (maps, height, width) of
    the kernels of one of its maps}.  look: how boxes are chosen, see `looking`.  kept: what the
    weights of a run are called of which the page may choose, in order;
    at: the number of the present ones.
    """
    net = watcher.net
    shapes = {name: list(shape) for name, shape in (kernels or {}).items()}
    rows = [row.facts() | {"kernels": shapes.get(row.name)} for row in watcher.rows]
    found = examples or Examples.none(net.shape)
    return {
        "title": title(meta),
        "about": about(net, meta, path),
        "shape": list(net.shape),
        "classes": list(classes),
        "rows": rows,
        "reading": energy.reading() or {"kind": "asked"},  # asked: the server says it
        "grid": net.grid(),
        "look": dict(look or {}),
        "fitting": fitting(net, energy, meta),
        "examples": found.facts(),
        "kept": list(kept),
        "at": at,
    }


def title(meta: Mapping[str, Any]) -> str:
    """Return which net it is: its arch, and the data it knows."""
    config = meta.get("config", {})
    name = config.get("arch", {}).get("name") or "A net"
    data = config.get("data") or {}
    kind = data.get("type") if isinstance(data, dict) else None
    return f"{name} on {kind}" if kind else str(name)


def about(net: "Net", meta: Mapping[str, Any], path: Path | None) -> str:
    """Return a line about a net: its size, what it was measured to know, its file."""
    parts = [f"{net.values.size:,} weights in {len(list(named_layers(net.layers)))} layers"]
    if "int8" in meta:
        parts.append("in eight bits")
    row = (meta.get("rows") or [{}])[-1]
    if isinstance(row.get("test_correct"), float):
        parts.append(f"{row['test_correct']:.2f} % of the test images right")
    if meta.get("iteration"):
        parts.append(f"after {meta['iteration']} iterations")
    if path is not None:
        parts.append(printable(path))
    return ", ".join(parts)


def fitting(net: "Net", energy: "Energy", meta: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a picture becomes the net's: see Fitting; for boxes as netkit detect has it."""
    if energy.targets == "boxes":
        invert = meta.get("looking", {}).get("invert", False)
        return {"fit": DETECT, "fill": 0, "invert": invert, "unit": False}
    how = Fitting.of(meta, net.shape)
    return {"fit": how.fit, "fill": how.fill, "invert": how.invert, "unit": how.pixels == "unit"}


def drawable(net: "Net") -> None:
    """Raise NetkitError unless pictures have the channels that a net takes."""
    if net.shape[0] not in (1, 3):
        raise NetkitError(
            f"this net takes {net.shape[0]} channels, and pictures have 1 or 3: "
            f"give arrays of shape {net.shape} from Python"
        )
    most = 1 << 24
    if prod(net.shape) > most:
        raise NetkitError(f"pictures of {net.shape} are too large for a page: at most {most:,}")
