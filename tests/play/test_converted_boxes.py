"""A page of a net of boxes finds what netkit detect finds, in floats and in eight bits."""

import time

import numpy as np
import pytest
from PIL import Image

from netkit.build.detector import make_detector
from netkit.build.parts import make_net
from netkit.commands.convert import convert
from netkit.commands.quantize import quantize
from netkit.config.compose import compose
from netkit.files.images import read_image
from netkit.training.checkpoint import Checkpoint

pytest.importorskip("selenium")


@pytest.fixture(scope="module")
def folder(registry, tmp_path_factory):
    """That of a finder whose last layer is so strong that it finds things in waves."""
    ops = registry.make("backend", {"type": "numpy", "threads": 1})
    cfg = compose("train", ["arch=finder", "energy=boxes"])
    net = make_net(registry, cfg, (3, 64, 96), classes=3, ops=ops, bias=-120, coeff=0.016)
    net.weights["f6.W"][:3] *= 60
    net.weights["f6.b"][:3] = 3
    meta = {"config": cfg, "classes": ["a", "b", "c"], "shape": net.shape, "bias": -120.0}
    meta |= {"coeff": 0.016, "looking": {"threshold": 0.05, "max_overlap": 0.4}}
    folder = tmp_path_factory.mktemp("boxes")
    Checkpoint.of(net, meta).save(folder / "floats.safetensors")
    (folder / "pictures").mkdir()
    for k, size in enumerate([(64, 96), (90, 100), (70, 80)]):
        waves(size).save(folder / "pictures" / f"{k}.png")
    words = [f"calibration={folder / 'pictures'}"]
    whole = str(folder / "int8.safetensors")
    quantize(str(folder / "floats.safetensors"), whole, compose("quantize", words))
    return folder


def waves(size):
    """Return a picture of waves of (height, width)."""
    y, x = np.mgrid[: size[0], : size[1]]
    levels = [np.sin(x / (5 + c) + c) + np.cos(y / (7 - c)) for c in range(3)]
    return Image.fromarray(((np.stack(levels, 2) + 2) * 63).astype(np.uint8))


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("floats", (64, 96)),
        ("floats", (150, 130)),
        ("floats", (40, 90)),
        ("int8", (64, 96)),
        ("int8", (150, 130)),
    ],
)
def test_boxes(browser, registry, folder, tmp_path, kind, size):
    page, weights = tmp_path / "net.html", folder / f"{kind}.safetensors"
    convert(str(weights), str(page), {})
    waves(size).save(tmp_path / "picture.png")
    cfg = compose("detect", [f"weights={weights}", "threads=1", "backend=numpy"])
    expected = make_detector(registry, cfg)(read_image(tmp_path / "picture.png", 3))
    assert len(expected) >= 5

    browser.get_log("browser")
    browser.get(page.as_uri())
    browser.find_element("id", "file").send_keys(str(tmp_path / "picture.png"))
    until = time.monotonic() + 30
    while not browser.execute_script("return answered && !answering"):
        assert time.monotonic() < until, "nothing came"
        time.sleep(0.02)
    found = browser.execute_script("return answered.boxes")
    assert browser.find_element("id", "answer").text == f"{len(expected)} found"
    assert [one["label"] for one in found] == [one.label for one in expected]
    ratio = min(64 / size[0], 96 / size[1])
    shown = [max(1, round(n * ratio)) for n in size]
    before = [(96 - shown[1]) // 2, (64 - shown[0]) // 2] * 2
    scale = [size[1] / shown[1], size[0] / shown[0]] * 2
    most = [size[1], size[0]] * 2
    for one, other in zip(found, expected, strict=True):
        assert one["confidence"] == pytest.approx(other.confidence, abs=1e-4)
        box = np.clip((np.array(one["box"]) - before) * scale, 0, most)
        np.testing.assert_allclose(box, other.box, atol=0.02)
    assert browser.find_element("id", "look").get_attribute("disabled")
    assert browser.get_log("browser") == []
