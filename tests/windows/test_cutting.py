"""Which windows are cut of a scene, what they show, and the boxes that they stand for."""

import numpy as np
import pytest

from netkit.detection.boxes import iou
from netkit.files.images import resize
from netkit.scenes import Scene
from netkit.windows.cutting import FREE, OUTSIDE, Plan, chosen, pixels
from netkit.windows.framing import Framing, fitting_size, parts

RNG = np.random.default_rng(0)
BOXES = np.array([[20, 20, 60, 40], [100, 30, 120, 90], [5, 80, 15, 85]], float)


def scene(channels: int = 1) -> Scene:
    image = RNG.integers(0, 256, (channels, 120, 160)).astype(np.uint8)
    return Scene("one", image, BOXES, np.array([0, 1, -1]))


def plan(**changes: object) -> Plan:
    kept = {"copies": np.array([40.0, 20.0]), "misses": 1.0, "anywhere": 60.0, "shift": 0.05}
    return Plan(**{**kept, "scale": 0.1, "reach": (15.0, 80.0), **changes})


@pytest.mark.parametrize("size", [(28, 28), (28, 44), (48, 28)])
@pytest.mark.parametrize("margin", [0.0, 0.15])
def test_a_window_holds_its_object_and_has_the_proportions_asked(size, margin):
    windows = Framing(size, margin).windows(BOXES)
    centres, sizes = parts(windows)
    assert np.allclose(sizes[:, 0] / sizes[:, 1], size[1] / size[0])
    assert np.allclose(centres, parts(BOXES)[0])
    inner = sizes / (1 + 2 * margin)
    assert (inner >= parts(BOXES)[1] - 1e-9).all()
    touching = np.isclose(inner, parts(BOXES)[1]).any(1)  # no larger than it must be
    assert touching.all()


def test_shapes_give_the_boxes_of_objects_back():
    framing, labels = Framing((28, 44), 0.1), np.array([0, 1, 0])
    some = BOXES[[0, 1]]
    shapes = framing.shapes(some, labels[:2], 3)
    assert shapes[2].tolist() == [1, 1]  # no object of it
    centres, sizes = parts(framing.windows(some))
    again = sizes * shapes[labels[:2]][:, ::-1]
    assert np.allclose(again, parts(some)[1])
    assert np.allclose(centres, parts(some)[0])


@pytest.mark.parametrize(
    ("boxes", "size"),
    [([[0, 0, 10, 10]], (28, 28)), ([[0, 0, 20, 10]], (28, 56)), ([[0, 0, 1, 90]], (112, 28))],
)
def test_the_size_that_boxes_ask_for(boxes, size):
    assert fitting_size(np.array(boxes, float)) == size


def test_objects_are_shown_and_background_is_free_of_them():
    framing = Framing((28, 28), 0.1)
    truth = framing.windows(BOXES)
    near = plan(reach=(10.0, 30.0))
    boxes, labels = chosen(scene(), near, framing, background=2, rng=np.random.default_rng(1))
    shown = iou(boxes, truth)
    assert np.bincount(labels)[:2].tolist() == [40, 20]
    assert (shown[labels == 0, 0] > 0.6).all()
    assert (shown[labels == 1, 1] > 0.6).all()
    assert (shown[labels == 2] <= FREE).all()  # also with the object that is not learnt
    assert ((shown[labels == 2] > 0.1).any(1)).sum() > 20  # beside objects
    assert ((shown[labels == 2] == 0).all(1)).sum() > 5  # and nowhere near
    low, high = boxes[labels == 2][:, :2], boxes[labels == 2][:, 2:]
    sizes = high - low
    assert (low >= -OUTSIDE * sizes - 1e-9).all()
    assert (high <= np.array([160, 120]) + OUTSIDE * sizes + 1e-9).all()


def test_windows_of_background_lie_where_something_is_seen():
    image = np.zeros((1, 200, 200), np.uint8)
    image[:, 150:, 150:] = RNG.integers(0, 256, (50, 50))
    empty = Scene("corner", image, np.zeros((0, 4)), np.zeros(0, np.int64))
    few = plan(anywhere=300.0, reach=(10.0, 30.0))
    boxes, labels = chosen(empty, few, Framing((28, 28)), background=2, rng=RNG)
    assert (labels == 2).all()
    busy = (parts(boxes)[0] > 140).all(1).mean()
    assert 0.5 < busy < 0.9


@pytest.mark.parametrize("channels", [1, 3])
def test_a_window_is_resized_as_a_detector_resizes_the_whole_image(channels):
    image = np.random.default_rng(3).integers(0, 256, (channels, 56, 84)).astype(np.uint8)
    whole, outside = np.array([[0, 0, 84, 56]], float), np.array([[-10, 20, 20, 50]], float)
    assert np.array_equal(pixels(image, whole, (28, 42)), resize(image, 28, 42)[None])
    shown = pixels(image, outside, (28, 42))
    assert shown.shape == (1, channels, 28, 42)
    assert not shown[..., :13].any()  # a third of it lies outside, and is black
    assert shown[..., 15:].all(axis=(0, 1)).any()
