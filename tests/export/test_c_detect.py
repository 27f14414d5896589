"""A detector in C: its boxes are those of netkit detect at one scale."""

import ctypes

import numpy as np
import pytest
from c_files import FAST, compiled, written
from PIL import Image
from plans import checkpoint_of

from netkit.build.detector import PACKAGED, detector_of, make_detector
from netkit.build.trained import load_trained, net_of
from netkit.config.compose import compose
from netkit.errors import NetkitError


class Box(ctypes.Structure):
    """net_box."""

    _fields_ = (
        ("label", ctypes.c_int),
        *((name, ctypes.c_float) for name in ("score", "x0", "y0", "x1", "y1")),
    )


def detected(library, image, most=500):
    """Return what net_detect finds in an image (C, H, W) of bytes."""
    boxes = (Box * most)()
    pixels = np.ascontiguousarray(image.transpose(1, 2, 0), np.uint8)
    count = library.net_detect(ctypes.c_void_p(pixels.ctypes.data), boxes, most)
    return [(b.label, b.score, (b.x0, b.y0, b.x1, b.y1)) for b in boxes[:count]]


def check(found, expected):
    """Compare what C found with netkit's Detections, whose boxes are rounded to 0.01."""
    assert expected
    assert [label for label, _, _ in found] == [d.label for d in expected]
    for (_, score, box), d in zip(found, expected, strict=True):
        assert score == pytest.approx(d.confidence, abs=1e-4)
        assert box == pytest.approx(d.box, abs=0.02)


def test_windows(registry, tmp_path):
    """Digits on a dark ground, found by the packaged detector."""
    scene = Image.new("L", (120, 84))
    for k, place in enumerate([(3, 5), (44, 20), (80, 50)]):
        digit = Image.open(PACKAGED.parent / f"{k}.png").convert("L").resize((28, 28))
        scene.paste(digit, place)
    image = np.asarray(scene)[None]
    cfg = compose("detect", [f"weights={PACKAGED}"])
    size = {"input_height": 84, "input_width": 120}
    source = written(registry, load_trained(registry, cfg), tmp_path, **{**cfg, **size})
    cfg = compose("detect", [f"weights={PACKAGED}", "scaling_type=original"])
    expected = make_detector(registry, cfg)(image.astype(np.float32))
    check(detected(compiled(source, "-O1"), image), expected)


@pytest.mark.parametrize("words", [[], ["nms=overlap", "nms_per_class=false"]])
def test_boxes(registry, tmp_path, words):
    """A net of boxes whose weights are of chance answers with many boxes, which vote."""
    checkpoint, net = checkpoint_of(registry, "finder", (3, 48, 64), "energy=boxes")
    checkpoint.tensors["f6.W"] *= 8
    checkpoint.tensors["f6.b"][:10] += 5
    cfg = compose("detect", ["threshold=0.1", *words])
    size = {"input_height": 56, "input_width": 72}
    source = written(registry, checkpoint, tmp_path, **{**cfg, **size})
    image = np.random.default_rng(5).integers(0, 256, (3, 56, 72)).astype(np.uint8)
    net, energy, classes = net_of(registry, checkpoint, cfg)
    one_size = cfg | {"scaling_type": "original"}
    detector = detector_of(net, energy, classes, cfg=one_size, meta=checkpoint.meta)
    check(detected(compiled(source, "-O1", *FAST), image), detector(image.astype(np.float32)))


def test_ways_of_looking_that_c_does_not_have(registry, tmp_path):
    checkpoint, _ = checkpoint_of(registry, "finder", (3, 48, 64), "energy=boxes")
    for words, message in (
        (["scaling_type=step"], "scaling_type=step: a net in C looks at images of one size"),
        (["nms=soft"], "nms=soft: not written in C: leave it away"),
    ):
        with pytest.raises(NetkitError, match=message):
            written(registry, checkpoint, tmp_path, **compose("detect", words))
    assert not list(tmp_path.iterdir())
