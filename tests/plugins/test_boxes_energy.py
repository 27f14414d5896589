"""The energy of boxes: which cells answer what, and its numbers against PyTorch's."""

import numpy as np
import pytest

from netkit.backends.numpy import NumpyBackend
from netkit.errors import NetkitError
from netkit.net import Net
from netkit.plugins.energies.boxes import Boxes, centres
from netkit.plugins.energies.cell_targets import NEITHER, cell_targets
from netkit.plugins.energies.overlap import generalized_iou, lacking

GRID = (-7, -7), (15, 15), (8, 8)  # cells whose centres are at 0.5, 8.5, 16.5, ...
FINDER = {
    "c": {"type": "conv", "out": 4, "kernel": 3, "stride": 2, "pad": 1},
    "f": {"type": "conv", "out": "noutputs", "kernel": 1},
}


def labels_of(rng, images, most, size=64, classes=3):
    """Return labels (N, M, 5) of boxes of very different sizes."""
    low = rng.uniform(0, size - 2, (images, most, 2))
    high = low + rng.uniform(1, 40, (images, most, 2))
    kinds = rng.integers(-1, classes, (images, most, 1))
    return np.concatenate([kinds, low, high], 2).astype(np.float32)


def test_cells_around_the_centre_answer():
    labels = np.array([[[1, 0, 0, 33, 33], [-1, 0, 0, 64, 64]]], np.float32)
    aim = cell_targets(np, labels, (8, 8), GRID, radius=0.25)
    assert aim.classes.shape == (8, 8, 1)
    # The centre is at 16.5: cells from 8.5 to 24.5 are within a quarter of 33 pixels.
    expected = np.full((8, 8), -1)
    expected[1:4, 1:4] = 1
    np.testing.assert_array_equal(aim.classes[..., 0], expected)
    np.testing.assert_array_equal(aim.boxes[:, 2, 2, 0], [0, 0, 33, 33])


def test_cells_of_a_wide_image_are_counted_by_rows_and_columns():
    labels = np.array([[[2, 96, 0, 128, 32]]], np.float32)
    aim = cell_targets(np, labels, (8, 16), GRID, radius=0.3)  # within 9.6 pixels of (16, 112)
    assert aim.classes.shape == (8, 16, 1)
    right = [[row, column] for row in (1, 2, 3) for column in (13, 14, 15)]
    assert np.argwhere(aim.classes[..., 0] == 2).tolist() == right
    turned = cell_targets(np, labels[..., [0, 2, 1, 4, 3]], (16, 8), GRID, radius=0.3)
    np.testing.assert_array_equal(turned.classes, aim.classes.transpose(1, 0, 2))


def test_the_smaller_of_two_boxes_is_answered_and_the_smallest_box_has_a_cell():
    labels = np.array([[[0, 14, 14, 18, 18], [2, 0, 0, 40, 40], [1, 50, 50, 51, 52]]], np.float32)
    aim = cell_targets(np, labels, (8, 8), GRID, radius=0.5)
    assert aim.classes[2, 2, 0] == 0
    assert (aim.classes == 0).sum() == 1
    assert (aim.classes == 2).sum() > 10
    assert (aim.classes == 1).sum() == 1
    swapped = cell_targets(np, labels[:, ::-1], (8, 8), GRID, radius=0.5)
    np.testing.assert_array_equal(swapped.classes, aim.classes)
    crowded = np.full((1, 100_000, 5), -1, np.float32)  # as where one picture has so many
    crowded[:, [7, 9, 99_999]] = labels
    beside = cell_targets(np, crowded, (8, 8), GRID, radius=0.5)  # of hours, box by box
    np.testing.assert_array_equal(beside.classes, aim.classes)
    np.testing.assert_array_equal(beside.boxes, aim.boxes)


def test_every_box_alone_has_a_cell():
    rng = np.random.default_rng(3)
    labels = labels_of(rng, 200, 1)
    labels[..., 0] = 1
    aim = cell_targets(np, labels, (8, 8), GRID, radius=0.25)
    assert ((aim.classes == 1).sum((0, 1)) >= 1).all()


def energy_of(**arguments):
    energy = Boxes(**arguments)
    energy.ops, energy.grid = NumpyBackend(1), GRID
    return energy


def test_it_is_what_pytorch_says():
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    rng = np.random.default_rng(0)
    y, labels = rng.normal(size=(7, 8, 8, 5)), labels_of(rng, 5, 4)
    energy = energy_of(box_weight=1.5)
    energies, backward = energy.forward(y, labels)
    aim = cell_targets(np, labels, (8, 8), GRID, radius=0.25)
    given = torch.tensor(y, requires_grad=True)
    there = torch.tensor(aim.classes >= 0)
    hit = functional.one_hot(torch.tensor(aim.classes).clamp(min=0), 3) * there[..., None]
    hit = hit.permute(3, 0, 1, 2).double()
    z = given[:3] + energy.prior
    p, entropy = z.sigmoid(), functional.binary_cross_entropy_with_logits(z, hit, reduction="none")
    right = p * hit + (1 - p) * (1 - hit)
    focal = (0.25 * hit + 0.75 * (1 - hit)) * (1 - right) ** 2 * entropy
    down, across = (torch.tensor(a) for a in centres(np, (8, 8), GRID, float))
    away = 8 * (given[3:].exp() - 0.5)
    x0, y0, x1, y1 = across - away[0], down - away[1], across + away[2], down + away[3]
    a0, b0, a1, b1 = torch.tensor(aim.boxes.astype(float))
    area = (x1 - x0).clamp(min=0) * (y1 - y0).clamp(min=0)
    inner = (torch.minimum(x1, a1) - torch.maximum(x0, a0)).clamp(min=0)
    inner = inner * (torch.minimum(y1, b1) - torch.maximum(y0, b0)).clamp(min=0)
    union = area + (a1 - a0) * (b1 - b0) - inner
    outer = (torch.maximum(x1, a1) - torch.minimum(x0, a0)) * (
        torch.maximum(y1, b1) - torch.minimum(y0, b0)
    )
    far = 1 - inner / union + (outer - union) / outer
    for side, true in ((x1 - x0, a1 - a0), (y1 - y0, b1 - b0)):
        far = far + (0.25 - side / true).clamp(min=0)
    each = focal.sum((0, 1, 2)) + 1.5 * (far * there).sum((0, 1))
    each = each / (there.double().sum() / 5)
    np.testing.assert_allclose(energies, each.detach().numpy(), rtol=1e-9)
    each.sum().backward()
    np.testing.assert_allclose(backward(1.0), given.grad.numpy(), rtol=1e-7, atol=1e-10)


def test_nothing_is_asked_of_cells_in_a_box_that_need_not_be_found():
    labels = np.array([[[-2, 0, 0, 40, 24], [1, 30, 0, 46, 40], [-1, 0, 0, 64, 64]]], np.float32)
    aim = cell_targets(np, labels, (8, 8), GRID, radius=0.25)
    expected = np.full((8, 8), -1)
    expected[:3, :5] = NEITHER  # centres at 0.5, 8.5, ..., 32.5 across, to 16.5 down
    mine = np.abs(8 * np.arange(8) + 0.5 - 38) <= 4
    expected[np.ix_(np.abs(8 * np.arange(8) + 0.5 - 20) <= 10, mine)] = 1
    np.testing.assert_array_equal(aim.classes[..., 0], expected)
    energy, y = energy_of(), np.random.default_rng(0).normal(size=(7, 8, 8, 1))
    energies, backward = energy.forward(y, labels)
    gradient = backward(1.0)
    neither = expected == NEITHER
    assert (gradient[:, neither] == 0).all()
    assert (gradient[:3, ~neither] != 0).all()
    changed = y.copy()
    changed[:, neither] += 3
    np.testing.assert_array_equal(energy.forward(changed, labels)[0], energies)
    plain, _ = energy.forward(y, np.where(labels[..., :1] < -1, -1, labels))
    assert (plain > energies).all()
    step = 1e-6
    for place in [(0, 4, 4), (1, 2, 5), (4, 2, 5)]:
        more, less = y.copy(), y.copy()
        more[place] += step
        less[place] -= step
        slope = (energy.forward(more, labels)[0] - energy.forward(less, labels)[0]) / (2 * step)
        assert gradient[place] == pytest.approx(slope, rel=1e-5, abs=1e-9)


def test_crossed_and_equal_boxes_have_finite_slopes():
    true = np.array([[0.0, 0.0, 10.0, 10.0]]).T
    for box in ([0, 0, 10, 10], [6, 6, 4, 4], [30, 30, 30, 30], [-5, 2, 40, 3]):
        giou, slopes = generalized_iou(np, np.array([box], float).T, true)
        assert -1 <= giou[0] <= 1
        assert np.isfinite(slopes).all()


def test_a_crossed_box_inside_the_true_one_is_opened():
    """Where the generalised IoU alone has no slope."""
    true = np.array([[0.0, 0.0, 40.0, 40.0]]).T
    box = np.array([[24.0, 25.0, 18.0, 15.0]]).T
    assert not generalized_iou(np, box, true)[1].any()
    for _ in range(500):
        closer, longer = generalized_iou(np, box, true)[1], lacking(np, box, true)[1]
        box += 10 * (closer - longer)
    assert generalized_iou(np, box, true)[0] > 0.9
    assert not lacking(np, box, true)[0]


def test_images_without_a_box_and_without_room_for_one():
    rng = np.random.default_rng(2)
    y = rng.normal(size=(7, 8, 8, 3)).astype(np.float32)
    for most in (0, 4):
        labels = np.full((3, most, 5), -1, np.float32)
        energies, backward = energy_of().forward(y, labels)
        assert np.isfinite(energies).all()
        gradient = backward(1.0)
        assert (gradient[3:] == 0).all()
        assert gradient.dtype == np.float32


def test_boxes_are_those_that_were_aimed_at(registry):
    """A net whose outputs are the logarithms of the distances answers the boxes themselves."""
    labels = np.array([[[1, 10, 6, 30, 40]]], np.float32)
    energy = energy_of()
    y = np.full((7, 8, 8, 1), -20.0)
    aim = cell_targets(np, labels, (8, 8), GRID, radius=0.25)
    row, column = np.argwhere(aim.classes[..., 0] == 1)[0]
    middle = np.array([column, row]) * 8 + 0.5
    sides = np.concatenate([middle - [10, 6], [30, 40] - middle])
    y[3:, row, column, 0] = np.log(sides / 8 + 0.5)
    y[1, row, column, 0] = 9.0
    boxes = energy.boxes(y, GRID)
    np.testing.assert_allclose(boxes[:, row, column, 0], [10, 6, 30, 40], atol=1e-9)
    kind, confidence = energy.answer(y)
    assert kind[row, column, 0] == 1
    assert confidence[row, column, 0] > 0.9


def test_a_net_that_does_not_fit(registry):
    ops = registry.make("backend", {"type": "numpy"})
    net = Net(registry.layers(FINDER, 7), (3, 16, 16), ops)
    assert Boxes().bind(ops, net, 3).grid == net.grid()
    with pytest.raises(NetkitError, match=r"f: .* 2 classes with boxes need 6 maps: write `out"):
        Boxes().bind(ops, net, 2)
    whole = Net(registry.layers({"f": {"type": "linear", "out": "noutputs"}}, 7), (3, 8, 8), ops)
    with pytest.raises(NetkitError, match="answers for the image as a whole: take arch=finder"):
        Boxes().bind(ops, whole, 3)
