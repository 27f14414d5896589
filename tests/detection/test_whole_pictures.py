"""Nets of whole pictures, whose energies say the boxes, and nets that know no background."""

import numpy as np
import pytest

from netkit.build.parts import make_energy, make_net
from netkit.config.compose import compose
from netkit.detection import detector as detecting
from netkit.detection.detector import Detector
from netkit.detection.look import Look
from netkit.detection.pyramid import FIT, ORIGINAL, Pyramid
from netkit.detection.suppression import THRESHOLD, Suppression
from netkit.detection.tiles import outputs
from netkit.model import Model


@pytest.fixture(scope="module")
def finder(registry):
    """A net of whole pictures with weights as they begin, which answers something everywhere."""
    ops = registry.make("backend", {"type": "native", "threads": 1})
    cfg = compose("train", ["arch=finder", "energy=boxes"])
    net = make_net(registry, cfg, (3, 48, 64), classes=2, ops=ops, bias=-120, coeff=0.016)
    return net, make_energy(registry, cfg, net, classes=2)


def looking(finder, scaling_type, **suppression):
    net, energy = finder
    pyramid = Pyramid(net.shape[1:], scaling_type)
    keep = Suppression(**suppression)
    look = Look(threshold=0.0105, nthreads=3)
    return Detector(net, energy, ["a", "b"], pyramid=pyramid, suppression=keep, look=look)


def picture(*size, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (3, *size), dtype=np.uint8)


@pytest.mark.parametrize("scaling_type", [FIT, ORIGINAL])
def test_one_at_a_time_or_several_in_flight(finder, scaling_type):
    detector = looking(finder, scaling_type)
    images = [picture(60 + 7 * k, 90, seed=k) for k in range(7)]
    alone = [detector(image) for image in images]
    assert sum(map(len, alone)) > 20
    assert [found for _, found in detector.each(enumerate(images))] == alone


def test_tiles_give_each_box_once(finder, monkeypatch):
    """Boxes of a large picture, looked at in tiles, are those of one pass."""
    detector = looking(finder, ORIGINAL, nms=THRESHOLD)
    image = picture(210, 170)
    whole, some, kinds = detector.level(image, image.shape[1:])
    assert len(whole) > 100
    monkeypatch.setattr(detecting, "outputs", lambda *a, **k: outputs(*a, **k, tile=96))
    tiled, sure, labels = detector.level(image, image.shape[1:])
    np.testing.assert_allclose(tiled, whole, atol=1e-3)
    np.testing.assert_allclose(sure, some, atol=1e-5)
    np.testing.assert_array_equal(labels, kinds)


def test_smoothing_leaves_boxes_where_they_are(finder):
    """Confidences are smoothed, the sides of boxes are not."""
    net, energy = finder
    pyramid, image = Pyramid(net.shape[1:], FIT), picture(48, 64)
    found = []
    for smoothing in (0, 1):
        look = Look(threshold=0.0, smoothing=smoothing)
        detector = Detector(net, energy, ["a", "b"], pyramid=pyramid, look=look)
        found.append(detector.level(image, (48, 64)))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    assert (found[0][1] != found[1][1]).any()


def test_pictures_are_brought_to_the_size_of_training_and_boxes_back(finder):
    """The same picture twice as large has the same boxes, twice as large."""
    detector = looking(finder, FIT, nms=THRESHOLD)
    small = picture(48, 64)
    large = small.repeat(2, axis=1).repeat(2, axis=2)
    boxes, sure, _ = detector.level(small, (48, 64))
    again, same, _ = detector.level(large, (48, 64))
    np.testing.assert_allclose(again, 2 * boxes, atol=1e-6)
    np.testing.assert_array_equal(same, sure)


def test_a_model_detects_as_the_detector_does(finder):
    net, energy = finder
    cfg = compose("train", ["arch=finder", "energy=boxes"])
    meta = {"config": cfg, "classes": ["a", "b"], "shape": list(net.shape), "bias": -120}
    model = Model(net, energy, ["a", "b"], meta=meta | {"coeff": 0.016})
    image = picture(70, 90)
    low = model.detect(image, threshold=0.0105, nms="overlap")
    assert low == looking(finder, FIT)(image)
    model.meta["detection"] = {"threshold": 0.0105}
    assert model.detect(image, nms="overlap") == low
    assert model.detect(image, threshold="auto", nms="overlap") == low


def test_a_net_that_classifies_gives_one_answer_an_image(registry):
    model = Model.of({"f": {"type": "linear", "out": "noutputs"}}, shape=(1, 8, 8), classes=3)
    for size in ((8, 8), (30, 61), (5, 4)):
        (found,) = model.detect(np.full(size, 77, np.uint8))
        assert found.box == (0, 0, size[1], size[0])
