"""netkit convert ... FILE.c: a trained net as one file of C99 and its header."""

from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netkit.checks import Count, taken
from netkit.errors import NetkitError
from netkit.export.c.answers import answering
from netkit.export.c.calls import Calls
from netkit.export.c.memory import placed
from netkit.export.c.report import report
from netkit.export.c.shaping import shaped
from netkit.export.c.source import header, source
from netkit.export.c.vectors import test_outputs
from netkit.export.plan import plan_of
from netkit.files import write_beside
from netkit.registry import Registry

if TYPE_CHECKING:
    from netkit.training.checkpoint import Checkpoint

NOTHING: dict[str, Any] = {}
MOST = 2**31 - 1  # bytes of memory that an int of 32 bits can count


def export(
    registry: Registry, checkpoint: "Checkpoint", target: Path, cfg: Mapping[str, Any] = NOTHING
) -> str:
    """Write the net of a complete checkpoint as C; return what was done, in lines.

    Beside `target` its header is written, of the same name.  cfg: as detect's; of it input_height
    and input_width say which images it is for, those of the net's own size if not given.
    """
    plan = plan_of(registry, checkpoint, size_of(checkpoint.meta["shape"], cfg))
    tested = test_outputs(plan)
    shaped(plan)
    calls = Calls(plan)
    sizes = {name: prod(shape) for name, shape in plan.shapes.items()}
    memory = placed(calls.calls, sizes, plan.output)
    if memory.size * 4 > MOST:
        raise NetkitError(
            f"{target}: {memory.size * 4:,} bytes of memory are more than C counts with an int: "
            "give a smaller size"
        )
    answers = answering(registry, checkpoint, plan, cfg)
    top = target.with_suffix(".h")
    text = source(
        plan,
        calls,
        memory,
        answers,
        header_name=top.name,
        name=target.name,
        tested=tested,
    )
    write_beside(top, header(plan, top.name, memory.size * 4, answers).encode())
    write_beside(target, text.encode())
    return report(plan, calls, memory.size * 4 + answers.memory, target)


def size_of(shape: Sequence[int], cfg: Mapping[str, Any]) -> tuple[int, int]:
    """Return the height and width of the images that a net of input `shape` is written for."""
    names = "input_height", "input_width"
    high, wide = (
        taken(name, cfg.get(name) or built, Count)
        for name, built in zip(names, shape[1:], strict=True)
    )
    if high < shape[1] or wide < shape[2]:
        raise NetkitError(
            f"input_height={high} input_width={wide}: the net was built for images of "
            f"{shape[1]}x{shape[2]}: give no less"
        )
    return high, wide
