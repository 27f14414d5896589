"""What a worker asks of the steps of its net's chain that kernels run: see KernelStep."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netkit.backends.kernel_step import KernelStep
from netkit.types import Array, Shape

if TYPE_CHECKING:
    from netkit.backends.base import Step
    from netkit.context import Context
    from netkit.net import Net


def steps_of(contexts: "Sequence[Context]") -> "Sequence[Step]":
    """Return the steps of the net's own chain as the backend has them; none before a pass."""
    return (contexts[0].fused if contexts else None) or ()


def first_room(contexts: "Sequence[Context]", shape: Shape) -> Array | None:
    """Return where kernels read the net's input (C, H, W, N), if they are its first step."""
    steps = steps_of(contexts)
    first = steps[0][0] if steps else None
    return first.room(shape) if isinstance(first, KernelStep) else None


def only_step(contexts: "Sequence[Context]") -> KernelStep | None:
    """Return the step that is the whole net, if kernels run it so."""
    steps = steps_of(contexts)
    step = steps[0][0] if len(steps) == 1 else None
    return step if isinstance(step, KernelStep) else None


def not_written(net: "Net", contexts: "Sequence[Context]") -> list[slice] | None:
    """Return where no kernel is to write gradients from now on; None if that is not known yet."""
    steps = [step for step, _ in steps_of(contexts) if isinstance(step, KernelStep)]
    names = [step.written for step in steps]
    if not names or None in names:
        return None
    for step in steps:
        step.writes = True
    every = {name.rpartition(".")[0] for name in net.weights}
    return net.parts("weights", every.difference(*(one for one in names if one)))
