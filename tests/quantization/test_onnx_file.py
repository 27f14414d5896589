"""A net in eight bits as ONNX: onnxruntime gives its scores, but for steps of rounding."""

import numpy as np
import pytest
from whole_nets import NETS, checkpoint_of, program_of

from netkit.quantization.onnx_file import export
from netkit.quantization.program import as_pixels

onnxruntime = pytest.importorskip("onnxruntime")


@pytest.mark.parametrize("name", NETS)
def test_onnxruntime_gives_the_scores(registry, tmp_path, name):
    program, plan, images = program_of(registry, name)
    said = export(registry, checkpoint_of(program, plan), tmp_path / "net.onnx")
    assert "QuantizeLinear" in said
    ours = program.run(as_pixels(images))
    made = run(tmp_path / "net.onnx", images, "ORT_DISABLE_ALL")
    assert made.shape == ours.shape
    near = 0.03 if any(step.kind == "contrast" for step in program.steps) else 0.005
    assert lost(made, ours) < near
    assert lost(run(tmp_path / "net.onnx", images, "ORT_ENABLE_ALL"), ours) < near


def run(path, images, level):
    """Return what onnxruntime makes of images, its graph optimised or as it stands."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session.run(None, {"pixels": images})[0]


def lost(made, right):
    """Return the error as a share of the spread of what is right."""
    return np.sqrt(np.square(made - right).mean() / np.square(right - right.mean()).mean())
