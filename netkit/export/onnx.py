"""netkit convert ... FILE.onnx: a trained net as an ONNX model."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from netkit.build.parts import layers_of
from netkit.errors import NetkitError
from netkit.export.graph import Graph
from netkit.files import write_beside
from netkit.net import grid_of
from netkit.registry import Registry
from netkit.types import Array, Cell, Shape

if TYPE_CHECKING:
    from onnx import TensorProto

    from netkit.training.checkpoint import Checkpoint

OPSET = 17  # as old as the operators in use allow, so that older runtimes read the file
FORMAT = 8


def export(registry: Registry, checkpoint: "Checkpoint", target: Path) -> str:
    """Write the net of a complete checkpoint as an ONNX model; return what was done.

    The model goes from pixels (N, C, H, W) to outputs; of a net of boxes to `boxes` (N, n, 4), x0,
    y0, x1, y1 in pixels, and `scores` (N, n, classes), before suppression. It takes pixels as they
    are in an image (0..255), of any size that the net itself takes where its layers allow that, and
    computes in float32. Random layers act as outside training: not at all.
    """
    need_onnx()
    meta = checkpoint.meta
    layers, end = layers_of(registry, meta)
    graph = Graph(checkpoint.named({}), tuple(meta["shape"]))
    x = "pixels"
    if meta["bias"]:
        x = graph.add("Add", x, meta["bias"])
    if meta["coeff"] != 1:
        x = graph.add("Mul", x, meta["coeff"])
    said = finish(registry, meta, graph, graph.chain(layers, x), grid=grid_of(layers), end=end)
    write_beside(target, said.model)
    size = "x".join(map(str, meta["shape"]))
    return f"{target}: {len(graph.operators)} operators, pixels ({size}) to {said.gives}"


def need_onnx() -> None:
    """Raise NetkitError if the package that writes the files is not there."""
    try:
        import onnx  # noqa: F401
    except ImportError:
        raise NetkitError(
            "writing ONNX needs the package onnx: pip install 'netkit[onnx]'"
        ) from None


class Finished(NamedTuple):
    """The bytes of a model, and what it gives, in words."""

    model: bytes
    gives: str


def finish(
    registry: Registry,
    meta: Mapping[str, Any],
    graph: Graph,
    y: str,
    *,
    grid: tuple[Cell, Cell, Cell],
    end: Shape,
) -> Finished:
    """Append to a graph how the outputs y of a trained net are read, and make the model of it.

    meta: of its checkpoint.  grid: Net.grid.  end: (K, h, w) of y for images of the built size.
    """
    energy = registry.make("energy", meta["config"]["energy"])
    decoded = energy.onnx(graph, y, end, grid)
    last: dict[str, list[int | str]]
    if decoded is None:
        cells = [*end[1:]] if graph.fixed else ["rows", "columns"]
        last = {graph.add("Identity", y): [end[0], *cells]}
        gives = f"{end[0]} outputs"
    else:
        boxes, scores = (
            graph.add("Identity", value, name=name)
            for value, name in zip(decoded, ("boxes", "scores"), strict=True)
        )
        places = end[1] * end[2]
        last = {boxes: [places, 4], scores: [places, len(meta["classes"])]}
        gives = f"{places} boxes and their scores"
    return Finished(model_of(graph, "pixels", meta["shape"], last, meta["classes"]), gives)


def model_of(
    graph: Graph,
    first: str,
    shape: Shape,
    last: Mapping[str, Sequence[int | str]],
    classes: list[str],
) -> bytes:
    """Return the bytes of an ONNX model of a graph.

    first: the name of its input, images of `shape` (C, H, W).  last: its outputs, {name: what one
    image has of it}; a text stands for a number that may be any.
    """
    import onnx
    from onnx import TensorProto, helper

    size = shape[1:] if graph.fixed else ("height", "width")
    kind = TensorProto.FLOAT
    begin = helper.make_tensor_value_info(first, kind, ["images", shape[0], *size])
    ends = [
        helper.make_tensor_value_info(name, kind, ["images", *dims]) for name, dims in last.items()
    ]
    nodes = [
        helper.make_node(each.kind, each.inputs, [each.output], **each.settings)
        for each in graph.operators
    ]
    constants = [tensor(name, array) for name, array in graph.constants.items()]
    made = helper.make_graph(nodes, "netkit", [begin], ends, constants)
    opsets = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(made, opset_imports=opsets, producer_name="netkit")
    model.ir_version = FORMAT
    helper.set_model_props(model, {"classes": json.dumps(classes)})
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def tensor(name: str, array: Array) -> "TensorProto":
    """Return a constant as ONNX has it: float32, or whole numbers as they are."""
    from onnx import numpy_helper

    return numpy_helper.from_array(
        array.astype(np.float32) if array.dtype.kind == "f" else array, name
    )
