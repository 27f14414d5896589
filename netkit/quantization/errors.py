"""How far the whole numbers are from the floats, step by step: which layer loses how much."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from netkit.quantization.program import FINAL
from netkit.quantization.steps import Step
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.quantization.quantizer import Quantizer

SOME = 32  # images over which a step is measured by itself
SILENT = "concat", "cut", "pad", "floats"  # steps that lose nothing themselves


class Row(NamedTuple):
    """What a step loses: its layer and kind, and errors as shares of the size of its output.

    own: of the step by itself, given floats.  all: of it and of what comes before it. Both are the
    root of the mean square of the error over that of the output in floats.
    """

    layer: str
    kind: str
    own: float
    all: float


def of_step(q: "Quantizer", step: Step, value: str) -> list[Row]:
    """Return the Row of a step that makes a value of the plan."""
    if step.kind in SILENT:
        return []
    own = alone(q, step, value)
    whole = share(stands(q, step, value, q.whole[value]), q.real[value])
    return [Row(step.layer, step.kind, own, whole)]


def alone(q: "Quantizer", step: Step, value: str) -> float:
    """Return the error of a step which is given the nearest integers to the floats before it.

    A step that a table alone follows counts as one with it: it reaches as far as the table needs.
    """
    steps = [step]
    if q.inner is not None and step.inputs == [q.inner.output]:
        steps = [q.inner, step]
    plain = {name: value for value, name in q.names.items() if value in q.real}
    made = []
    for name in steps[0].inputs:
        real = q.real[plain.get(name, name)][:SOME]
        made.append(q.formats[name].quantized(real.transpose(0, 2, 3, 1)))
    for each in steps:
        made = [q.run(each, *made)]
    return share(stands(q, step, value, made[0]), q.real[value][:SOME])


def stands(q: "Quantizer", step: Step, value: str, made: Array) -> Array:
    """Return what a step's output stands for, (N, C, H, W)."""
    real = made if step.kind in FINAL else q.formats[value].dequantized(made)
    return real.transpose(0, 3, 1, 2)


def share(made: Array, right: Array) -> float:
    """Return the root of the mean square of an error over that of what is right."""
    power = float(np.square(right, dtype=np.float64).mean())
    lost = float(np.square(made.astype(np.float64) - right).mean())
    return float(np.sqrt(lost / power)) if power else 0.0
