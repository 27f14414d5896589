"""How a net's outputs are read in C: the class of an image, or boxes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from netkit.errors import NetkitError
from netkit.export.c.detecting import detect_parts
from netkit.export.c.text import part
from netkit.export.plan import Plan
from netkit.registry import Registry

if TYPE_CHECKING:
    from netkit.training.checkpoint import Checkpoint


class Answering(NamedTuple):
    """What a file says beside net_run: lines of its header and of its source; bytes of its RAM."""

    header: str
    source: str
    memory: int = 0


BOX = 24  # bytes of a net_box


def answering(
    registry: Registry, checkpoint: "Checkpoint", plan: Plan, cfg: Mapping[str, Any]
) -> Answering:
    """Return net_answer of a net that answers an image as a whole, net_detect of all others.

    Raises NetkitError for an energy of which nothing but netkit can read the outputs.
    """
    if plan.reading is None:
        energy = plan.meta["config"]["energy"]["type"]
        raise NetkitError(
            f"energy {energy}: how it reads the outputs is not written in C: "
            "give it a method reading(), or convert to .onnx"
        )
    kind, (outputs, rows, columns) = plan.reading["kind"], plan.shapes[plan.output]
    if kind == "boxes" or (rows, columns) != (1, 1):
        return Answering(*detect_parts(registry, checkpoint, plan, cfg), BOX * rows * columns)
    two = kind == "clip" and outputs == 1 and len(plan.classes) != 1
    return Answering(part("answer.h"), part(f"{kind}_two.c" if two else f"{kind}.c"))
