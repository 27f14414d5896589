"""Branches: several scales joined, over images of the built size and larger ones."""

import numpy as np
import pytest

from netkit.errors import NetkitError
from netkit.net import Net
from netkit.passes import Shards

FINE = {
    "type": "chain",
    "layers": {"c": {"type": "conv", "out": 3, "kernel": 3}, "s": {"type": "subs", "kernel": 2}},
}
COARSE = {
    "type": "chain",
    "layers": {**FINE["layers"], "s2": {"type": "maxpool", "kernel": 2, "stride": 2}},
}
WHOLE = {
    "type": "chain",
    "layers": {"c": {"type": "conv", "out": 2, "kernel": 3}, "g": {"type": "globalavgpool"}},
}
SAME = {"type": "chain", "layers": {}}
JOINED = [
    ("flat", {"fine": FINE, "coarse": COARSE, "same": SAME}, 4),
    ("flat", {"fine": FINE}, 2),
    ("flat", {"a": {"type": "maxpool", "kernel": 2}, "b": {"type": "maxpool", "kernel": 3}}, 6),
    ("concat", {"whole": WHOLE, "maps": {"type": "conv", "out": 4, "kernel": 10, "stride": 2}}, 2),
    ("sum", {"a": {"type": "conv", "out": 4, "kernel": 10}, "b": {"type": "linear", "out": 4}}, 1),
]


def make(registry, layers, join, shape=(2, 10, 10)):
    ops = registry.make("backend", {"type": "numpy", "threads": 1})
    specs = {
        "b": {"type": "branch", "layers": layers, "join": join},
        "f": {"type": "linear", "out": 3},
    }
    return Net(registry.layers(specs, 10), shape, ops, dtype="float64")


@pytest.mark.parametrize(("join", "layers", "step"), JOINED)
def test_over_a_larger_image(registry, join, layers, step):
    """Each answer over a larger image is the answer over the part of it that its box names."""
    net = make(registry, layers, join)
    image = np.random.default_rng(0).normal(size=(1, 2, 10 + 2 * step + (step > 1), 10 + step))
    y = Shards(net).outputs(image)[..., 0]
    assert y.shape == (3, 3, 2)
    for i in range(3):
        for j in range(2):
            (top, left), (bottom, right) = net.box((i, j), (i + 1, j + 1))
            assert (top, left, bottom - top, right - left) == (i * step, j * step, 10, 10)
            part = Shards(net).outputs(image[:, :, top:bottom, left:right])[:, 0, 0, 0]
            np.testing.assert_allclose(part, y[:, i, j], rtol=1e-12)


def test_paths_with_a_resize(registry):
    """A third of 9 pixels is 3, though a step of 1 / (1/3) pixels is not 3 to the last bit."""
    shrunk = {"type": "resize", "size": [3, 3], "mode": "mean"}
    net = make(registry, {"a": shrunk, "b": {"type": "avgpool", "kernel": 3}}, "concat", (2, 9, 9))
    image = np.random.default_rng(0).normal(size=(1, 2, 9, 12))
    one, other = np.split(net.layers["b"].forward(*start(net, image))[0], 2)
    assert one.shape == (2, 3, 4, 1)
    np.testing.assert_allclose(one, other, rtol=1e-12)


def start(net, image):
    """Return the first layer's input and what it sees of a pass."""
    worker = Shards(net).workers[0]
    return worker.to_input(image), worker.contexts[0]


def test_paths_that_never_step_together_answer_for_one_window(registry):
    odd = {"type": "resize", "size": [7, 7], "mode": "bilinear"}
    layers = {"fine": FINE, "odd": {"type": "resize", "ratio": 0.3141592}}
    net = make(registry, layers, "flat", (2, 10, 10))
    image = np.random.default_rng(0).normal(size=(1, 2, 10, 12))
    assert Shards(net).outputs(image[..., :10]).shape == (3, 1, 1, 1)
    assert net.box((0, 0), (1, 1)) == ((0, 0), (10, 10))
    with pytest.raises(NetkitError, match=r"b: its paths never step .* fine has maps of 4x5 here"):
        Shards(net).outputs(image)
    both = make(registry, {"fine": FINE, "odd": odd}, "flat", (2, 10, 10))  # every 10 pixels
    assert both.layers["b"].strides == [(5, 5), (7, 7)]


BAD = [
    (
        "concat",
        {"fine": FINE, "coarse": COARSE},
        "needs paths of one size: fine .3, 4, 4., coarse .3, 2, 2.",
    ),
    ("concat", {"fine": FINE, "odd": {"type": "resize", "size": [4, 4]}}, "fine 2x2, odd 2.5x2.5"),
    (
        "concat",
        {
            "a": {"type": "maxpool", "kernel": 2, "stride": 3},
            "b": {"type": "maxpool", "kernel": 7, "stride": 1},
        },
        "step over different numbers of pixels",
    ),
    ("stack", {"fine": FINE}, "join=stack: there are concat, sum, flat"),
    ("flat", {}, "there are no layers in it"),
]


@pytest.mark.parametrize(("join", "layers", "said"), BAD)
def test_paths_that_do_not_join(registry, join, layers, said):
    shape = (2, 9, 9) if "a" in layers and join == "concat" else (2, 10, 10)
    with pytest.raises(NetkitError, match=said):
        make(registry, layers, join, shape)


def test_multiscale_learns_and_answers_wider_images(cli, registry, tmp_path):
    """The shipped multi-scale net beside plain chance; by command a wide image is one answer, and
    the net itself answers in many places of it.
    """
    from PIL import Image

    from netkit.build.trained import load_net

    said = cli(
        "train",
        "arch=multiscale",
        "train_size=600",
        "val_size=200",
        "iterations=2",
        "hydra.run.dir=run",
    ).stdout
    assert float(said.split("test_correct=")[-1].split("%")[0]) > 75
    from netkit.build.inputs import EXAMPLES

    wide = Image.new("L", (84, 40))
    for k in (0, 1):
        wide.paste(Image.open(EXAMPLES / f"{k}.png").convert("L"), (k * 50, 6))
    wide.save(tmp_path / "wide.png")
    done = cli("detect", "weights=run", "input=wide.png", "save_images=false")
    assert "this net knows no background: it answers each image as a whole" in done.stderr
    assert len([line for line in done.stdout.splitlines() if line.startswith("wide.png: ")]) == 1
    pixels, outputs = np.asarray(wide)[None, None], []
    for kind in ("auto", "numpy"):
        backend = {"type": kind, "threads": 1}
        net = load_net(registry, {"weights": str(tmp_path / "run"), "backend": backend})[0]
        outputs.append(Shards(net).outputs(pixels))
    assert outputs[0].shape[0] == 10
    assert min(outputs[0].shape[1:3]) > 1
    np.testing.assert_allclose(outputs[0], outputs[1], atol=1e-4)
    assert np.abs(outputs[0][:, 0, 0] - outputs[0][:, -1, -1]).max() > 0.1
