"""netkit convert ... FILE.html: a trained net as one page that opens from disk."""

import base64
import hashlib
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from netkit.build.looking import looking
from netkit.build.trained import net_of
from netkit.errors import NetkitError
from netkit.export.page.table import Table, table_of
from netkit.export.page.wasm import WASM
from netkit.export.plan import Plan, plan_of
from netkit.files import write_beside
from netkit.play.examples import Examples, examples_of
from netkit.play.facts import drawable, facts_of
from netkit.play.kernels import kernel_shapes
from netkit.play.page import filled, lean, script, text_of
from netkit.play.rows import Watcher
from netkit.registry import Registry

if TYPE_CHECKING:
    from netkit.energy import Energy
    from netkit.net import Net
    from netkit.training.checkpoint import Checkpoint

PLAIN = str.maketrans("&<>", ".,/")  # letters of base85 that mean something in a page, and others
NUMPY = {"backend": {"type": "numpy", "threads": 1}}


class Inside(NamedTuple):
    """What a page runs, and where in its block what it shows lies.

    rows: of each row the place of its floats.  kernels: of each row the place of its kernels, 0
    where there are none; of eight bits (place of the kernels, place of what 1 stands for).
    """

    table: Table
    rows: list[int]
    kernels: list[int | tuple[int, int]]


def export(registry: Registry, checkpoint: "Checkpoint", target: Path) -> str:
    """Write the net of a complete checkpoint as a page; return what was done.

    The page holds the weights in float32, exactly, the WebAssembly that runs the net, and a few
    pictures of the data it was trained on if that is on this machine. It asks nobody for anything.
    Raises NetkitError, naming it, for a layer or an energy that a page cannot run.
    """
    trained = trained_net(registry, checkpoint)
    plan = plan_of(registry, checkpoint, fold=False)
    table = table_of(plan)

    def inside(rows: list[dict[str, Any]]) -> Inside:
        places = [place(plan, table, row["name"], tuple(row["shape"])) for row in rows]
        return Inside(table, places, [kernels(plan, table, row) for row in rows])

    return written(registry, checkpoint, target, trained=trained, inside=inside)


def trained_net(registry: Registry, checkpoint: "Checkpoint") -> tuple["Net", "Energy", list[str]]:
    """Return the net, energy and classes of a checkpoint.

    Raises NetkitError where no page can show the net's pictures or read its answers.
    """
    net, energy, classes = net_of(registry, checkpoint, NUMPY)
    drawable(net)
    if energy.reading() is None:
        kind = type(energy).__name__
        raise NetkitError(
            f"energy {kind}: nothing but netkit can read its answers: give it a method reading(), "
            "or show the net with netkit play"
        )
    return net, energy, classes


def written(
    registry: Registry,
    checkpoint: "Checkpoint",
    target: Path,
    *,
    trained: tuple["Net", "Energy", list[str]],
    inside: Callable[[list[dict[str, Any]]], Inside],
) -> str:
    """Write the page of a net; return what was done.

    inside: returns what the page runs, of the rows that it shows, as Row.facts has them.
    """
    net, energy, classes = trained
    watcher, meta = Watcher(net), checkpoint.meta
    examples = examples_of(registry, meta)
    facts = facts_of(
        watcher,
        energy,
        classes,
        meta=meta,
        examples=Examples.none(net.shape),  # they are among the weights
        kernels=kernel_shapes(net),
        look=looking(meta) if energy.targets == "boxes" else None,
    )
    facts["examples"]["labels"] = examples.labels
    table, rows, kernels = inside(facts["rows"])
    parts = packed(table, examples)
    facts["inside"] = {
        "parts": [len(part) for part in parts],
        "floats": table.bytes // 4 - len(table.words),
        "rows": rows,
        "kernels": kernels,
    }
    page = page_of(facts, b"".join(parts)).encode()
    write_beside(target, page)
    size = f"{len(page) / 1000:,.0f} KB"
    return f"{target}: {net.values.size:,} weights, {len(facts['rows'])} layers to see, {size}"


def packed(table: Table, examples: Examples) -> list[bytes]:
    """Return what the page unpacks: WebAssembly, words, constants, pictures.

    Of the constants first the first byte of each, then the second ones: those that are alike stand
    together, and take less.
    """
    planes = np.ascontiguousarray(table.constants).view(np.uint8).reshape(-1, 4).T
    return [
        WASM.read_bytes(),
        table.words.tobytes(),
        planes.tobytes(),
        examples.images.tobytes(),
    ]


def place(plan: Plan, table: Table, name: str, shape: tuple[int, ...]) -> int:
    """Return where what a row shows lies in the block; the image's row is no layer's."""
    value = plan.layers.get(name, plan.input if name == "image" else "")
    found = table.values.get(value)
    if found is None or found.shape != shape:
        raise NetkitError(
            f"{name}: what this layer gives is not among what its onnx() makes: "
            "show the net with netkit play"
        )
    return found.at


def kernels(plan: Plan, table: Table, row: dict[str, Any]) -> int:
    """Return where the kernels of a row lie in the block; 0 where there are none."""
    if row["kernels"] is None:
        return 0
    operator = next(o for o in plan.operators if o.layer == row["name"] and o.kind == "Conv")
    return table.places[operator.inputs[1]].at


def page_of(facts: dict[str, Any], payload: bytes) -> str:
    """Return the page; payload: what its script unpacks."""
    style, code = lean(text_of("style.css")), lean(script(facts, "wasm"))
    policy = (
        f"default-src 'none'; script-src '{digest(code)}' 'wasm-unsafe-eval'; "
        f"style-src '{digest(style)}'; img-src data: blob:; media-src blob:; base-uri 'none'; "
        "form-action 'none'"
    )
    text = base64.b85encode(zlib.compress(payload, 9)).decode().translate(PLAIN)
    return filled(
        style=style,
        script=code,
        policy=f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        weights=f'<pre id="weights" hidden>{text}</pre>',
    )


def digest(text: str) -> str:
    """Return what a policy calls a style or script that it lets through."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
