"""The formats that training with quantize=true rounds by, found anew as the weights change."""

from typing import TYPE_CHECKING

from netkit.errors import NetkitError
from netkit.export.plan import Plan, plan_of
from netkit.quantization.arithmetic import Format
from netkit.quantization.program import FINAL
from netkit.quantization.quantizer import Quantizer
from netkit.quantization.ranges import Ranges
from netkit.quantization.steps import Step
from netkit.registry import Registry
from netkit.rounding import Formats
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.training.checkpoint import Checkpoint

EXACT = "maxpool", "pad", "cut"  # steps that hand on the integers they are given
SAMPLES = 1 << 11  # of a value that are looked at: it is done often


class Finder(Quantizer):
    """Choose the formats of a plan's values as a Quantizer does, and run no whole numbers."""

    def __init__(self, plan: Plan, images: Array) -> None:
        super().__init__(plan, images, Ranges(samples=SAMPLES))
        self.corrects = False

    def step(self, step: Step, value: str, format: Format | None = None) -> None:
        """Note the format of what a step makes."""
        step.output = value
        if step.kind not in FINAL:
            self.formats[value] = format or self.formats[step.inputs[0]]
            self.names[value] = value
        self.steps.append(step)


def formats_of(registry: Registry, checkpoint: "Checkpoint", images: Array) -> Formats:
    """Return {full name of a layer: (scale, zero)} of the outputs that eight bits round.

    checkpoint: of the net as it is.  images: (N, C, H, W), 0..255.  A layer inside another one
    stands for both where they give the same.  Raises NetkitError, naming the layer, for one that
    has no form in whole numbers.
    """
    try:
        program = Finder(plan_of(registry, checkpoint), images).program()
    except NetkitError as error:
        raise NetkitError(f"quantize=true: {error}") from None
    layers: dict[str, str] = {}
    for layer, value in program.layers.items():
        layers.setdefault(value, layer)
    made = {step.output for step in program.steps if step.kind not in EXACT}
    return {
        layer: (program.formats[value].scale, program.formats[value].zero)
        for value, layer in layers.items()
        if value in made & program.formats.keys()
    }
