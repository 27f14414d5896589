"""Detection: sizes, whole passes against windows, tiles, tracks, and the packaged detector."""

import numpy as np
import pytest

from netkit.build.parts import make_net
from netkit.config.compose import compose
from netkit.detection.cells import cells
from netkit.detection.detector import Detection, Detector
from netkit.detection.pyramid import Pyramid
from netkit.detection.smooth import Smooth
from netkit.detection.tiles import outputs
from netkit.detection.tracks import Tracker
from netkit.errors import NetkitError
from netkit.files.images import resize
from netkit.measurement.metrics import Metrics
from netkit.plugins.scenes.digit_scenes import DigitScenes
from netkit.worker import Worker

SIZES = [  # settings, image, sizes
    (dict(scaling_type=4), (60, 80), [(60, 80)]),
    (dict(scaling_type="network"), (60, 80), [(28, 37)]),
    (dict(scaling_type=0, scales=["20x30", "50x10"]), (60, 80), [(50, 10), (20, 30)]),
    (dict(scaling_type=1, scales=[0.5, 2]), (60, 80), [(120, 160), (30, 40)]),
    (dict(scaling_type=2, nscales=3), (56, 56), [(112, 112), (56, 56), (28, 28)]),
    (dict(scaling_type=3, scaling=2), (56, 112), [(112, 224), (56, 112), (28, 56)]),
    (dict(scaling_type=3, scaling=2, min_scale=2), (56, 112), [(112, 224), (56, 112)]),
    (dict(scaling_type=6, scaling=2, max_scale=3), (56, 56), [(112, 112), (56, 56), (28, 28)]),
    (dict(scaling_type=3, scaling=2, input_max=100, input_min=40), (56, 56), [(56, 56)]),
    (dict(scaling_type=3, max_scale=1), (10, 10), [(28, 28)]),
]


@pytest.mark.parametrize(("settings", "image", "sizes"), SIZES)
def test_pyramid(settings, image, sizes):
    assert Pyramid((28, 28), **settings).sizes(*image) == sizes


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (dict(scaling_type=8), "scaling_type=8: there are 0 .manual."),
        (dict(scaling_type=0), "needs scales="),
        (dict(scaling=1.0), "scaling=1.0"),
        (dict(scaling_type=0, scales=["big"]), "'big' is no size"),
        (dict(scaling_type=2, nscales=0), "nscales=0"),
    ],
)
def test_bad_pyramids(settings, message):
    with pytest.raises(NetkitError, match=message):
        Pyramid((28, 28), **settings)


def test_a_setting_without_effect_is_said(caplog):
    Pyramid((28, 28), scaling_type=4, scaling=1.2)
    assert "scaling has no effect with scaling_type=4 (original)" in caplog.text


@pytest.mark.parametrize(
    "arch", ["detector", "lenet5_modern", "lenet5_eblearn", "lenet5", "resnet", "mlp"]
)
def test_a_whole_pass_gives_the_answers_of_windows(registry, arch):
    """Each cell of a pass over an image is the net's answer to the pixels in the cell's box.

    A net that pads sees other pixels where a window alone would end in zeros, so its window is
    given with more of the image around and the cell in it is compared. Contrast normalisation,
    which looks at the mean of all of its input, is switched off: see docs/detect.md.
    """
    ops = registry.make("backend", {"type": "numpy", "threads": 1})
    words = ["arch.normalise=false"] if arch == "lenet5" else []
    cfg = compose("train", [f"arch={arch}", *words])
    layers = {n: s for n, s in cfg["arch"]["layers"].items() if s["type"] not in ("wstd", "cnorm")}
    cfg |= {"arch": {"layers": layers}}
    net = make_net(registry, cfg, (1, 28, 28), classes=10, ops=ops, coeff=0.01)
    worker, rng = Worker(net, first=False), np.random.default_rng(3)
    image = rng.integers(0, 256, (1, 90, 110)).astype(np.uint8)
    whole = worker.outputs(image[None])[..., 0].copy()
    (down, _), _ = net.box((1, 1), (2, 2))
    (top, _), (bottom, _) = net.box((0, 0), (1, 1))
    stride, field = down - top, bottom - top
    margin = -(-max(0, -top) // stride)
    for _ in range(8):
        i, j = (int(rng.integers(margin, n - margin)) for n in whole.shape[1:])
        y, x = (i - margin) * stride, (j - margin) * stride
        side = field + 2 * top + 2 * margin * stride
        alone = worker.outputs(np.ascontiguousarray(image[:, y : y + side, x : x + side])[None])[
            ..., 0
        ]
        np.testing.assert_allclose(alone[:, margin, margin], whole[:, i, j], atol=1e-5, rtol=1e-5)
    if not margin:
        assert cells(net, np.array([i]), np.array([j])).tolist() == [[x, y, x + side, y + side]]


@pytest.mark.parametrize("arch", ["detector", "lenet5", "resnet", "resnet8", "mobile", "mlp"])
def test_the_box_of_a_cell_is_the_window_that_the_net_was_trained_on(registry, arch):
    """Whether a net pads or not: what it sees around its window is not part of the object."""
    ops = registry.make("backend", {"type": "numpy", "threads": 1})
    net = make_net(registry, compose("train", [f"arch={arch}"]), (1, 28, 28), classes=10, ops=ops)
    energy = registry.make("energy", {"type": "cross_entropy"}).bind(ops, net, 10)
    look = Detector(net, energy, [str(k) for k in range(10)], pyramid=Pyramid((28, 28), 4))
    _, _, (stride, _) = net.grid()
    for size in ((28, 28), (28 + 2 * stride, 28 + stride)):
        boxes, _, _ = look.level(np.zeros((1, *size), np.uint8), size)
        starts = [
            (x, y) for y in range(0, size[0] - 27, stride) for x in range(0, size[1] - 27, stride)
        ]
        assert boxes.tolist() == [[x, y, x + 28, y + 28] for x, y in starts]


@pytest.mark.parametrize("arch", ["detector", "resnet"])
def test_tiles_give_the_answers_of_one_pass(registry, arch):
    ops = registry.make("backend", {"type": "numpy", "threads": 1})
    cfg = compose("train", [f"arch={arch}"])
    net = make_net(registry, cfg, (1, 28, 28), classes=10, ops=ops, coeff=0.01)
    worker = Worker(net, first=False)
    image = np.random.default_rng(3).integers(0, 256, (1, 91, 73)).astype(np.uint8)

    def answer(part):
        return worker.outputs(part[None]).copy()

    whole = outputs(net, answer, image)
    np.testing.assert_allclose(outputs(net, answer, image, tile=64), whole, atol=1e-5, rtol=1e-5)


def test_smoothing_keeps_the_background():
    y = np.zeros((2, 5, 5, 1))
    y[:, 2, 2] = 1
    z = Smooth(1)(y, background=1)
    assert z[0, 2, 2, 0] == pytest.approx(1 / 4.2)
    assert z[0, 1, 1, 0] == pytest.approx(0.3 / 4.2)
    assert np.array_equal(z[1], y[1])


def test_the_detector_that_netkit_carries(detector):
    """It finds what is there in scenes of validation digits; netkit evaluate measures how well."""
    scenes = DigitScenes(count=12, size=(120, 160), digits=(1, 4), seed=5)
    metrics = Metrics([str(k) for k in range(10)])
    for scene, found in detector.each((scene, scene.image) for scene in scenes):
        boxes = np.array([d.box for d in found]).reshape(-1, 4)
        assert (boxes >= 0).all()
        assert (boxes[:, 2:] <= (160, 120)).all()
        labels = np.array([d.label for d in found], int)
        confidences = np.array([d.confidence for d in found])
        there = {"true_boxes": scene.boxes, "true_labels": scene.labels}
        metrics.add(boxes, confidences, labels, **there)
        assert found == detector(scene.image)  # one at a time or several in flight
    assert metrics.summary()["mAP@0.5"] > 0.85


def test_an_image_smaller_than_the_net(detector):
    for size in ((5, 5), (3, 200), (1, 1)):
        for d in detector(np.zeros((1, *size), np.uint8)):
            assert 0 <= d.box[0] < d.box[2] <= size[1]


def test_tracks():
    def at(x, label=0):
        return Detection(label, "a", 1.0, (x, 0, x + 10, 10))

    tracker = Tracker(track_memory=2)
    assert [d.track for d in tracker([at(0), at(50)])] == [1, 2]
    assert [d.track for d in tracker([at(52), at(2)])] == [2, 1]
    assert [d.track for d in tracker([at(3, label=1)])] == [3]  # another class
    assert [d.track for d in tracker([at(54)])] == [2]  # not seen for a frame
    for _ in range(3):
        tracker([])
    assert [d.track for d in tracker([at(54)])] == [4]
    assert [d.track for d in tracker([at(54)], "another film")] == [5]


def test_resize_averages():
    image = np.zeros((1, 4, 4), np.uint8)
    image[0, :2] = 200
    assert resize(image, 2, 2)[0].mean() == pytest.approx(100, abs=1)


@pytest.mark.parametrize("quick", [False, True])
def test_resized_colours_are_those_of_the_channels(quick):
    image = np.random.default_rng(0).integers(0, 256, (3, 90, 121), dtype=np.uint8)
    for size in ((45, 60), (30, 33), (120, 200), (90, 121)):
        whole = resize(image, *size, quick=quick)
        alone = [resize(image[k : k + 1], *size, quick=quick)[0] for k in range(3)]
        np.testing.assert_array_equal(whole, alone)
    quarters = resize(image[:, :, :120], 45, 60, quick=True).astype(float)
    blocks = image[:, :, :120].reshape(3, 45, 2, 60, 2).mean((2, 4))
    assert np.abs(quarters - blocks).max() <= 0.5


def test_detector_needs_a_sane_image(detector):
    with pytest.raises(NetkitError, match="cut it up"):
        detector(np.broadcast_to(np.zeros((1, 1, 1), np.uint8), (1, 40000, 40000)))
    assert isinstance(detector, Detector)
