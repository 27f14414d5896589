"""A net as plain operators: what numpy makes of a plan is what the net makes."""

import numpy as np
import pytest
from cases import CASES, NAMES
from plans import ARCHS, checkpoint_of, checkpoint_of_layer

from netkit.errors import NetkitError
from netkit.export.graph import Graph
from netkit.export.plan import plan_of
from netkit.export.reference import run, values
from netkit.layer import Layer
from netkit.passes import Shards


@pytest.mark.parametrize("fold", [True, False])
@pytest.mark.parametrize(("kind", "arguments", "shape"), CASES, ids=NAMES)
def test_layer(registry, kind, arguments, shape, fold):
    checkpoint, net = checkpoint_of_layer(registry, kind, arguments, shape)
    images = np.random.default_rng(1).normal(size=(3, *shape))
    expected = Shards(net).outputs(images).transpose(3, 0, 1, 2)
    plan = plan_of(registry, checkpoint, fold=fold)
    assert plan.shapes[plan.output] == expected.shape[1:]
    np.testing.assert_allclose(run(plan, images, np.float64), expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("arch", ARCHS)
def test_arch(registry, arch):
    """Folded, over images of the net's size and another; unfolded, the value of every layer."""
    checkpoint, net = checkpoint_of(registry, arch)
    for size in (None, (44, 36))[: 1 if arch == "multiscale" else 2]:
        plan = plan_of(registry, checkpoint, size)
        images = np.random.default_rng(1).integers(0, 256, (2, *plan.shapes["pixels"]))
        expected = Shards(net).outputs(images).transpose(3, 0, 1, 2)
        np.testing.assert_allclose(run(plan, images, np.float64), expected, rtol=1e-9, atol=1e-11)
        assert not {"BatchNormalization", "Identity", "Reshape"} & {o.kind for o in plan.operators}
        near = run(plan, images)
        assert near.dtype == np.float32
        np.testing.assert_allclose(near, expected, rtol=0, atol=2e-5)


def test_every_layer_has_its_value(registry):
    checkpoint, net = checkpoint_of(registry, "resnet8")
    image = np.random.default_rng(1).integers(0, 256, (1, 1, 28, 28))
    seen = {}
    shards = Shards(net)
    shards.workers[0].outputs(image, see=lambda name, layer, x, y: seen.update({name: y.copy()}))
    plan = plan_of(registry, checkpoint, fold=False)
    made = values(plan, image, np.float64)
    assert plan.layers.keys() == seen.keys()
    for name, value in plan.layers.items():
        np.testing.assert_allclose(made[value][0], seen[name][..., 0], rtol=1e-9, atol=1e-11)
    assert {o.layer for o in plan.operators if o.layer} <= seen.keys()


def test_boxes(registry):
    """A net that answers at each cell, over an image of another size."""
    checkpoint, net = checkpoint_of(registry, "finder", (3, 48, 64), "energy=boxes")
    plan = plan_of(registry, checkpoint, (56, 72))
    images = np.random.default_rng(1).integers(0, 256, (2, 3, 56, 72))
    expected = Shards(net).outputs(images).transpose(3, 0, 1, 2)
    assert expected.shape == (2, 14, 7, 9)
    np.testing.assert_allclose(run(plan, images, np.float64), expected, rtol=1e-9, atol=1e-11)
    assert plan.reading["kind"] == "boxes"
    assert plan.grid == net.grid()


def test_folded_away(registry):
    """A convolution takes the normalisation behind it; layers within have no value of their own."""
    checkpoint, _ = checkpoint_of(registry, "resnet8")
    plan = plan_of(registry, checkpoint)
    kinds = [operator.kind for operator in plan.operators]
    assert kinds.count("Mul") == 0
    assert set(plan.layers.values()) <= {o.output for o in plan.operators}
    whole = plan_of(registry, checkpoint, fold=False)
    assert len(plan.layers) < len(whole.layers)
    assert {o.output for o in plan.operators} == plan.shapes.keys() - {plan.input}


def test_sizes_that_a_layer_is_not_written_for(registry):
    checkpoint, _ = checkpoint_of(registry, "multiscale")
    with pytest.raises(NetkitError, match="scales: join=flat is written for images of the size"):
        plan_of(registry, checkpoint, (44, 36))


def test_an_operator_for_onnx_alone(registry):
    class Strange(Layer):
        def onnx(self, graph, x, p):
            return graph.add("Erf", x)

    from netkit.export.plain import plain

    graph = Graph({}, (1, 2, 2))
    graph.layer("odd", Strange(), "pixels")
    with pytest.raises(NetkitError, match="odd: the operator Erf as it stands there is written as"):
        plain(graph, graph.operators[0])
