"""ONNX: what onnxruntime makes of an exported net is what the net makes."""

import numpy as np
import pytest
from cases import CASES, NAMES
from layer_checks import check_onnx, onnx_outputs

from netkit.build.parts import make_net
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.export.graph import Graph
from netkit.export.onnx import export, model_of
from netkit.layer import Layer
from netkit.passes import Shards
from netkit.plugins.layers.per_map import Addc
from netkit.training.checkpoint import Checkpoint

pytest.importorskip("onnxruntime")
ARCHS = "lenet5", "lenet5_eblearn", "lenet5_modern", "linear", "mlp", "multiscale", "resnet"
ARCHS += "resnet8", "mobile"


@pytest.mark.parametrize(("kind", "arguments", "shape"), CASES, ids=NAMES)
def test_layer(registry, tmp_path, kind, arguments, shape):
    check_onnx(registry, tmp_path, kind, arguments, shape)


@pytest.mark.parametrize("arch", ARCHS)
def test_arch(registry, tmp_path, arch):
    """A whole net, over images of its size and, where it is convolutional throughout, of
    another.
    """
    ops, cfg = registry.make("backend", {"type": "numpy"}), compose("train", [f"arch={arch}"])
    net = make_net(registry, cfg, (1, 28, 28), classes=10, ops=ops, coeff=0.01)
    meta = {
        "config": cfg,
        "classes": list("0123456789"),
        "shape": (1, 28, 28),
        "bias": 0,
        "coeff": 0.01,
    }
    export(registry, Checkpoint.of(net, meta), tmp_path / "net.onnx")
    for size in ((28, 28), (44, 36))[: 1 if arch == "multiscale" else 2]:
        images = np.random.default_rng(1).integers(0, 256, (2, 1, *size))
        expected = Shards(net).outputs(images).transpose(3, 0, 1, 2)
        np.testing.assert_allclose(
            onnx_outputs(tmp_path / "net.onnx", images), expected, rtol=0, atol=1e-5
        )


def test_a_layer_that_cannot_be_written():
    class Strange(Layer):
        pass

    message = "layer: the layer Strange cannot be written as ONNX: give it a method onnx"
    with pytest.raises(NetkitError, match=message):
        Graph({}).layer("layer", Strange(), "x")


def test_a_stranger_s_layer(tmp_path):
    class Twice(Addc):
        def onnx(self, graph, x, p):
            return graph.add("Mul", graph.add("Add", x, p["b"][:, None, None]), 2)

    graph = Graph({"layer.b": np.array([1.0, 2.0])})
    y = graph.add("Identity", graph.layer("layer", Twice(), "pixels"))
    model = model_of(graph, "pixels", (2, 1, 1), {y: (2, 1, 1)}, ["a", "b"])
    (tmp_path / "net.onnx").write_bytes(model)
    assert onnx_outputs(tmp_path / "net.onnx", np.ones((1, 2, 1, 1))).ravel().tolist() == [4, 6]
