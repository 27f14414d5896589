"""The table of a net's layers, for the terminal and for pages: rows of text."""

from math import prod
from typing import TYPE_CHECKING

from netkit.net import named_layers
from netkit.types import Shape

if TYPE_CHECKING:
    from netkit.layer import Layer
    from netkit.net import Net

HEAD = "layer", "type", "output", "weights", "multiply-adds"
Row = tuple[str, str, str, str, str]


def layer_rows(net: "Net", *, inner: bool = False) -> list[Row]:
    """Return a row a layer, under one of the input and over one of the sums, as HEAD has them.

    Multiply-adds are of one sample.  inner: layers inside others have rows of their own, without an
    output; else their weights are counted with the layer that holds them.
    """
    rows: list[Row] = [("input", "", by_x(net.shape), "", "")]
    before: Shape = net.shape
    total = 0
    for (name, layer), shape in zip(net.layers.items(), net.shapes, strict=True):
        cost = layer.cost(before, shape)
        total, before = total + cost, shape
        within = list(named_layers(dict(layer.layers or {}), f"{name}."))
        weights = sum(map(size_of, [layer] if inner else [layer, *(one for _, one in within)]))
        rows.append((name, layer.kind, by_x(shape), number(weights), number(cost)))
        if inner:
            rows += [(full, one.kind, "", number(size_of(one)), "") for full, one in within]
    return [*rows, ("total", "", "", number(net.values.size), number(total))]


def size_of(layer: "Layer") -> int:
    """Return how many weights a layer has of its own."""
    return sum(prod(weight.shape) for weight in layer.weights)


def by_x(shape: Shape) -> str:
    """Return (6, 28, 28) as 6x28x28."""
    return "x".join(map(str, shape))


def number(n: int) -> str:
    """Return 51046 as 51,046, and nothing for 0."""
    return f"{n:,}" if n else ""
