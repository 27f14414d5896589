"""Rounding: the weights and maps that passes see as eight bits would have them.

Gradients go straight through (Bengio, Leonard & Courville 2013, "Estimating or propagating
gradients through stochastic neurons"): as if nothing were rounded, and none where a map's number
lies beyond its range.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from threading import Lock
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from netkit.errors import NetkitError
from netkit.types import Array, Backward

if TYPE_CHECKING:
    from netkit.backends.base import Backend
    from netkit.context import Context
    from netkit.layer import Layer
    from netkit.net import Net

LEAST, MOST = -128, 127  # of a number of eight bits
Formats = Mapping[str, tuple[float, int]]  # {full name of a layer: (scale, zero)} of its output


class Kernels(NamedTuple):
    """Weights that are kernels: a view of them and of the rounded ones, (rows, n) each.

    maps: the output map of each row.
    """

    weights: Array
    rounded: Array
    maps: Sequence[int]


class Rounding:
    """What a net's passes round, and how.

    formats: a number x of a layer's output becomes scale * (q - zero) with q the nearest whole
    number in LEAST..MOST. They may change with `take`; which layers they are of may not.  `on`:
    whether passes round, or see all as it is.
    """

    def __init__(self, ops: "Backend", dtype: Any, formats: Formats) -> None:
        self.ops = ops
        self.formats = dict(formats)
        self.numbers = {name: ops.asarray(np.zeros(3), dtype) for name in formats}
        self.take(formats)
        self.kernels: list[Kernels] = []
        self.on = True
        self.lock = Lock()
        self.seen: tuple[bool, Array] | None = None  # what `refresh` last rounded, and whether

    def begin(self, net: "Net", layers: "Iterable[tuple[str, Layer]]") -> Array:
        """Return a vector for a net's rounded weights.

        layers: its layers by full name.  Raises NetkitError if its backend cannot round.
        """
        if not self.ops.rounds:
            raise NetkitError(
                f"backend={self.ops.name}: does not round weights and maps as quantize=true asks: "
                "backend=native, or backend=numpy"
            )
        kept = self.ops.xp.zeros_like(net.values)
        for name, layer in layers:
            for weight, maps in layer.kernel_maps().items():
                full = f"{name}.{weight}"
                views = net.view(full, net.values), net.view(full, kept)
                self.kernels.append(Kernels(*views, maps))
        return kept

    def take(self, formats: Formats) -> None:
        """Round the outputs of the same layers by other formats from now on.

        Raises NetkitError if one of the layers has none.
        """
        if missing := self.numbers.keys() - formats.keys():
            raise NetkitError(
                f"quantize: {min(missing)} has no range in the file: it is of a run without "
                "quantize=true, or damaged: begin a new run from these weights, weights=FILE"
            )
        self.formats = {name: formats[name] for name in self.numbers}
        for name, (scale, zero) in self.formats.items():
            self.numbers[name][...] = (scale, LEAST - zero, MOST - zero)

    def refresh(self, values: Array, kept: Array) -> None:
        """Write a net's rounded weights into `kept`, if they are not there already.

        values, kept: flat vectors.  Several threads may ask at once.
        """
        with self.lock:
            present = self.ops.to_host(values)
            if self.seen and self.seen[0] == self.on and np.array_equal(self.seen[1], present):
                return
            kept[...] = values
            for given, rounded, maps in self.kernels if self.on else []:
                rounded[...] = self.ops.asarray(nearest(self.ops.to_host(given), maps))
            self.seen = self.on, present.copy()


def refresh(net: "Net") -> None:
    """Begin a pass: round a net's weights anew, if it rounds and they have changed."""
    if net.rounding is not None and net.values.size:
        net.rounding.refresh(net.values, net.used)


def nearest(kernels: Array, maps: Sequence[int]) -> Array:
    """Return kernels (rows, n) as multiples of 1/127 of the largest number of their map.

    maps: the output map of each row.
    """
    rows = np.abs(kernels).max(1)
    wide = np.zeros(max(maps) + 1, rows.dtype)
    np.maximum.at(wide, np.asarray(maps), rows)
    scale = (np.where(wide > 0, wide, 1) / MOST).astype(rows.dtype)[np.asarray(maps), None]
    return np.rint(kernels / scale) * scale


class Rounder:
    """The step behind a layer that rounds its output.

    Like a compiled stretch it stands in a chain in place of a layer and of its context.

    ctx: of the layer.  rounding: has its format, which may change between passes.
    """

    def __init__(self, ctx: "Context", rounding: Rounding) -> None:
        self.name = f"{ctx.name} in eight bits"
        self.rounding = rounding
        self.numbers = rounding.numbers[ctx.name]
        self.ctx = ctx
        self.worker = ctx.worker
        self.dtype = ctx.dtype
        self.wants_dx: bool = ctx.wants_dx or ctx.trainable
        self.trainable = self.frozen = False
        self.children: Sequence[Context] = ()
        self.p = self.g = self.s = SimpleNamespace()

    def primitive(self) -> None:
        """Return None: there is no compiled kernel for it."""
        return

    def forward(self, x: Array, ctx: Any = None) -> tuple[Array, Callable[[Array], Array]]:
        """Return x (C, H, W, N) rounded, and backward(dy), as Layer.forward does."""
        if not self.rounding.on:
            return x, lambda dy: dy
        y = self.ctx.empty(x.shape)
        self.whole(x, y)
        self.ctx.xp.clip(y, self.numbers[1], self.numbers[2], out=y)
        y *= self.numbers[0]
        return y, partial(self.backward, x)

    def whole(self, x: Array, out: Array) -> None:
        """Write the nearest whole numbers of steps into `out`; halves go to the even one."""
        self.ctx.xp.divide(x, self.numbers[0], out=out)
        self.ctx.xp.rint(out, out=out)

    def backward(self, x: Array, dy: Array) -> Array:
        """Return dy where x lies within its range, and 0 elsewhere."""
        dx = self.ctx.empty(x.shape)
        self.whole(x, dx)
        inside = (dx >= self.numbers[1]) & (dx <= self.numbers[2])
        return self.ctx.xp.multiply(dy, inside, out=dx)

    def behind(self, y: Array, backward: Backward) -> tuple[Array, Backward]:
        """Return a layer's output rounded, and the way back through both."""
        rounded, back = self.forward(y)
        return rounded, lambda dy: backward(back(dy))
