"""Layers that prepare a whole image come before the zeros around it, and before it is tiled."""

import numpy as np
import pytest

from netkit.detection.detector import Detector
from netkit.detection.front import divided
from netkit.detection.look import Look
from netkit.net import Net
from netkit.passes import Shards

LAYERS = {
    "colour": {"type": "colour", "to": "ypuv", "kernel": 5},
    "c": {"type": "conv", "out": 4, "kernel": 9, "stride": 4},
    "t": {"type": "tanh"},
    "f": {"type": "conv", "out": 3, "kernel": 2},
}


@pytest.fixture
def make(registry, backend):
    ops = backend

    def call(layers=LAYERS, **look):
        net = Net(registry.layers(layers, 3), (3, 13, 13), ops, dtype="float64", coeff=0.5)
        energy = registry.make("energy", {"type": "l2"}).bind(ops, net, 3)
        return Detector(net, energy, ["a", "b", "c"], look=Look(**look))

    return call


def whole(net, layers, image):
    """Return the outputs of some of a net's layers over an image, and with `zeros` around it."""
    part = Net(layers, net.shape, net.ops, dtype="float64", coeff=net.coeff)
    return Shards(part).outputs(image[None])[..., 0]


def test_zeros_come_after_what_is_prepared(make):
    detector = make(hzpad=0.5, wzpad=0.25)
    image = np.random.default_rng(0).integers(0, 255, (3, 30, 41)).astype("uint8")
    scaled, before = detector.scaled(image, (30, 41))
    assert before == (6, 3)  # half of 13 pixels, a quarter
    net = detector.net
    colours = whole(net, {"colour": net.layers["colour"]}, image)
    np.testing.assert_array_equal(scaled, np.pad(colours, [(0, 0), (6, 6), (3, 3)]))
    front, rest = divided(net)
    assert (list(front.layers), list(rest.layers)) == (["colour"], ["c", "t", "f"])
    assert (front.coeff, rest.coeff) == (0.5, 1)
    assert np.shares_memory(net.ops.to_host(rest.values), net.ops.to_host(net.values))


def test_an_image_smaller_than_the_net(make):
    detector = make(hzpad=0.0, wzpad=0.0)
    image = np.random.default_rng(0).integers(0, 255, (3, 2, 20)).astype("uint8")
    scaled, before = detector.scaled(image, (2, 20))
    assert (scaled.shape, before) == ((3, 13, 20), (5, 0))


def test_tiles_are_cut_from_what_is_prepared(make):
    """All of a large image has one mean and deviation, whatever tiles it is looked at in."""
    detector = make(hzpad=0.0, wzpad=0.0, threshold=0.0)
    rng = np.random.default_rng(1)
    image = (rng.uniform(0, 40, (3, 60, 1200)) + np.linspace(0, 200, 1200)).astype("uint8")
    boxes, confidences, labels = detector.level(image, (60, 1200))
    net = detector.net
    y = whole(net, dict(net.layers), image)
    expected, best = detector.energy.answer(net.ops.asarray(y[..., None]))
    assert len(boxes) == len(labels) == y[0].size
    np.testing.assert_array_equal(labels, net.ops.to_host(expected)[..., 0].ravel())
    np.testing.assert_allclose(confidences, net.ops.to_host(best)[..., 0].ravel(), atol=1e-12)
    assert boxes[0].tolist() == [0, 0, 13, 13]


def test_a_net_without_such_layers_is_one(make):
    detector = make({name: LAYERS[name] for name in "ctf"})
    assert divided(detector.net) == (None, detector.net)
    only = Net({"n": detector.net.layers["t"]}, (3, 4, 4), detector.net.ops)
    assert divided(only) == (None, only)
