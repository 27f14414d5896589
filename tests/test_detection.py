"""Detection: sizes, boxes, suppression, whole passes against windows, and what is measured of it."""

import contextlib
import io

import numpy as np
import pytest

from netkit.commands.build import make_net
from netkit.configs import compose
from netkit.detection.annotations import Annotation, read_annotations, write_annotations
from netkit.detection.boxes import areas, iou
from netkit.detection.detector import Detection, Detector, cells
from netkit.detection.metrics import Metrics
from netkit.detection.pyramid import Pyramid
from netkit.detection.smooth import Smooth
from netkit.detection.suppression import Suppression
from netkit.detection.tiles import outputs
from netkit.detection.tracks import Tracker
from netkit.errors import NetkitError
from netkit.files.images import resize
from netkit.plugins.background import DigitsBackground
from netkit.plugins.scenes import DigitScenes
from netkit.shards import Worker

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
    [(dict(scaling_type=7), "scaling_type=7: there are 0 .manual."), (dict(scaling_type=0), "needs scales="),
     (dict(scaling=1.0), "scaling=1.0"), (dict(scaling_type=0, scales=["big"]), "'big' is no size"),
     (dict(scaling_type=2, nscales=0), "nscales=0")],
)  # fmt: skip
def test_bad_pyramids(settings, message):
    with pytest.raises(NetkitError, match=message):
        Pyramid((28, 28), **settings)


def test_a_setting_without_effect_is_said(caplog):
    Pyramid((28, 28), scaling_type=4, scaling=1.2)
    assert "scaling has no effect with scaling_type=4 (original)" in caplog.text


def some_boxes(n, seed=0, classes=3):
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, 100, (n, 2))
    return np.concatenate([low, low + rng.uniform(5, 40, (n, 2))], 1), rng.uniform(0, 1, n), rng.integers(0, classes, n)


def plain_greedy(boxes, confidences, labels, most, per_class):
    kept = []
    for k in np.argsort(-confidences, kind="stable"):
        clash = [
            j for j in kept if iou(boxes[[k]], boxes[[j]])[0, 0] > most and (labels[j] == labels[k] or not per_class)
        ]
        if not clash:
            kept.append(int(k))
    return kept


@pytest.mark.parametrize("per_class", [True, False])
@pytest.mark.parametrize("n", [0, 1, 400])
def test_overlap_suppression_is_the_plain_one(n, per_class):
    boxes, confidences, labels = some_boxes(n)
    kept = plain_greedy(boxes, confidences, labels, 0.4, per_class)
    got = Suppression("overlap", 0.4, per_class=per_class)(boxes, confidences, labels)
    np.testing.assert_allclose(got[0], boxes[kept].astype("f4").reshape(-1, 4))
    np.testing.assert_allclose(got[1], confidences[kept])


def test_voting_averages():
    boxes = np.array([[0, 0, 10, 10], [2, 0, 12, 10], [50, 50, 60, 60.0]])
    got = Suppression("voting", vote_max_overlap=0.5)(boxes, np.array([0.75, 0.25, 0.5]), np.array([1, 1, 1]))
    np.testing.assert_allclose(got[0], [[0.5, 0, 10.5, 10], [50, 50, 60, 60]])
    np.testing.assert_allclose(got[1], [0.75 * (1 - np.exp(-1)), 0.5 * (1 - np.exp(-0.5))])


def test_soft_suppression_lowers_confidence():
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 10.0]])
    got = Suppression("soft")(boxes, np.array([0.9, 0.8]), np.array([0, 0]))
    np.testing.assert_allclose(got[1], [0.9, 0.8 * np.exp(-2)])


def test_centres_match():
    boxes = np.array([[0, 0, 10, 10], [3, 3, 7, 7.0]])
    near = Suppression("overlap", 0.5, max_hcenter_dist=0.2, max_wcenter_dist=0.2)
    assert len(near(boxes, np.array([0.9, 0.8]), np.zeros(2, int))[0]) == 1
    assert len(Suppression("overlap", 0.5)(boxes, np.array([0.9, 0.8]), np.zeros(2, int))[0]) == 2


def test_unknown_suppression():
    with pytest.raises(NetkitError, match=r"nms=9: there are 0 \(threshold\)"):
        Suppression(9)


@pytest.mark.parametrize("arch", ["detector", "lenet5_modern", "lenet5_eblearn", "lenet5", "resnet", "mlp"])
def test_a_whole_pass_gives_the_answers_of_windows(registry, arch):
    """Each cell of a pass over an image is the net's answer to the pixels that the cell's box names.

    A net that pads sees other pixels where a window alone would end in zeros, so its window is given with more of the
    image around and the cell in it is compared. Contrast normalisation, which looks at the mean of all of its input, is
    switched off: see docs/detect.md.
    """
    ops = registry.make("backend", {"type": "numpy", "threads": 1})
    words = ["arch.normalise=false"] if arch == "lenet5" else []
    cfg = compose("train", [f"arch={arch}", *words])
    layers = {n: s for n, s in cfg["arch"]["layers"].items() if s["type"] not in ("wstd", "cnorm")}
    net = make_net(registry, cfg | {"arch": {"layers": layers}}, (1, 28, 28), 10, ops, 0, 0.01)
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
        alone = worker.outputs(np.ascontiguousarray(image[:, y : y + side, x : x + side])[None])[..., 0]
        np.testing.assert_allclose(alone[:, margin, margin], whole[:, i, j], atol=1e-5, rtol=1e-5)
    if not margin:
        assert cells(net, np.array([i]), np.array([j])).tolist() == [[x, y, x + side, y + side]]


@pytest.mark.parametrize("arch", ["detector", "resnet"])
def test_tiles_give_the_answers_of_one_pass(registry, arch):
    ops = registry.make("backend", {"type": "numpy", "threads": 1})
    net = make_net(registry, compose("train", [f"arch={arch}"]), (1, 28, 28), 10, ops, 0, 0.01)
    worker = Worker(net, first=False)
    image = np.random.default_rng(3).integers(0, 256, (1, 133, 97)).astype(np.uint8)

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


@pytest.fixture(scope="module")
def detector(registry):
    """The detector that netkit carries."""
    from netkit.commands.detector import make_detector

    return make_detector(registry, compose("evaluate", ["threads=1"]))


def test_the_detector_that_netkit_carries(detector):
    """On scenes of validation digits it finds what is there; the bar itself is measured by netkit evaluate."""
    scenes = list(DigitScenes(count=12, size=(120, 160), digits=(1, 4), seed=5))
    metrics = Metrics([str(k) for k in range(10)])
    for scene, found in zip(scenes, detector.each(s.image for s in scenes), strict=True):
        boxes = np.array([d.box for d in found]).reshape(-1, 4)
        assert (boxes >= 0).all()
        assert (boxes[:, 2:] <= (160, 120)).all()
        labels = np.array([d.label for d in found], int)
        metrics.add(boxes, np.array([d.confidence for d in found]), labels, scene.boxes, scene.labels)
        assert found == detector(scene.image)  # one at a time or several in flight
    assert metrics.summary()["mAP@0.5"] > 0.85


def test_an_image_smaller_than_the_net(detector):
    for size in ((5, 5), (3, 200), (1, 1)):
        for d in detector(np.zeros((1, *size), np.uint8)):
            assert 0 <= d.box[0] < d.box[2] <= size[1]


def test_metrics_are_cocos():
    """mAP against pycocotools, on random boxes around random truths."""
    coco = pytest.importorskip("pycocotools.coco")
    cocoeval = pytest.importorskip("pycocotools.cocoeval")
    rng, ours = np.random.default_rng(0), Metrics("abc")
    images, truths, found = [], [], []
    for k in range(30):
        boxes, _, labels = some_boxes(int(rng.integers(0, 9)), seed=k)
        near = np.concatenate([boxes + rng.normal(0, 3, boxes.shape), some_boxes(4, seed=100 + k)[0]])
        near[:, 2:] = np.maximum(near[:, 2:], near[:, :2] + 1)
        theirs = np.concatenate([labels, rng.integers(0, 3, 4)])
        confidences = rng.uniform(0, 1, len(near))
        ours.add(near, confidences, theirs, boxes, labels)
        images.append({"id": k})
        for box, label in zip(boxes, labels, strict=True):
            place = {"bbox": [*box[:2], *(box[2:] - box[:2])], "area": float(areas(box[None])[0]), "iscrowd": 0}
            truths.append({"id": len(truths) + 1, "image_id": k, "category_id": int(label), **place})
        for box, label, c in zip(near, theirs, confidences, strict=True):
            place = {"bbox": [*box[:2], *(box[2:] - box[:2])], "score": float(c)}
            found.append({"image_id": k, "category_id": int(label), **place})
    with contextlib.redirect_stdout(io.StringIO()):
        truth = coco.COCO()
        truth.dataset = {"images": images, "annotations": truths, "categories": [{"id": k} for k in range(3)]}
        truth.createIndex()
        run = cocoeval.COCOeval(truth, truth.loadRes(found), "bbox")
        run.evaluate()
        run.accumulate()
        run.summarize()
    summary = ours.summary()
    assert summary["mAP@0.5"] == pytest.approx(run.stats[1], abs=1e-9)
    assert summary["mAP@0.5:0.95"] == pytest.approx(run.stats[0], abs=1e-9)


def test_false_positives_and_misses_by_hand():
    m = Metrics("a")
    truth = np.array([[0, 0, 10, 10], [20, 20, 60, 60.0]])
    found = np.array([[0, 0, 10, 10], [80, 80, 90, 90], [21, 20, 60, 60.0]])
    m.add(found, np.array([0.9, 0.8, 0.7]), np.zeros(3, int), truth, np.zeros(2, int))
    assert m.false_positives(1.0) == (1.0, 0.7)
    assert m.false_positives(0.5) == (0.0, 0.9)
    assert m.by_size([0, 20, 100]) == [(0, 20, 1, 0), (20, 100, 1, 0)]
    m.add(np.zeros((0, 4)), np.zeros(0), np.zeros(0, int), truth[:1], np.zeros(1, int))
    assert m.by_size([0, 20, 100]) == [(0, 20, 2, 1), (20, 100, 1, 0)]
    assert m.false_positives(1.0) is None


@pytest.mark.parametrize("kind", ["coco", "voc", "yolo"])
def test_annotations_come_back(tmp_path, kind):
    from PIL import Image

    rows = []
    for k in range(2):
        Image.new("L", (40, 30)).save(tmp_path / f"{k}.png")
        rows.append(Annotation(tmp_path / f"{k}.png", np.array([[1, 2, 11, 22.0]])[:k], np.array([k])[:k]))
    write_annotations(tmp_path, kind, rows, ["cat", "dog"], [(30, 40)] * 2)
    back, names = read_annotations(tmp_path)
    assert names == (["dog"] if kind == "voc" else ["cat", "dog"])  # VOC names what is there
    assert [row.path.name for row in back] == ["0.png", "1.png"]
    np.testing.assert_allclose(back[1].boxes, rows[1].boxes, atol=1e-5)
    assert names[back[1].labels[0]] == "dog"


@pytest.mark.parametrize(("name", "text"), [("a.json", "{}"), ("a.xml", "<x>"), ("a.json", "[")])
def test_bad_annotations_are_named(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(NetkitError, match=f"{name}: is no whole annotation file"):
        read_annotations(tmp_path)


def test_tracks():
    def at(x, label=0):
        return Detection(label, "a", 1.0, (x, 0, x + 10, 10))

    tracker = Tracker(memory=2)
    assert [d.track for d in tracker([at(0), at(50)])] == [1, 2]
    assert [d.track for d in tracker([at(52), at(2)])] == [2, 1]
    assert [d.track for d in tracker([at(3, label=1)])] == [3]  # another class
    assert [d.track for d in tracker([at(54)])] == [2]  # not seen for a frame
    for _ in range(3):
        tracker([])
    assert [d.track for d in tracker([at(54)])] == [4]
    assert [d.track for d in tracker([at(54)], "another film")] == [5]


def test_scenes_repeat_and_have_the_boxes_they_say():
    scenes = DigitScenes(count=2, seed=3, texture=0, clutter=0, noise=0, contrast=(1, 1), digits=(3, 5))
    a, b = scenes.scene(1), scenes.scene(1)
    assert np.array_equal(a.image, b.image)
    assert np.array_equal(a.boxes, b.boxes)
    assert not np.array_equal(a.image, scenes.scene(0).image)
    outside = a.image[0].copy()
    for x0, y0, x1, y1 in a.boxes.astype(int):
        assert a.image[0, y0:y1, x0:x1].max() > 100
        outside[y0:y1, x0:x1] = 0
    assert outside.max() == 0


def test_background_windows():
    data = DigitsBackground(train_size=400, val_size=100)
    assert data.classes[-1] == "background"
    assert data.train.images.shape == (400, 1, 28, 28)
    shares = np.bincount(data.train.labels, minlength=11) / 400
    assert 0.4 < shares[10] < 0.85
    assert np.array_equal(data.epoch(1, 0).images, data.epoch(1, 0).images)
    assert not np.array_equal(data.epoch(1, 0).images, data.epoch(2, 0).images)


def test_hard_windows_take_part_and_are_kept(detector):
    data = DigitsBackground(train_size=400, val_size=50)

    class Wrong:
        """Says 7 at the top left of every image."""

        def each(self, images):
            for _ in images:
                yield [Detection(7, "7", 1.0, (0, 0, 28, 28))]

    added = data.mine(Wrong(), 0, scenes=5)
    assert 0 < added <= 5
    assert len(data.epoch(1, 0)) == 400
    assert np.array_equal(data.epoch(1, 0).images[-added:], data.hard.images)
    again = DigitsBackground(train_size=400, val_size=50)
    again.restore(data.kept())
    assert np.array_equal(again.epoch(1, 0).labels, data.epoch(1, 0).labels)


def test_resize_averages():
    image = np.zeros((1, 4, 4), np.uint8)
    image[0, :2] = 200
    assert resize(image, 2, 2)[0].mean() == pytest.approx(100, abs=1)


def test_detector_needs_a_sane_image(detector):
    with pytest.raises(NetkitError, match="cut it up"):
        detector(np.broadcast_to(np.zeros((1, 1, 1), np.uint8), (1, 40000, 40000)))
    assert isinstance(detector, Detector)
