"""From recorded ONNX operators to a plan's: whole numbers as settings, constants as arrays."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from netkit.errors import NetkitError
from netkit.export.graph import Graph, Operator
from netkit.export.shapes import SPREADS, cut_places, pad_sides
from netkit.types import Array

# What an operator may say beside its inputs; one that says more is not what netkit takes it for.
SAYS = {
    "Input": {"bias", "coeff"},
    "Conv": {"strides", "pads", "dilations", "group"},
    "MaxPool": {"kernel_shape", "strides"},
    "AveragePool": {"kernel_shape", "strides"},
    "BatchNormalization": {"epsilon"},
    "Softmax": {"axis"},
    "LogSoftmax": {"axis"},
    "ReduceMean": {"axes", "keepdims"},
    "Concat": {"axis"},
    "Pad": {"mode"},
}
Plainer: TypeAlias = Callable[[Graph, Operator], tuple[list[str], dict[str, Any]]]


def plain(graph: Graph, operator: Operator) -> tuple[Operator, dict[str, Array]]:
    """Return a recorded operator as a plan has it, and the constants that it takes.

    Raises NetkitError, naming the layer, for one that is not among a plan's.
    """
    kind = operator.kind
    if graph.shapes[operator.output] is None or not says_what_it_may(operator):
        raise NetkitError(
            f"{operator.layer}: the operator {kind} as it stands there is written as ONNX alone: "
            "docs/plugins.md lists the operators that a layer's onnx() may take for all writers"
        )
    make = PLAIN.get(kind)
    inputs, settings = make(graph, operator) if make else (operator.inputs, operator.settings)
    constants = {name: graph.constants[name] for name in inputs if name in graph.constants}
    if kind in SPREADS:
        constants = {name: over_images(array) for name, array in constants.items()}
    made = Operator(kind, list(inputs), operator.output, dict(settings), operator.layer)
    return made, constants


def says_what_it_may(operator: Operator) -> bool:
    """Return whether an operator has those attributes alone that a plan knows, and their values."""
    kind, says = operator.kind, operator.settings
    if not says.keys() <= SAYS.get(kind, set()):
        return False
    if kind in ("Softmax", "LogSoftmax"):
        return says.get("axis", -1) == 1
    if kind == "Pad":
        return says.get("mode", "constant") in ("constant", "reflect")
    return kind != "ReduceMean" or bool(says.get("keepdims", 1))


def cut(graph: Graph, operator: Operator) -> tuple[list[str], dict[str, Any]]:
    """Slice: where it starts, how many it takes and how far apart, of maps, rows and columns."""
    x = operator.inputs[0]
    places = zip(cut_places(operator, graph.constants), graph.shapes[x] or (), strict=True)
    each = [place.indices(size) for place, size in places]
    return [x], {
        "starts": [start for start, _, _ in each],
        "sizes": list(graph.shapes[operator.output] or ()),
        "steps": [step for _, _, step in each],
    }


def pad(graph: Graph, operator: Operator) -> tuple[list[str], dict[str, Any]]:
    """Pad: the pixels at the top, left, bottom and right."""
    sides = pad_sides(operator, graph.constants)
    return operator.inputs[:1], {"sides": sides, "mode": operator.settings.get("mode", "constant")}


def reshape(graph: Graph, operator: Operator) -> tuple[list[str], dict[str, Any]]:
    """Reshape: the shapes before and after it say all."""
    return operator.inputs[:1], {}


def conv(graph: Graph, operator: Operator) -> tuple[list[str], dict[str, Any]]:
    """Conv: all of its settings, and a bias in any case."""
    says, (x, w, *bias) = operator.settings, operator.inputs
    kernels = graph.constants[w]
    if not bias:
        bias = [graph.constant(np.zeros(len(kernels), kernels.dtype))]
    return [x, w, *bias], {
        "strides": tuple(says.get("strides", (1, 1))),
        "pads": tuple(says.get("pads", (0, 0, 0, 0))),
        "dilations": tuple(says.get("dilations", (1, 1))),
        "group": int(says.get("group", 1)),
    }


def pool(graph: Graph, operator: Operator) -> tuple[list[str], dict[str, Any]]:
    """MaxPool and AveragePool: windows that fit whole."""
    says = operator.settings
    settings = {"kernel": says["kernel_shape"], "strides": says.get("strides", (1, 1))}
    return operator.inputs, {name: tuple(pair) for name, pair in settings.items()}


def over_images(array: Array) -> Array:
    """Return a constant that is spread over (C, H, W) with three axes, a number as (1, 1, 1)."""
    most = 3
    if array.ndim > most:
        return array[0]
    return array.reshape((1,) * (most - array.ndim) + array.shape)


PLAIN: dict[str, Plainer] = {
    "Slice": cut,
    "Pad": pad,
    "Reshape": reshape,
    "Conv": conv,
    "MaxPool": pool,
    "AveragePool": pool,
}
