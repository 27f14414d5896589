"""How a net's outputs are read in C: the class of an image and how far each is believed."""

from typing import NamedTuple

from netkit.errors import NetkitError
from netkit.export.c.text import part
from netkit.export.plan import Plan


class Answering(NamedTuple):
    """What a file says beside net_run: lines of its header, and of its source."""

    header: str
    source: str


def answer(plan: Plan) -> Answering:
    """Return the function net_answer of a net that answers an image as a whole.

    Raises NetkitError for an energy of which nothing but netkit can read the outputs.
    """
    if plan.reading is None:
        energy = plan.meta["config"]["energy"]["type"]
        raise NetkitError(
            f"energy {energy}: how it reads the outputs is not written in C: "
            "give it a method reading(), or convert to .onnx"
        )
    kind, outputs = plan.reading["kind"], plan.shapes[plan.output][0]
    two = kind == "clip" and outputs == 1 and len(plan.classes) != 1
    return Answering(part("answer.h"), part(f"{kind}_two.c" if two else f"{kind}.c"))
