"""What heat maps, maximised images, neighbours and planes are, by their definitions."""

import numpy as np
import pytest
from explained_nets import LAYERS, SHAPE, images, small_model

import netkit
from netkit.build.detector import detector_of
from netkit.build.parts import make_backend, make_energy, make_net
from netkit.config.compose import compose
from netkit.detection.detector import Detection
from netkit.errors import NetkitError
from netkit.explaining.boxes import BoxReasons
from netkit.explaining.cams import gradcam, last_maps
from netkit.explaining.features import features, last_weighted, nearest
from netkit.explaining.gradients import integrated, saliency
from netkit.explaining.maximising import maximised
from netkit.explaining.methods import METHODS, Methods
from netkit.explaining.plane import pca, tsne
from netkit.explaining.tracer import Target, Tracer
from netkit.layer import Layer

NESTED = {
    "c0": {"type": "conv", "out": 4, "kernel": 3},
    "b0": {"type": "batchnorm"},
    "res": {
        "type": "residual",
        "layers": {
            "z": {"type": "zpad", "kernel": 3},
            "c": {"type": "conv", "out": 4, "kernel": 3},
        },
    },
    "drop": {"type": "dropout"},
    "relu": {"type": "relu"},
    "f": {"type": "linear", "out": 3},
}


def nested(backend="numpy"):
    return netkit.Model.of(NESTED, shape=SHAPE, classes=3, backend=backend, dtype="float64")


def by_differences(tracer, x, target, places, step=1e-6):
    """The gradient at some places of x, (n,), by differences."""
    found = []
    for place in places:
        ends = []
        for sign in (1, -1):
            moved = x.copy()
            moved[place] += sign * step
            ends.append(tracer.scores(moved, target).sum())
        found.append((ends[0] - ends[1]) / (2 * step))
    return np.array(found)


@pytest.mark.parametrize("make", [small_model, nested])
@pytest.mark.parametrize("kind", ["numpy", "native"])
def test_gradients_are_those_of_differences(make, kind):
    try:
        tracer = Tracer(make(kind).net)
    except NetkitError as error:
        pytest.skip(str(error))
    x = tracer.inputs(images()) / 10
    target = Target.of([2, 0, 1], 3)
    places = [(0, 0, 3, 4), (1, 1, 7, 9), (2, 0, 13, 11), (2, 1, 5, 5)]
    slopes = tracer.gradient(x, target)
    wanted = by_differences(tracer, x, target, places)
    assert np.abs(wanted).max() > 1e-4
    np.testing.assert_allclose([slopes[p] for p in places], wanted, atol=1e-7)


def test_a_pass_leaves_the_net_as_it_was():
    model = nested()
    before = model.net.values.copy(), model.net.grads.copy(), model.net.state.copy()
    tracer = Tracer(model.net)
    saliency(tracer, tracer.inputs(images()), Target.of([0, 1, 2], 3))
    for one, other in zip(
        before, (model.net.values, model.net.grads, model.net.state), strict=True
    ):
        assert np.array_equal(one, other)
    plain = model.outputs(images())
    np.testing.assert_allclose(tracer.outputs(tracer.inputs(images()))[:, 0, 0].T, plain, atol=1e-9)


def test_integrated_gradients_are_complete():
    tracer = Tracer(small_model().net)
    x, target = tracer.inputs(images()), Target.of([0, 3, 4], 5)
    parts = integrated(tracer, x, target, steps=200).sum((1, 2, 3))
    whole = tracer.scores(x, target) - tracer.scores(np.zeros_like(x), target)
    np.testing.assert_allclose(parts, whole, rtol=0.02)


def test_one_output_for_two_classes_speaks_against_the_other():
    y = np.array([[[[0.3, -0.2]]]])
    target = Target.of([0, 1], 1)
    np.testing.assert_array_equal(target.read(y), [0.3, 0.2])
    np.testing.assert_array_equal(target.gradient(y)[0, 0, 0], [1, -1])


def test_layers_inside_others_are_seen():
    tracer = Tracer(nested().net)
    x = tracer.inputs(images())
    maps, slopes = tracer.at_layer(x, Target.of([0, 1, 2], 3), "res.c")
    assert maps.shape == slopes.shape == (3, 4, 12, 10)
    # The residual's other way adds the input: its gradient is that of the sum, and so is ours.
    _, outer = tracer.at_layer(x, Target.of([0, 1, 2], 3), "res")
    np.testing.assert_allclose(slopes, outer)
    assert last_maps(tracer.net) == "relu"
    assert last_weighted(tracer.net) == "f"
    assert features(tracer, x).shape == (3, 480)


def test_a_strangers_layer_is_explained_by_its_forward():
    class Square(Layer):
        def forward(self, x, ctx):
            y = ctx.xp.multiply(x, x, out=ctx.empty(x.shape))
            return y, lambda dy: ctx.xp.multiply(2 * x, dy, out=ctx.empty(x.shape))

    model = small_model()
    layers = {**model.net.layers}
    layers["tanh0"] = Square()
    net = type(model.net)(layers, SHAPE, model.net.ops, dtype="float64", coeff=0.01)
    tracer = Tracer(net)
    x, target = tracer.inputs(images(1)), Target.of([2], 5)
    slopes = tracer.gradient(x, target)
    places = [(0, 0, 4, 4), (0, 1, 9, 2)]
    wanted = by_differences(tracer, x, target, places)
    np.testing.assert_allclose([slopes[p] for p in places], wanted, atol=1e-7)
    assert gradcam(tracer, x, target, "tanh0").shape == (1, 12, 10)


def test_a_maximised_image_is_more_liked_than_any_other():
    tracer = Tracer(small_model().net)
    maps = np.array([0, 3, 5])
    best, reached = maximised(tracer, "c1", maps, low=-2.0, high=2.0, steps=40)
    assert best.min() >= -2
    assert best.max() <= 2
    others = np.random.default_rng(1).uniform(-2, 2, (200, *SHAPE))
    usual = tracer.activations(others, "c1").mean((2, 3))[:, maps]
    assert (reached > usual.max(0)).all()


def test_nearest_are_those_of_a_plain_loop(monkeypatch):
    rng = np.random.default_rng(0)
    known, queries = rng.normal(size=(50, 7)) + 1e3, rng.normal(size=(9, 7)) + 1e3
    known[17] = queries[4]
    monkeypatch.setattr("netkit.explaining.features.BLOCK", 120)
    numbers, apart = nearest(queries, known, 4)
    for k, query in enumerate(queries):
        distances = np.linalg.norm(known - query, axis=1)
        order = np.argsort(distances)[:4]
        np.testing.assert_array_equal(numbers[k], order)
        np.testing.assert_allclose(apart[k], distances[order])
    assert apart[4, 0] == 0
    assert nearest(queries, known[:2], 4)[0].shape == (9, 2)


def test_pca_is_that_of_the_covariance():
    data = np.random.default_rng(0).normal(size=(200, 3)) @ np.diag([5.0, 2.0, 0.1])
    points, shares = pca(data)
    values = np.linalg.eigvalsh(np.cov(data.T))[::-1]
    np.testing.assert_allclose(points.var(0, ddof=1), values[:2])
    np.testing.assert_allclose(shares, values[:2] / values.sum())


def test_tsne_keeps_groups_together():
    pytest.importorskip("sklearn", reason="needs scikit-learn")
    rng = np.random.default_rng(0)
    groups = np.concatenate([rng.normal(size=(20, 5)) + 30 * k for k in range(2)])
    points = tsne(groups, seed=1)
    middle = [points[:20].mean(0), points[20:].mean(0)]
    spread = max(np.linalg.norm(points[:20] - middle[0], axis=1))
    assert np.linalg.norm(middle[0] - middle[1]) > spread


@pytest.mark.parametrize("name", METHODS)
def test_the_mark_of_a_class_is_where_heat_maps_are_hot(name):
    """A net that looks at one corner alone: every method finds that corner."""
    model = small_model()
    for array in model.net.weights.values():
        array[...] = 0
    model.net.weights["c0.W"][:, 4] = 1.0  # the middle of the first channel
    model.net.weights["c1.W"].reshape(6, 4, 3, 3)[:, :, 1, 1] = 1.0
    model.net.weights["f2.W"][2].reshape(6, 4, 3)[:, 0, 0] = 1.0
    tracer = Tracer(model.net)
    x = np.zeros((1, *SHAPE))
    x[:, :, :5, :5] = 0.3 + 0.01 * np.random.default_rng(0).random((5, 5))
    heat = Methods(name, window=3, stride=1, noise=0.01)(tracer, x, Target.of([2], 5))[name][0]
    assert heat.map.shape == SHAPE[1:]
    high, wide = np.unravel_index(np.abs(heat.map).argmax(), heat.map.shape)
    assert high <= 6
    assert wide <= 6
    assert np.abs(heat.map[9:, 8:]).max() < 1e-6 * np.abs(heat.map).max() + 1e-12


def test_the_cell_of_a_box_is_the_one_that_answered_it(registry):
    """Of a net of boxes that looks at whole images, larger than it was built for."""
    cfg = compose("train", ["arch=finder", "energy=boxes", "backend=numpy"])
    ops = make_backend(registry, cfg)
    net = make_net(registry, cfg, (3, 64, 64), classes=2, ops=ops, coeff=0.01, bias=-128)
    energy = make_energy(registry, cfg, net, classes=2)
    looking = compose("detect", ["threshold=0.001"])
    detector = detector_of(net, energy, ["a", "b"], cfg=looking, meta={})
    image = np.random.default_rng(0).integers(0, 256, (3, 80, 100), np.uint8)
    reasons = BoxReasons(detector, Methods(["saliency", "gradcam"]))
    (size,) = detector.sizes(image)
    scaled, (top, left) = detector.scaled(image, size)
    y = reasons.tracer.outputs(reasons.tracer.inputs(scaled[None]))
    boxes, confidences, labels = reasons.answers(y)
    ratio = 100 / size[1], 80 / size[0]
    for cell in (27, 36):
        box = (boxes[cell] - (left, top, left, top)) * (*ratio, *ratio)
        label = int(labels[cell])
        found = Detection(label, "ab"[label], float(confidences[cell]), tuple(box.tolist()))
        target = reasons.seen(image, found).target
        assert target.places.tolist() == [list(divmod(cell, y.shape[2]))]
        assert target.outputs.tolist() == [label]
        heat = reasons(image, found)["saliency"].map
        assert heat.shape == (80, 100)
        rows, columns = np.indices(heat.shape)
        middle = [(heat * at).sum() / heat.sum() for at in (columns, rows)]
        assert np.abs(np.array(middle) - [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]).max() < 16


def test_model_explains_what_it_answers():
    model = small_model()
    batch = images()
    found = model.explain(batch, method=["saliency", "gradcam"])
    assert [one.answer for one in found] == model.predict(batch)
    assert [list(one.heats) for one in found] == [["saliency", "gradcam"]] * 3
    assert found[0].heats["saliency"].map.shape == SHAPE[1:]
    other = model.explain(batch[0], answer="b", method="saliency")
    assert other.answer == "b"
    assert other.confidence == pytest.approx(float(model(batch[0])[0, 1]))


def test_a_model_explains_the_boxes_that_it_finds():
    """The packaged detector: each box as detect finds it, the surest first, and why."""
    model = netkit.load(backend="numpy", threads=1)
    digits = netkit.make("dataset", "mnist", val_size=2).val.images[:, 0]
    scene = np.zeros((80, 140), np.uint8)
    for at, digit in zip((10, 80), digits, strict=True):
        scene[20:76, at : at + 56] = np.kron(digit, np.ones((2, 2), np.uint8))
    found = model.explain(scene, method="saliency")
    assert [(one.answer, one.confidence, one.box) for one in found] == [
        (d.name, d.confidence, d.box) for d in model.detect(scene)
    ]
    assert len(found) > 1
    assert found[0].confidence >= found[1].confidence
    for one in found:
        x0, y0, x1, y1 = (max(0, round(v)) for v in one.box)
        heat = one.heats["saliency"].map
        inside = np.zeros(scene.shape, bool)
        inside[y0:y1, x0:x1] = True
        assert heat[inside].mean() > 2 * heat[~inside].mean()
    asked = model.explain(scene, answer=found[1].answer, method="saliency")
    assert {one.answer for one in asked} == {found[1].answer}
    with pytest.raises(NetkitError, match="layer=c9: the net has"):
        model.explain(scene, method="gradcam", layer="c9")


WRONG = [
    ({"method": "magic"}, "method=magic: there are saliency"),
    ({"method": "gradcam", "layer": "c9"}, "layer=c9: the net has c0, tanh0, p0"),
    ({"answer": "z"}, "answer=z: the net's classes are a, b, c, d, e"),
    ({"samples": 0}, "samples=0"),
    ({"radius": 3}, "radius: no setting of explain: there are method, layer"),
]


@pytest.mark.parametrize(("how", "said"), WRONG)
def test_what_is_wrong_is_said_in_a_line(how, said):
    with pytest.raises(NetkitError, match="^" + said.replace("(", r"\(")) as error:
        small_model().explain(images(1), **how)
    assert "\n" not in str(error.value)


def test_a_net_without_maps_leaves_out_what_needs_them():
    layers = {"f": LAYERS["f2"]}
    model = netkit.Model.of(layers, shape=SHAPE, classes=5)
    assert "gradcam" not in model.explain(images(1))[0].heats
    with pytest.raises(NetkitError, match="no maps of more than one place"):
        model.explain(images(1), method="gradcam")
