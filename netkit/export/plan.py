"""A trained net as a plan: plain operators, their constants and the size of every value.

Every writer but ONNX's starts from it: C, the page, whole numbers. What an operator is, numpy says
in reference.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any

from netkit.build.parts import layers_of
from netkit.export.folding import folded
from netkit.export.graph import Graph, Operator
from netkit.export.plain import plain
from netkit.net import grid_of
from netkit.registry import Registry
from netkit.types import Array, Cell, Shape

if TYPE_CHECKING:
    from netkit.training.checkpoint import Checkpoint

PIXELS = "pixels"


@dataclass
class Plan:
    """A net over images of one size, as operators in order. Values are known by their names.

    operators: each makes one value; the first is Input, (pixel + bias) * coeff.  arrays: the
    constants, {name: array}.  shapes: {name: (C, H, W)} of every value.  input, output: the names
    of the pixels, 0..255, and of the net's outputs.  layers: {full name of a layer: value that it
    gives}, the inner ones first; a layer that was folded into another one has none.  classes: the
    names.  reading: how far each class is believed, from the outputs (Energy.reading).  grid: where
    the cells of the outputs lie in the image (Net.grid).  name: of the arch.  meta: as the
    checkpoint has it.
    """

    operators: list[Operator]
    arrays: dict[str, Array]
    shapes: dict[str, Shape]
    input: str
    output: str
    layers: dict[str, str]
    classes: list[str]
    reading: dict[str, Any] | None
    grid: tuple[Cell, Cell, Cell]
    name: str = "net"
    meta: Mapping[str, Any] = field(default_factory=dict)

    def users(self, value: str) -> list[Operator]:
        """Return the operators that take a value."""
        return [each for each in self.operators if value in each.inputs]

    def constants(self, operator: Operator) -> dict[int, Array]:
        """Return the constants among an operator's inputs, {place: array}."""
        names = enumerate(operator.inputs)
        return {k: self.arrays[name] for k, name in names if name in self.arrays}

    def cost(self, operator: Operator) -> int:
        """Return the multiply-adds of Conv and MatMul over one image; others have none."""
        size = prod(self.shapes[operator.output])
        if operator.kind == "Conv":
            return size * prod(self.arrays[operator.inputs[1]].shape[1:])
        if operator.kind == "MatMul":
            (array,) = self.constants(operator).values()
            return size * array.shape[1 if operator.inputs[0] in self.arrays else 0]
        return 0


def plan_of(
    registry: Registry,
    checkpoint: "Checkpoint",
    size: tuple[int, int] | None = None,
    *,
    fold: bool = True,
) -> Plan:
    """Return the plan of a complete checkpoint's net.

    size: (height, width) of the images it is for; the one it was built for if not given.  fold:
    put batch normalisation, constant factors and offsets and zero padding into the convolutions
    beside them, and leave out what changes nothing; or else there is a value for every layer.
    Raises NetkitError, naming the layer, for one that cannot be written in plain operators or not
    for that size.
    """
    meta = checkpoint.meta
    layers, _ = layers_of(registry, meta)
    built = tuple(meta["shape"])
    shape = (built[0], *(size or built[1:]))
    graph = Graph(checkpoint.named({}), shape, PIXELS)
    x = graph.add("Input", PIXELS, bias=float(meta["bias"]), coeff=float(meta["coeff"]))
    y = graph.chain(layers, x)
    energy = registry.make("energy", meta["config"]["energy"])
    name = meta["config"]["arch"].get("name", "net")
    plan = Plan(
        [],
        {},
        {PIXELS: shape},
        PIXELS,
        y,
        dict(graph.layers),
        list(meta["classes"]),
        energy.reading(),
        grid_of(layers),
        name,
        meta,
    )
    for recorded in graph.operators:
        operator, constants = plain(graph, recorded)
        plan.operators.append(operator)
        plan.arrays |= constants
        plan.shapes[operator.output] = graph.shapes[operator.output] or ()
    if fold:
        folded(plan)
    return plan
