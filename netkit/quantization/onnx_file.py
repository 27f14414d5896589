"""netkit convert INT8 FILE.onnx: a net in eight bits as ONNX, with QuantizeLinear between floats.

Runtimes make of a convolution between DequantizeLinear and QuantizeLinear one of whole numbers.
They round products of scales in their own way, so an integer may be one more or less than netkit's,
and contrast normalisation is computed in floats. Everything is uint8, 128 more than here: of int8
onnxruntime 1.32 adds pairs of products in 16 bits, which overflow, on processors with AVX2 alone.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from netkit.build.parts import layers_of
from netkit.export.graph import END, Graph
from netkit.export.onnx import finish, need_onnx
from netkit.files import write_beside
from netkit.net import grid_of
from netkit.quantization.arithmetic import LEAST, MOST, Format
from netkit.quantization.program import Program
from netkit.quantization.saved import restored
from netkit.quantization.steps import Step
from netkit.registry import Registry
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.training.checkpoint import Checkpoint


def export(registry: Registry, checkpoint: "Checkpoint", target: Path) -> str:
    """Write the net in eight bits of a checkpoint as an ONNX model; return what was done.

    It takes and gives what that of the net in floats does (netkit.export.onnx).
    """
    need_onnx()
    meta = checkpoint.meta
    program = restored(checkpoint.tensors, meta["int8"], f"weights {checkpoint.path}")
    layers, end = layers_of(registry, meta)
    graph = Graph({})
    graph.fixed = any(step.kind in ("cut", "concat", "contrast") for step in program.steps)
    y = written(graph, program)
    write_beside(target, finish(registry, meta, graph, y, grid=grid_of(layers), end=end).model)
    return f"{target}: {len(graph.operators)} operators, with QuantizeLinear of eight bits"


def written(graph: Graph, program: Program) -> str:
    """Append a program to a graph whose input is `pixels`; return the name of its output."""
    first = program.formats[program.input]
    q = graph.add("QuantizeLinear", "pixels", 1.0, graph.constant(0, np.uint8))
    real = {program.input: dequantized(graph, q, first)}
    whole = {program.input: q}
    for step in program.steps:
        inputs = [real[name] for name in step.inputs]
        if step.kind == "table":
            y = table(graph, program, step, whole[step.inputs[0]])
        else:
            y = WRITE[step.kind](graph, program, step, *inputs)
        format = program.formats.get(step.output)
        if format is not None:
            if "low" in step.settings:
                y = clipped(graph, y, step, format)
            scale, zero = (
                graph.constant(format.scale),
                graph.constant(format.zero - LEAST, np.uint8),
            )
            whole[step.output] = graph.add("QuantizeLinear", y, scale, zero)
            y = dequantized(graph, whole[step.output], format)
        real[step.output] = y
    real |= {name: graph.constant(over_images(array)) for name, array in program.arrays.items()}
    for operator in program.tail:
        names = [real[name] for name in operator.inputs]
        real[operator.output] = graph.add(operator.kind, *names, **operator.settings)
    return real[program.output]


def dequantized(graph: Graph, q: str, format: Format) -> str:
    """Append what integers stand for."""
    scale, zero = graph.constant(format.scale), graph.constant(format.zero - LEAST, np.uint8)
    return graph.add("DequantizeLinear", q, scale, zero)


def clipped(graph: Graph, y: str, step: Step, format: Format) -> str:
    """Append the clipping of a step, where it is more than that of eight bits."""
    low, high = step.settings["low"], step.settings["high"]
    if low == format.zero and high == MOST:
        return graph.add("Relu", y)
    if (low, high) == (LEAST, MOST):
        return y
    ends = ((end - format.zero) * format.scale for end in (low, high))
    return graph.add("Clip", y, *map(graph.constant, ends))


def over_images(array: Array) -> Array:
    """Return an array over (C, H, W) as one over (N, C, H, W)."""
    return array[None] if array.ndim == 3 else array


# ---- the steps, one after the other ----


def conv(graph: Graph, program: Program, step: Step, x: str) -> str:
    s, arrays, before = step.settings, step.arrays, program.formats[step.inputs[0]]
    if step.kind == "conv":
        after = program.formats[step.output]
        stands = arrays["m"] * 2.0 ** -arrays["shift"].astype(np.float64) * after.scale
        stands = np.where(arrays["m"] > 0, stands, 1.0)
    else:
        stands = arrays["scale"].astype(np.float64)
    zeros = graph.constant(np.full(len(stands), -LEAST), np.uint8)
    scale = graph.constant(stands / before.scale)
    kernels = graph.constant(arrays["W"].transpose(0, 3, 1, 2).astype(int) - LEAST, np.uint8)
    w = graph.add("DequantizeLinear", kernels, scale, zeros, axis=0)
    none = graph.constant(np.zeros(len(stands)), np.int32)
    b = graph.constant(arrays["b"], np.int32)
    bias = graph.add("DequantizeLinear", b, graph.constant(stands), none, axis=0)
    more = {"strides": s["stride"], "pads": s["pads"], "dilations": s["dilation"]}
    return graph.add("Conv", x, w, bias, group=s["groups"], **more)


def table(graph: Graph, program: Program, step: Step, q: str) -> str:
    """The integers are places in a list of the numbers that the table gives."""
    rows = program.formats[step.output].dequantized(step.arrays["T"])
    at = graph.add("Cast", q, to=7)
    if rows.ndim > 1:
        starts = graph.constant(np.arange(len(rows))[:, None, None] * rows.shape[1], np.int64)
        at = graph.add("Add", at, starts)
    return graph.add("Gather", graph.constant(rows.reshape(-1)), at, axis=0)


def contrast(graph: Graph, program: Program, step: Step, x: str) -> str:
    s, (kh, kw) = step.settings, step.arrays["mean"].shape
    around = [kh // 2, kw // 2, (kh - 1) // 2, (kw - 1) // 2]
    maps = s["maps"]
    mean, deviation = (
        np.tile(step.arrays[name] / 2.0 ** s["window_bits"], (1, maps, 1, 1))
        for name in ("mean", "deviation")
    )
    unit = program.formats[step.inputs[0]].scale / 2 ** s["bits"]
    v = graph.add("Sub", x, graph.add("Conv", x, mean, pads=around))
    kh, kw = step.arrays["deviation"].shape
    around = [kh // 2, kw // 2, (kh - 1) // 2, (kw - 1) // 2]
    power = graph.add("Conv", graph.add("Mul", v, v), deviation, pads=around)
    power = graph.add("Add", graph.add("Max", power, 0.0), s["epsilon"] * unit**2)
    root = graph.add("Sqrt", power)
    if s["threshold"]:
        least = graph.add("ReduceMean", root, axes=[1, 2, 3], keepdims=1)
        root = graph.add("Max", root, least)
    return graph.add("Div", v, graph.add("Max", root, max(1, s["floor"]) * unit))


def pool(graph: Graph, program: Program, step: Step, x: str) -> str:
    kind = "MaxPool" if step.kind == "maxpool" else "AveragePool"
    s = step.settings
    return graph.add(kind, x, kernel_shape=s["kernel"], strides=s["stride"])


def pair(graph: Graph, program: Program, step: Step, a: str, b: str) -> str:
    if step.kind == "multiply":
        return graph.add("Mul", a, b)
    return graph.add("Add" if step.settings["by"][1] >= 0 else "Sub", a, b)


def concat(graph: Graph, program: Program, step: Step, *parts: str) -> str:
    if step.settings["flat"]:
        shape = graph.whole(0, -1, 1, 1)
        parts = tuple(graph.add("Reshape", x, shape) for x in parts)
    return graph.add("Concat", *parts, axis=1)


def pad(graph: Graph, program: Program, step: Step, x: str) -> str:
    return graph.pad(x, step.settings["sides"], step.settings["mode"])


def cut(graph: Graph, program: Program, step: Step, x: str) -> str:
    rows, columns, maps = step.settings["places"]
    places = [(maps, 1), (rows, 2), (columns, 3)]
    wanted = {axis: slice(start, -left if left else END, by) for (start, by, left), axis in places}
    return graph.cut(x, wanted)


def floats(graph: Graph, program: Program, step: Step, x: str) -> str:
    return x


WRITE: dict[str, Callable[..., str]] = {
    "conv": conv,
    "scores": conv,
    "floats": floats,
    "contrast": contrast,
    "maxpool": pool,
    "meanpool": pool,
    "add": pair,
    "multiply": pair,
    "concat": concat,
    "pad": pad,
    "cut": cut,
}
