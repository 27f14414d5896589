"""Layer: one step of a net. A new layer is a subclass with build() and forward()."""

from collections.abc import Mapping, Sequence
from math import inf
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from zlib import crc32

import numpy as np

from netkit.checks import Checked
from netkit.errors import NetkitError
from netkit.types import Array, Backward, Cell, Shape

if TYPE_CHECKING:
    from netkit.context import Context
    from netkit.export.graph import Graph

CHUNK = 1 << 16  # initial values drawn at a time


class Weight(NamedTuple):
    """A declared array of a layer, and how it starts: at `start`, or evenly drawn by fan-in."""

    name: str
    shape: Shape
    fan_in: float | None
    start: Any

    def fill(self, values: np.ndarray, seed: int, *, full_name: str) -> None:
        """Write its first values into a flat array: they depend on the seed and its name alone."""
        if self.fan_in is None:
            values.reshape(self.shape)[...] = self.start
            return
        width = self.start * self.fan_in**-0.5
        rng = np.random.default_rng([seed, crc32(full_name.encode())])
        for at in range(0, values.size, CHUNK):  # they are drawn as float64: not all at once
            part = values[at : at + CHUNK]
            part[:] = rng.uniform(-width, width, part.size)


class Layer(Checked):
    """One step of a net. It keeps nothing of a batch, so several threads can run it at once.

    The constructor's signature is what its YAML takes; its hints are checked (checks.py).
    """

    inner: ClassVar[tuple[str, ...]] = ()  # the constructor's arguments that are {name: layer}
    prepares: ClassVar[bool] = False  # at the front of a net, it prepares images as a whole

    name: str = "layer"  # its key in the YAML, set before `build`
    type_name: str = ""  # its type in the YAML, set by the registry
    layers: Mapping[str, "Layer"] = {}  # the layers inside this one, for those that have any
    weights: list[Weight]
    states: list[Weight]

    @property
    def kind(self) -> str:
        """What tables and pictures call it: its type in the YAML, else its class's name."""
        return self.type_name or type(self).__name__.lower()

    def build(self, shape: Shape) -> Shape:
        """Declare weights with `self.weight`; return the output's (C, H, W) for an input's."""
        return shape

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        """Return y and a function backward(dy) -> dx, for x (C, H, W, N).

        `ctx` has the weights `ctx.p.NAME`, their gradients `ctx.g.NAME` (add to them in place),
        running statistics `ctx.s.NAME`, the backend `ctx.ops`, its arrays `ctx.xp`,
        `ctx.empty(shape)` for results, `ctx.training`, and `ctx.uniform(shape)`. `backward` may
        return None if not `ctx.wants_dx`.
        """
        raise NotImplementedError

    def box(self, low: Cell, high: Cell) -> tuple[Cell, Cell]:
        """Return the input pixels (down, across) that output pixels low..high (exclusive) see."""
        return low, high

    @property
    def local(self) -> bool:
        """False if an output depends on pixels outside of its box: on the whole image, say."""
        return all(layer.local for layer in self.layers.values())

    @property
    def output_range(self) -> tuple[float, float]:
        """The two numbers that its outputs lie between; infinite ones where that is not known."""
        return -inf, inf

    def cost(self, shape: Shape, out: Shape) -> int:
        """Return the multiply-adds of one sample, for the shapes of input and output."""
        return 0

    def primitive(self) -> dict[str, Any] | None:
        """Return what compiled kernels run in its place, {"kind": ...} and settings, or None.

        The kinds are listed in backends/native/op.py, beside "residual", of layers inside.
        `forward` stays the definition: the two give the same numbers, up to rounding. A subclass
        with another `forward` has another `primitive` and `onnx`, too.
        """
        return None

    def kernel_maps(self) -> dict[str, Sequence[int]]:
        """Return {name: the output map of each of its rows} of the weights (rows, n) for kernels.

        In eight bits the kernels of an output map have a scale of their own.
        """
        return {}

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        """Append it to an ONNX graph by `graph.add(operator, x, ...)`; return its output's name.

        x: the name of its input. Arrays are (N, C, H, W) there.  p: its weights and statistics,
        {name: numpy array}. It acts as outside training.
        """
        kind = type(self).__name__
        raise NetkitError(
            f"{self.name}: the layer {kind} cannot be written as ONNX: "
            "give it a method onnx(graph, x, p)"
        )

    @staticmethod
    def settle(spec: dict[str, Any]) -> dict[str, Any]:
        """Return the layer's YAML with the contents of the files that it names put inside.

        Then the configuration of a run needs no other file.
        """
        return spec

    # ---- for subclasses to call in build() ----

    def weight(
        self, name: str, shape: Sequence[int], fan_in: float | None = None, start: Any = None
    ) -> None:
        """Declare the trainable array ctx.p.NAME.

        It starts at `start` (a number, or one each; 0 if not given); or, with fan_in, at numbers
        drawn evenly from ±start/sqrt(fan_in), with a start of 1 if not given: EBLearn's
        forget_param_linear(1, 0.5).
        """
        if start is None:
            start = 0.0 if fan_in is None else 1.0
        self.weights.append(Weight(name, tuple(shape), fan_in, start))

    def state(self, name: str, shape: Sequence[int], start: Any = 0.0) -> None:
        """Declare the array ctx.s.NAME, kept with the weights and not trained: a running mean."""
        self.states.append(Weight(name, tuple(shape), None, start))

    def fits(
        self, kernel: tuple[int, int], shape: Shape, span: tuple[int, int] | None = None
    ) -> None:
        """Raise if a window `kernel` (kh, kw) does not fit into an input of `shape` (C, H, W).

        span: the pixels that it reaches over, where that is more.
        """
        over = f" over {span[0]}x{span[1]} pixels" if span and span != kernel else ""
        high, wide = span or kernel
        if high > shape[1] or wide > shape[2]:
            raise NetkitError(
                f"{self.name}: kernel {kernel[0]}x{kernel[1]}{over} does not fit its input "
                f"{tuple(shape)}: make it smaller, or pad the input (zpad)"
            )
