"""Net: named layers in order, their weights in one flat vector, and one pass over a batch."""

from collections.abc import Iterable, Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.arena import vector
from netkit.chain import chain
from netkit.context import Context, Layers, OnGradient, See
from netkit.contracts import blaming
from netkit.errors import NetkitError
from netkit.limits import check_memory
from netkit.rounding import Rounding
from netkit.types import Array, Backward, Cell, Shape

if TYPE_CHECKING:
    from netkit.backends.base import Backend
    from netkit.layer import Layer


class Net:
    """A chain of layers, built for one input shape.

    layers: {name: Layer}, in order.  shape: (C, H, W) of one sample.  ops: the backend.  The first
    layer's input is (pixel + bias) * coeff.

    `values` holds every weight, `grads` every gradient and `state` the running statistics, flat;
    `weights` and `states` are {"layer.name": view} of values and of state.  `shapes` are the
    outputs' of the layers.  `frozen` are the layers that do not learn.  `used` is what passes see
    of the weights: `values` themselves, unless the net rounds.  Pass batches through
    `netkit.passes.Shards`, or `forward` with the contexts of a `Worker`.
    """

    def __init__(
        self,
        layers: Layers,
        shape: Shape,
        ops: "Backend",
        *,
        dtype: Any = "float32",
        seed: int = 0,
        bias: float = 0.0,
        coeff: float = 1.0,
    ) -> None:
        self.layers = dict(layers)
        channels, height, width = shape
        self.shape = (int(channels), int(height), int(width))
        self.ops = ops
        self.dtype = np.dtype(dtype)
        self.bias = float(bias)
        self.coeff = float(coeff)
        self.shapes = build(self.layers, self.shape)
        self.check_memory()
        self.places: dict[str, tuple[str, slice, Shape]] = {}  # name -> (kind, slice, shape)
        self.values = self.used = self.flatten("weights", seed)
        self.state = self.flatten("states", seed)
        self.grads = ops.asarray(vector(self.values.size, self.dtype))
        self.weights = self.views("weights", self.values)
        self.states = self.views("states", self.state)
        self.rounding: Rounding | None = None
        self.freeze(())

    def freeze(self, names: Iterable[str]) -> None:
        """Leave these layers, by full name, and those inside them as they are in training.

        They act as outside training, keep their running statistics and get no gradient. A Worker
        asks for it when it is made, so this comes before.
        """
        every = [full for full, _ in named_layers(self.layers)]
        roots = tuple(f"{name}." for name in names)
        self.frozen = frozenset(full for full in every if f"{full}.".startswith(roots))
        learn = [full for full in every if full not in self.frozen]
        self.learned_states = self.parts("states", learn)

    def round(self, rounding: Rounding) -> None:
        """Let passes round. A Worker asks for it when it is made, so this comes before."""
        self.rounding, self.used = rounding, rounding.begin(self, named_layers(self.layers))

    def parts(self, kind: str, layers: Iterable[str]) -> list[slice]:
        """Return where layers' own arrays of a kind lie in its flat vector, neighbours as one."""
        parts: list[slice] = []
        wanted = set(layers)
        for full, (of, at, _) in self.places.items():
            if of == kind and full.rpartition(".")[0] in wanted:
                if parts and parts[-1].stop == at.start:
                    at = slice(parts.pop().start, at.stop)
                parts.append(at)
        return parts

    def __repr__(self) -> str:
        """Return a table of the layers: name, type, output shape, weights."""
        rows = [("input", "", str(self.shape), "")]
        for (name, layer), shape in zip(self.layers.items(), self.shapes, strict=True):
            size = sum(w.size for full, w in self.weights.items() if full.startswith(f"{name}."))
            rows.append((name, layer.kind, str(shape), f"{size:,}" if size else ""))
        wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [f"Net of {len(self.layers)} layers, {self.values.size:,} weights, {self.dtype}"]
        for *words, count in rows:
            cells = [word.ljust(w) for word, w in zip(words, wide, strict=False)]
            lines.append("  ".join(["", *cells, count.rjust(wide[3])]).rstrip())
        return "\n".join(lines)

    def check_memory(self) -> None:
        """Raise NetkitError if the weights, or the maps of one sample, are larger than memory."""
        inner, each = named_layers(self.layers), self.dtype.itemsize
        arrays = [(f"{n}.{w.name}", w.shape) for n, at in inner for w in (*at.weights, *at.states)]
        check_memory(arrays, max(8, 2 * each), "the weights of the net")  # and gradients
        check_memory(zip(self.layers, self.shapes, strict=True), each, "the maps of the net")

    def flatten(self, kind: str, seed: int) -> Array:
        """Return the flat vector of the arrays that layers declare, with their initial values.

        kind: "weights" or "states".  Where each array lies is noted in `places`.
        """
        declared = [
            (f"{name}.{each.name}", each)
            for name, layer in named_layers(self.layers)
            for each in getattr(layer, kind)
        ]
        flat = vector(sum(prod(each.shape) for _, each in declared), self.dtype)
        at = 0
        for full, each in declared:
            place = slice(at, at + prod(each.shape))
            self.places[full] = (kind, place, each.shape)
            each.fill(flat[place], seed, full_name=full)
            at = place.stop
        return self.ops.asarray(flat, self.dtype)

    def views(self, kind: str, vector: Array) -> dict[str, Array]:
        """Return {"layer.name": view} of the parts of a flat vector of a kind."""
        return {name: self.view(name, vector) for name, at in self.places.items() if at[0] == kind}

    def view(self, name: str, vector: Array) -> Array:
        """Return the part of a flat vector that belongs to "layer.name", in its shape."""
        _, place, shape = self.places[name]
        return vector[place].reshape(shape)

    def grid(self) -> tuple[Cell, Cell, Cell]:
        """Return the first output cell's start, its size, and the step to the next, in pixels."""
        return grid_of(self.layers)

    def box(self, low: Cell, high: Cell) -> tuple[Cell, Cell]:
        """Map output cells low..high (exclusive) to pixels of the image, unclipped."""
        return chain_box(self.layers, low, high)

    @property
    def cost(self) -> int:
        """The multiply-adds of one sample."""
        return total_cost(self.layers, [self.shape, *self.shapes])

    def forward(
        self,
        x: Array,
        contexts: Sequence[Context],
        *,
        see: See | None = None,
        on_gradient: OnGradient | None = None,
    ) -> tuple[Array, Backward]:
        """Run the layers over x (C, H, W, N): return y and backward(dy).

        backward adds to the gradients that `contexts` (of one Worker) have.  see: is called as
        see(name, layer, x, y) after each layer, also after each of those inside another, before
        the one that holds them.  on_gradient: see `chain`.
        """
        if see is None or not contexts:
            return chain(self.layers, x, contexts, on_gradient=on_gradient)
        worker = contexts[0].worker
        worker.see = see
        try:
            return chain(self.layers, x, contexts, on_gradient=on_gradient)
        finally:
            worker.see = None


def build(layers: Layers, shape: Shape, prefix: str = "") -> list[Shape]:
    """Build layers one after the other for an input shape: return the output shape of each."""
    shapes = []
    for name, layer in layers.items():
        layer.name = prefix + name
        layer.weights, layer.states = [], []
        if min(shape) < 1:
            said = f"its input {tuple(shape)} is empty: take away a pooling layer before it"
            raise NetkitError(f"{layer.name}: {said}")
        with blaming(f"{layer.name}: layer", layer):
            shape = tuple(int(n) for n in layer.build(tuple(shape)))
        shapes.append(shape)
    return shapes


def chain_box(layers: Layers, low: Cell, high: Cell) -> tuple[Cell, Cell]:
    """Return the input pixels that output pixels low..high (exclusive) of a chain see."""
    for layer in reversed(list(layers.values())):
        low, high = layer.box(low, high)
    return low, high


def grid_of(layers: Layers) -> tuple[Cell, Cell, Cell]:
    """Return the grid of the output cells of a chain: see Net.grid."""
    low, high = chain_box(layers, (0, 0), (1, 1))
    second, _ = chain_box(layers, (1, 1), (2, 2))
    return low, difference(high, low), difference(second, low)


def total_cost(layers: Layers, shapes: Sequence[Shape]) -> int:
    """Return the multiply-adds of a chain, for the shapes before, between and after its layers."""
    return sum(layer.cost(*shapes[k : k + 2]) for k, layer in enumerate(layers.values()))


def named_layers(layers: Layers, prefix: str = "") -> "Iterator[tuple[str, Layer]]":
    """Yield (full name, layer) of all layers, the inner ones after the one that holds them."""
    for name, layer in layers.items():
        yield prefix + name, layer
        yield from named_layers(layer.layers, f"{prefix}{name}.")


def difference(a: Cell, b: Cell) -> Cell:
    """Return a - b."""
    return a[0] - b[0], a[1] - b[1]
