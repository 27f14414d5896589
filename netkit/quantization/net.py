"""A net that answers in whole numbers, in the place of one that computes in floats."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from netkit.context import Context, OnGradient, See
from netkit.errors import NetkitError
from netkit.net import Net, named_layers
from netkit.quantization.arithmetic import Format
from netkit.quantization.calls import sizes_of
from netkit.quantization.native import quickest
from netkit.quantization.program import Program, Run, as_pixels
from netkit.quantization.steps import STEPS, Step
from netkit.types import Array, Backward, Shape

if TYPE_CHECKING:
    from netkit.backends.base import Backend
    from netkit.context import Layers


class Kernels(NamedTuple):
    """Kernels of eight bits, whole (maps, kh, kw, C), and what 1 stands for in each map (maps,)."""

    whole: Array
    scale: Array

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of the kernels of one map: (C, kh, kw)."""
        _, high, wide, maps = self.whole.shape
        return maps, high, wide

    def floats(self) -> Array:
        """Return what they stand for, float32 (maps, C, kh, kw)."""
        made = self.whole.astype(np.float32) * self.scale[:, None, None, None]
        return np.ascontiguousarray(made.transpose(0, 3, 1, 2))


def kernels_of(program: Program, step: Step) -> Kernels:
    """Return the kernels of a convolution; what 1 stands for in them follows from its sums'."""
    arrays, x = step.arrays, program.formats[step.inputs[0]]
    if step.kind == "scores":
        sums = arrays["scale"].astype(np.float64)
    else:
        sums = arrays["m"] / 2.0 ** arrays["shift"] * program.formats[step.output].scale
    return Kernels(arrays["W"], (sums / x.scale).astype(np.float32))


class IntegerNet(Net):
    """A net of eight bits: its layers say what it is, and a Program computes what it answers.

    Images may be larger than the net was built for, as with any net. It does not learn: its weights
    as floats are 0, and `program` has those that count. backend=numpy computes by numpy, which is
    the definition; the others by compiled code, to the same integers.
    """

    def __init__(
        self, layers: "Layers", shape: Sequence[int], ops: "Backend", program: Program
    ) -> None:
        super().__init__(layers, tuple(shape), ops)
        self.program = program
        self.values.fill(0)
        self.freeze(self.layers)
        self.steps: Mapping[str, Run] = STEPS if ops.name == "numpy" else quickest()

    def given(self) -> dict[str, Shape]:
        """Return {full name of a layer: shape (C, H, W)} of what a see of `forward` is given.

        It is for images of the size that the net was built for.
        """
        channels, height, width = self.shape
        try:
            sizes = sizes_of(self.program, (height, width, channels))
        except ValueError as error:
            raise unfit(height, width, error) from None
        del sizes[self.program.input]  # no layer gives the pixels
        last = sizes[self.program.steps[-1].output]
        sizes |= {each.output: last for each in self.program.tail}
        made = {name: (maps, high, wide) for name, (high, wide, maps) in sizes.items()}
        return {k: made[v] for k, v in self.program.layers.items() if v in made}

    def format(self, layer: str) -> Format | None:
        """Return what the integers of a layer, by its full name, stand for; None of floats."""
        return self.program.formats.get(self.program.layers.get(layer, ""))

    def kernels(self, layer: str) -> Kernels | None:
        """Return the kernels of the convolution whose maps a layer, by its full name, gives."""
        value = self.program.layers.get(layer)
        for step in self.program.steps:
            if step.output == value and "W" in step.arrays:
                return kernels_of(self.program, step)
        return None

    def forward(
        self,
        x: Array,
        contexts: Sequence[Context],
        *,
        see: See | None = None,
        on_gradient: OnGradient | None = None,
    ) -> tuple[Array, Backward]:
        """Return the outputs (K, h, w, N), float32, for pixels x (C, H, W, N); see Net.forward.

        A see is called with what the integers of each layer stand for, as if it had been given x; a
        layer that became one step with the next has none of its own.
        """
        pixels = as_pixels(self.ops.to_host(x).transpose(3, 0, 1, 2))
        seen: dict[str, Any] = {}

        def keep(step: Step, y: Array) -> None:
            format = self.program.formats.get(step.output)
            made = format.dequantized(y) if format and y.dtype == np.int8 else y
            seen[step.output] = made.transpose(3, 1, 2, 0)

        try:
            y = self.program.run(pixels, None if see is None else keep, self.steps)
        except ValueError as error:
            raise unfit(x.shape[1], x.shape[2], error) from None
        if see is not None:
            last = seen[self.program.steps[-1].output].transpose(3, 0, 1, 2)
            seen |= {k: v.transpose(1, 2, 3, 0) for k, v in self.program.ends(last).items()}
            layers = dict(named_layers(self.layers))
            for name, value in self.program.layers.items():
                if value in seen and name in layers:
                    see(name, layers[name], x, self.ops.asarray(seen[value]))
        return self.ops.asarray(np.ascontiguousarray(y.transpose(1, 2, 3, 0))), refuse


def unfit(height: int, width: int, error: ValueError) -> NetkitError:
    """Return the error for images that the steps do not take."""
    return NetkitError(
        f"images of {height}x{width} do not fit the net in eight bits ({error}): "
        "quantize the run anew, or give images of the size it was made for"
    )


def refuse(dy: Array) -> Array:
    """Say that whole numbers do not learn."""
    raise NetkitError("a net in eight bits does not learn: train the run that it was made from")
