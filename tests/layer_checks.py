"""What a table of layers is checked for, beside netkit.testing: netkit's own and EBLearn's."""

from math import ceil, floor

import numpy as np
import pytest

from netkit.net import Net
from netkit.passes import Shards
from netkit.plugins.energies.cross_entropy import CrossEntropy
from netkit.training.checkpoint import Checkpoint


def make(registry, kind, arguments):
    return registry.layers({"layer": {"type": kind, **arguments}}, 10)["layer"]


def check_backends_agree(registry, backend, kind, arguments, shape):
    """A backend gives what the plain reference primitives give."""
    strict = registry.make("backend", {"type": "strict"})
    results = []
    images = np.random.default_rng(0).normal(size=(4, *shape))
    for ops in (strict, backend):
        net = Net(
            {
                "before": make(registry, "addc", {}),
                "layer": make(registry, kind, arguments),
                "after": make(registry, "linear", {"out": 3}),
            },
            shape,
            ops,
            dtype="float64",
        )
        labels = np.array([0, 1, 2, 0])
        energy = CrossEntropy().bind(ops, net, 3)
        shards = Shards(net)
        shards.workers = shards.workers[
            :1
        ]  # one shard, as the reference: batch statistics are a shard's own
        shards.gradient(*ops.samples(images, labels), energy, (1,))
        results.append(
            (ops.to_host(net.grads).copy(), shards.outputs(ops.samples(images, labels)[0]))
        )
    for reference, ours in zip(*results, strict=True):
        np.testing.assert_allclose(ours, reference, rtol=1e-9, atol=1e-11)


def check_box(registry, kind, arguments, shape):
    """Pixels outside of a cell's box leave the cell as it was, and some inside change it."""
    layer = make(registry, kind, arguments)
    if not layer.local:
        pytest.skip("sees all of the map, or mirrors it")
    ops = registry.make("backend", {"type": "numpy", "threads": 1})
    net = Net({"layer": layer}, shape, ops, dtype="float64")
    net.values[...] = np.random.default_rng(2).uniform(0.5, 1, net.values.size)
    shards, rng = Shards(net), np.random.default_rng(3)
    image = rng.uniform(1, 2, size=(1, *shape))
    y = shards.outputs(image)[..., 0]
    _, h, w = y.shape
    cell = int(rng.integers(h)), int(rng.integers(w))
    (top, left), (bottom, right) = net.box(cell, (cell[0] + 1, cell[1] + 1))
    inside = np.zeros(shape[1:], bool)
    inside[max(0, floor(top)) : ceil(bottom), max(0, floor(left)) : ceil(right)] = True
    for where, same in ((~inside, True), (inside, False)):
        changed = image.copy()
        changed[0][:, where] += rng.uniform(1, 2, size=(shape[0], where.sum()))
        z = shards.outputs(changed)[..., 0]
        touched = bool(where.any()) and bool(inside.any() or same)
        if touched:
            assert np.allclose(z[:, cell[0], cell[1]], y[:, cell[0], cell[1]], atol=1e-12) == same


def check_onnx(registry, tmp_path, kind, arguments, shape):
    """What onnxruntime makes of an exported layer is what the layer makes."""
    pytest.importorskip("onnxruntime")
    from netkit.export.onnx import export

    ops, specs = registry.make("backend", {"type": "numpy"}), {"layer": {"type": kind, **arguments}}
    net = Net(registry.layers(specs, 10), shape, ops, bias=0.5, coeff=2)
    net.values[...] = np.random.default_rng(0).uniform(0.3, 0.9, net.values.size)
    net.state[...] = np.random.default_rng(0).uniform(0.3, 0.9, net.state.size)
    meta = {
        "config": {"arch": {"layers": specs}, "energy": {"type": "l2"}},
        "classes": list("0123456789"),
        "shape": shape,
        "bias": 0.5,
        "coeff": 2,
    }
    export(registry, Checkpoint.of(net, meta), tmp_path / "net.onnx")
    images = np.random.default_rng(1).normal(size=(3, *shape))
    expected = Shards(net).outputs(images).transpose(3, 0, 1, 2)
    np.testing.assert_allclose(
        onnx_outputs(tmp_path / "net.onnx", images), expected, rtol=2e-5, atol=1e-5
    )


def onnx_outputs(path, images):
    """Return what onnxruntime makes of images."""
    import onnxruntime as runtime

    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session.run(None, {"pixels": images.astype(np.float32)})[0]
