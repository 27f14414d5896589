"""A net that answers in whole numbers, in the place of one that computes in floats."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.context import Context, OnGradient, See
from netkit.errors import NetkitError
from netkit.net import Net, named_layers
from netkit.quantization.native import quickest
from netkit.quantization.program import Program, Run, as_pixels
from netkit.quantization.steps import STEPS, Step
from netkit.types import Array, Backward

if TYPE_CHECKING:
    from netkit.backends.base import Backend
    from netkit.context import Layers


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

    def forward(
        self,
        x: Array,
        contexts: Sequence[Context],
        *,
        see: See | None = None,
        on_gradient: OnGradient | None = None,
    ) -> tuple[Array, Backward]:
        """Return the outputs (K, h, w, N), float32, for pixels x (C, H, W, N); see Net.forward.

        A see is called with what the integers of each layer stand for; a layer that became one step
        with the next has none of its own.
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
            raise NetkitError(
                f"images of {x.shape[1]}x{x.shape[2]} do not fit the net in eight bits ({error}): "
                "quantize the run anew, or give images of the size it was made for"
            ) from None
        if see is not None:
            layers = dict(named_layers(self.layers))
            for name, value in self.program.layers.items():
                if value in seen and name in layers:
                    see(name, layers[name], x, self.ops.asarray(seen[value]))
        return self.ops.asarray(np.ascontiguousarray(y.transpose(1, 2, 3, 0))), refuse


def refuse(dy: Array) -> Array:
    """Say that whole numbers do not learn."""
    raise NetkitError("a net in eight bits does not learn: train the run that it was made from")
