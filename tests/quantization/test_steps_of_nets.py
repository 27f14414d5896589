"""Which steps of whole numbers the layers of a net become, and how near those are to floats."""

import numpy as np
import pytest
from whole_nets import plan_for, quantized

from netkit.errors import NetkitError
from netkit.layer import Layer
from netkit.quantization.program import as_pixels
from netkit.registry import Registry

CONV = {"type": "conv", "out": 3, "kernel": 3}
SHAPE = 1, 14, 14


def path(kernel, pad):
    return {"type": "conv", "out": 6, "kernel": kernel, "pad": pad}


def branch(join, *paths):
    layers = {f"p{k}": each for k, each in enumerate(paths)}
    return {"type": "branch", "join": join, "layers": layers}


def mean(graph, x, axes=(2, 3)):
    return graph.add("ReduceMean", x, axes=list(axes), keepdims=1)


WRITTEN = {  # layers of a stranger: their shape after (3, 12, 12), and how they write themselves
    "squeeze": ((3, 12, 12), lambda g, x: g.add("Mul", x, mean(g, x))),
    "less_mean": ((3, 12, 12), lambda g, x: g.add("Sub", x, mean(g, x))),
    "mean_of_map": ((3, 1, 1), mean),
    "mean_of_maps": ((1, 12, 12), lambda g, x: mean(g, x, [1])),
    "plus": ((3, 12, 12), lambda g, x: g.add("Sum", x, mean(g, x), np.ones((1, 3, 1, 1)))),
    "image": ((3, 12, 12), lambda g, x: g.add("Add", x, np.ones((1, 3, 12, 12)))),
    "rows": ((3, 24, 12), lambda g, x: g.add("Concat", x, x, axis=2)),
    "turned": ((3, 12, 12), lambda g, x: g.cut(x, {2: slice(None, None, -1)})),
}


class Written(Layer):
    """A layer of a stranger that says what it does by its operators alone."""

    def __init__(self, name: str) -> None:
        self.shape, self.write = WRITTEN[name]

    def build(self, shape):
        return self.shape

    def onnx(self, graph, x, p):
        return self.write(graph, x)


@pytest.fixture(scope="module")
def known():
    found = Registry()
    found.found["layer"]["written"] = {"netkit": Written}
    return found


BECOMES = {  # a layer behind a conv and a tanh: the kinds of the steps that it becomes
    "a sum of three": (branch("sum", path(3, 1), path(5, 2), path(1, 0)), "conv conv conv add add"),
    "maps in a row": (branch("concat", path(3, 1), path(1, 0)), "conv conv table table concat"),
    "one vector": (branch("flat", path(3, 1), path(5, 0)), "conv conv table table concat"),
    "a mirror": ({"type": "mpad", "pad": 2}, "pad"),
    "zeros": ({"type": "zpad", "pad": [1, 0, 2, 3]}, "pad"),
    "the largest": ({"type": "maxpool", "kernel": 2}, "maxpool"),
    "the mean": ({"type": "avgpool", "kernel": 3}, "meanpool"),
    "some rows": ({"type": "narrow", "dim": 1, "size": 4, "offset": 3}, "cut"),
    "the mean of a map": ({"type": "written", "name": "mean_of_map"}, "meanpool"),
    "times the mean": ({"type": "written", "name": "squeeze"}, "meanpool multiply"),
    "less the mean": ({"type": "written", "name": "less_mean"}, "meanpool add"),
}


@pytest.mark.parametrize("name", BECOMES)
def test_a_layer_at_the_end_answers_in_floats(known, name):
    layer, kinds = BECOMES[name]
    plan = plan_for(known, {"c": CONV, "t": {"type": "tanh"}, "it": layer}, SHAPE)
    program, images, right = quantized(plan)
    assert " ".join(step.kind for step in program.steps) == f"conv table {kinds} floats"
    made = program.run(as_pixels(images))
    assert (made.shape, made.dtype) == (right.shape, np.float32)
    assert np.square(made - right).mean() < 0.0004 * np.square(right - right.mean()).mean()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mean_of_maps", "the operator ReduceMean there"),
        ("plus", "the operator Sum there"),
        ("image", "the operator Add there"),
        ("rows", "the operator Concat there"),
        ("turned", "a slice that runs backwards"),
    ],
)
def test_what_has_no_whole_numbers_is_refused_with_a_remedy(known, name, said):
    """Each is a step that whole numbers have, in a form that they have not."""
    layers = {"c": CONV, "t": {"type": "tanh"}, "it": {"type": "written", "name": name}}
    with pytest.raises(NetkitError) as caught:
        quantized(plan_for(known, layers, SHAPE))
    assert str(caught.value) == (
        f"it: {said} has no form in eight bits yet: take the layer out or another in its place, "
        "or keep the net in float32 (netkit convert)"
    )
