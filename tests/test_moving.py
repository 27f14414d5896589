"""Boxes go with the pixels that layers of augmentation move."""

import numpy as np
import pytest

from netkit.energy import Energy
from netkit.moving import moved_labels
from netkit.net import Net
from netkit.passes import Shards

SIZE = 40
MOVES = {
    "flip": {"type": "flip", "share": 1.0},
    "vertical flip": {"type": "flip", "axis": "vertical", "share": 1.0},
    "shift": {"type": "shift", "by": [5, 9]},
    "zoom": {"type": "zoom", "scale": 0.3, "aspect": 0.2, "shift": 0.1},
    "jitter": {"type": "jitter", "shift": 4, "scale": 0.2, "rotate": 10, "shear": 0.1},
}


class Seen(Energy):
    """An energy for boxes that keeps the labels it is given, and what the net makes of images."""

    targets = "boxes"

    def check_outputs(self, net, classes):
        self.labels, self.pixels = [], []

    def forward(self, y, labels):
        self.labels.append(labels.copy())
        self.pixels.append(y.copy())
        return y.sum((0, 1, 2)) * 0, lambda scale: y * 0


def drawn(n, draw):
    """Return images with a bright rectangle in each, and labels with its box and an empty row."""
    images = np.zeros((n, 1, SIZE, SIZE), np.uint8)
    labels = np.full((n, 2, 5), -1, np.float32)
    for k in range(n):
        x, y = draw.integers(8, 20, 2)
        w, h = draw.integers(6, 12, 2)
        images[k, 0, y : y + h, x : x + w] = 200
        labels[k, 0] = k % 3, x, y, x + w, y + h
    return images, labels


@pytest.mark.parametrize("backend", ["numpy", "auto"])
@pytest.mark.parametrize("names", [*([name] for name in MOVES), list(MOVES)], ids=str)
def test_boxes_are_where_their_pixels_went(registry, names, backend):
    ops = registry.make("backend", {"type": backend, "threads": 2})
    specs = {name.replace(" ", ""): MOVES[name] for name in names}
    specs["one"] = {"type": "conv", "out": 1, "kernel": 1}
    net = Net(registry.layers(specs, 1), (1, SIZE, SIZE), ops)
    net.weights["one.W"][...] = 1
    energy = Seen().bind(ops, net, 3)
    images, labels = drawn(6, np.random.default_rng(0))
    Shards(net).gradient(*ops.samples(images, labels), energy, (1, 2))
    found, pixels = np.concatenate(energy.labels), np.concatenate(energy.pixels, 3)
    assert sorted(found[:, 0, 0]) == sorted(labels[:, 0, 0])
    assert (found[:, 1, 0] == -1).all()
    turned = any("jitter" in name for name in names)
    read = turned or "zoom" in names  # between pixels, so that sides are where half of them shows
    for k in range(6):
        rows, columns = np.nonzero(pixels[0, :, :, k] > 100)
        seen = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        # A turned box is the one around its corners, which is larger than what the eye sees.
        np.testing.assert_allclose(found[k, 0, 1:], seen, atol=5 if turned else 1 if read else 1e-4)


def test_a_box_that_has_mostly_left_is_none(registry):
    labels = np.array([[[0, 0, 0, 10, 10], [1, 20, 20, 30, 30]]], np.float32)
    places = np.array([[1], [0], [0], [0], [1], [7.5]])  # pixels come from 7.5 to the right
    moved = moved_labels(labels, [places], (1, 40, 40), np)
    assert moved[0, 0, 0] == -1  # a quarter of it is left
    np.testing.assert_allclose(moved[0, 1], [1, 12.5, 20, 22.5, 30])
    assert moved_labels(labels, [], (1, 40, 40), np) is labels
