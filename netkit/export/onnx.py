"""netkit convert ... FILE.onnx: a trained net as an ONNX model."""

from pathlib import Path
from typing import TYPE_CHECKING

from netkit.build.parts import outputs
from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.net import build, grid_of
from netkit.registry import Registry

if TYPE_CHECKING:
    from netkit.training.checkpoint import Checkpoint


def export(registry: Registry, checkpoint: "Checkpoint", target: Path) -> str:
    """Write the net of a complete checkpoint as an ONNX model; return what was done.

    The model goes from pixels (N, C, H, W) to outputs; of a net of boxes to `boxes` (N, n, 4), x0,
    y0, x1, y1 in pixels, and `scores` (N, n, classes), before suppression. It takes pixels as they
    are in an image (0..255), of any size that the net itself takes where its layers allow that, and
    computes in float32. Random layers act as outside training: not at all.
    """
    try:
        import onnx  # noqa: F401
    except ImportError:
        raise NetkitError(
            "writing ONNX needs the package onnx: pip install 'netkit[onnx]'"
        ) from None
    from netkit.export.graph import Graph

    meta = checkpoint.meta
    answers = outputs(registry, meta["config"], len(meta["classes"]))
    layers = registry.layers(meta["config"]["arch"]["layers"], answers)
    end = build(layers, tuple(meta["shape"]))[-1]
    graph = Graph(checkpoint.named({}))
    x = "pixels"
    if meta["bias"]:
        x = graph.add("Add", x, meta["bias"])
    if meta["coeff"] != 1:
        x = graph.add("Mul", x, meta["coeff"])
    y = graph.chain(layers, x)
    energy = registry.make("energy", meta["config"]["energy"])
    decoded = energy.onnx(graph, y, end, grid_of(layers))
    last: dict[str, list[int | str]]
    if decoded is None:
        cells = [*end[1:]] if graph.fixed else ["rows", "columns"]
        last = {graph.add("Identity", y): [end[0], *cells]}
        said = f"{answers} outputs"
    else:
        boxes, scores = (
            graph.add("Identity", value, name=name)
            for value, name in zip(decoded, ("boxes", "scores"), strict=True)
        )
        places = end[1] * end[2]
        last = {boxes: [places, 4], scores: [places, len(meta["classes"])]}
        said = f"{places} boxes and their scores"
    model = graph.model("pixels", meta["shape"], last, meta["classes"])
    write_beside(target, model)
    size = "x".join(map(str, meta["shape"]))
    return f"{target}: {len(graph.nodes)} operators, pixels ({size}) to {said}"
