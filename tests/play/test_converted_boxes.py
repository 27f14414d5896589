"""A page of a net of boxes finds what netkit detect finds."""

import time

import numpy as np
import pytest
from PIL import Image

from netkit.build.detector import make_detector
from netkit.build.parts import make_net
from netkit.commands.convert import convert
from netkit.config import compose
from netkit.files.images import read_image
from netkit.training.checkpoint import Checkpoint

pytest.importorskip("selenium")


@pytest.fixture(scope="module")
def weights(registry, tmp_path_factory):
    """A finder whose last layer is so strong that it finds things in waves."""
    ops = registry.make("backend", {"type": "numpy", "threads": 1})
    cfg = compose("train", ["arch=finder", "energy=boxes"])
    net = make_net(registry, cfg, (3, 64, 96), classes=3, ops=ops, bias=-120, coeff=0.016)
    net.weights["f6.W"][:3] *= 60
    net.weights["f6.b"][:3] = 3
    meta = {"config": cfg, "classes": ["a", "b", "c"], "shape": net.shape, "bias": -120.0}
    meta |= {"coeff": 0.016, "looking": {"threshold": 0.05, "max_overlap": 0.4}}
    path = tmp_path_factory.mktemp("boxes") / "net.safetensors"
    Checkpoint.of(net, meta).save(path)
    return path


@pytest.mark.parametrize("size", [(64, 96), (150, 130), (40, 90)])
def test_boxes(browser, registry, weights, tmp_path, size):
    page = tmp_path / "net.html"
    convert(str(weights), str(page), {})
    y, x = np.mgrid[: size[0], : size[1]]
    waves = [np.sin(x / (5 + c) + c) + np.cos(y / (7 - c)) for c in range(3)]
    pixels = ((np.stack(waves, 2) + 2) * 63).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "picture.png")
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
