"""A net in whole numbers: its steps in order, run in numpy, and how a weights file has it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from netkit.export.graph import Operator
from netkit.export.reference import KINDS
from netkit.quantization.arithmetic import Format
from netkit.quantization.steps import STEPS, Step, sums
from netkit.types import Array

See: TypeAlias = Callable[[Step, Array], object]
Run: TypeAlias = Callable[..., Array]  # run(step, *inputs), as STEPS


@dataclass
class Program:
    """Steps from pixels to scores; values are known by their names.

    steps: in order; the last makes float32 of what is there: `scores` of the sums of a convolution,
    or `floats` of int8.  formats: what the integers of every value stand for.  tail: operators of a
    plan (netkit.export.reference) that follow in float32, such as a softmax; arrays: their
    constants.  input, output: the names of the pixels and of the last value of all.  layers: {full
    name of a layer: value that it gives}, of those that have one.
    """

    steps: list[Step]
    formats: dict[str, Format]
    input: str
    output: str
    tail: list[Operator] = field(default_factory=list)
    arrays: dict[str, Array] = field(default_factory=dict)
    layers: dict[str, str] = field(default_factory=dict)

    def run(self, pixels: Array, see: See | None = None, steps: Mapping[str, Run] = STEPS) -> Array:
        """Return the net's outputs, float32 (N, K, h, w), of pixels (N, H, W, C), int8: as_pixels.

        see: called with every step and what it makes, int8 (N, H, W, C) or at last float32.  steps:
        what runs each kind, where not numpy does; numpy's are the definition.
        """
        made = {self.input: pixels}
        last = {name: k for k, step in enumerate(self.steps) for name in step.inputs}
        x = pixels
        for k, step in enumerate(self.steps):
            inputs = [made[name] for name in step.inputs]
            x = (steps.get(step.kind) or FINAL[step.kind])(step, *inputs)
            made[step.output] = x
            if see is not None:
                see(step, x)
            for name in step.inputs:
                if last[name] == k:  # nobody wants it any more: its memory is free
                    made.pop(name, None)
        return self.end(x.transpose(0, 3, 1, 2))

    def end(self, y: Array) -> Array:
        """Return what the tail makes of float32 (N, K, h, w)."""
        return self.ends(y)[self.output]

    def ends(self, y: Array) -> dict[str, Array]:
        """Return what every operator of the tail makes, and its constants, by name: see end."""
        made = {self.steps[-1].output: y, **self.arrays}
        with np.errstate(all="ignore"):
            for operator in self.tail:
                y = KINDS[operator.kind](operator, *(made[name] for name in operator.inputs))
                made[operator.output] = y.astype(np.float32, copy=False)
        return made

    def bytes(self) -> int:
        """Return how many bytes its constants take."""
        arrays = [a for step in self.steps for a in step.arrays.values()]
        return sum(int(a.nbytes) for a in (*arrays, *self.arrays.values()))


def as_pixels(images: Array) -> Array:
    """Return images (N, C, H, W) of numbers 0..255 as what a Program takes: int8 (N, H, W, C).

    A number between two pixels becomes the nearest one, a half the even one.
    """
    whole = np.clip(np.rint(images), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(whole.transpose(0, 2, 3, 1) ^ 128).view(np.int8)


def scores(step: Step, x: Array) -> Array:
    """Return the sums of a convolution times a float32 a map: what they stand for."""
    return sums(step, x).astype(np.float32) * step.arrays["scale"]


def floats(step: Step, x: Array) -> Array:
    """Return what integers stand for, float32."""
    whole = x.astype(np.int32) - step.settings["zero"]
    return whole.astype(np.float32) * step.arrays["scale"]


FINAL: dict[str, Run] = {"scores": scores, "floats": floats}
