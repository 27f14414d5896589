"""A net as one C file: what it answers is what the net answers."""

import os
import subprocess

import numpy as np
import pytest
from c_files import (
    FAST,
    STRICT,
    checked,
    checkpoint_of_layers,
    compiled,
    compiler,
    outputs,
    written,
)
from cases import CASES, NAMES
from plans import checkpoint_of

from netkit.errors import NetkitError
from netkit.export.c import writer
from netkit.export.c.answers import Answering
from netkit.layer import Layer
from netkit.net import Net
from netkit.passes import Shards

SUMS = "conv", "linear", "subs", "wavgpool", "residual", "branch", "colour"


@pytest.mark.parametrize(("kind", "arguments", "shape"), CASES, ids=NAMES)
def test_layer(registry, tmp_path, monkeypatch, kind, arguments, shape):
    """What net_run gives; most of these layers answer nothing that a net's end could."""
    monkeypatch.setattr(writer, "answering", lambda *_: Answering("", ""))
    ops, specs = registry.make("backend", {"type": "numpy"}), {"layer": {"type": kind, **arguments}}
    scale = {} if kind == "colour" else {"bias": -100, "coeff": 0.01}  # it is made for bytes
    net = Net(registry.layers(specs, 10), shape, ops, dtype="float64", **scale)
    net.values[...] = np.random.default_rng(0).uniform(0.3, 0.9, net.values.size)
    net.state[...] = np.random.default_rng(0).uniform(0.3, 0.9, net.state.size)
    source = written(registry, checkpoint_of_layers(registry, net, specs), tmp_path)
    images = np.random.default_rng(1).integers(0, 256, size=(3, *shape))
    expected = Shards(net).outputs(images).transpose(3, 0, 1, 2)
    for flags in ([], FAST)[: 2 if kind in SUMS else 1]:
        made = outputs(compiled(source, *flags), images, expected.shape[1:])
        np.testing.assert_allclose(made, expected, rtol=2e-5, atol=1e-5)


@pytest.mark.parametrize("arch", ["lenet5", "multiscale", "mobile", "resnet8"])
def test_arch(registry, tmp_path, arch):
    """A whole net, plain and with vectors, over a hundred images."""
    checkpoint, net = checkpoint_of(registry, arch, dtype="float32")
    source = written(registry, checkpoint, tmp_path)
    images = np.random.default_rng(1).integers(0, 256, (100, 1, 28, 28))
    expected = Shards(net).outputs(images).transpose(3, 0, 1, 2)
    for flags in (["-O1"], ["-O1", *FAST]):
        made = outputs(compiled(source, *flags), images, expected.shape[1:])
        np.testing.assert_allclose(made, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("command", [["gcc"], ["clang"], ["g++", "-x", "c++"]], ids=" ".join)
@pytest.mark.parametrize("flags", [[], ["-DNET_SIMD"]], ids=["plain", "simd"])
def test_strict_compilers_and_the_test_inside(registry, tmp_path, command, flags):
    """Without a warning, as C99 and as C++, and the program that -DNET_TEST makes is content."""
    checkpoint, _ = checkpoint_of(registry, "mlp", (3, 9, 8), "arch.hidden=12")
    source = written(registry, checkpoint, tmp_path)
    strict = STRICT[1:] if "c++" in command else STRICT
    program = tmp_path / "test"
    compiler(command[0])
    checked([*command, *strict, *flags, "-DNET_TEST", str(source), "-o", str(program), "-lm"])
    assert checked([str(program)]).startswith("3 images, 10 outputs: the largest difference")


def test_the_test_inside_finds_a_fault(registry, tmp_path):
    checkpoint, _ = checkpoint_of(registry, "linear")
    source = written(registry, checkpoint, tmp_path)
    name = "static const float net_w1[7840 + NET_SLACK] = {\n"
    text = source.read_text()
    assert name in text
    source.write_text(text.replace(name, name + "    9.0f + "))
    program = tmp_path / "test"
    checked([compiler(), *STRICT, "-DNET_TEST", str(source), "-o", str(program), "-lm"])
    assert subprocess.run([str(program)], capture_output=True, check=False).returncode == 1


def test_sanitizers(registry, tmp_path):
    """No address outside of an array, nothing undefined; plain and with vectors."""
    checkpoint, _ = checkpoint_of(registry, "mlp", (3, 9, 8), "arch.hidden=12")
    source = written(registry, checkpoint, tmp_path)
    program = tmp_path / "test"
    sane = ["-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]  # -O0 takes 20 s
    for flags in ([], ["-DNET_SIMD"]):
        command = [compiler(), *sane, *flags, "-DNET_TEST", str(source), "-o", str(program), "-lm"]
        checked(command)
        env = os.environ | {"ASAN_OPTIONS": "detect_leaks=0"}
        assert "the largest difference" in checked([str(program)], env=env)


def test_an_operator_that_c_does_not_have(registry, tmp_path, monkeypatch):
    """A refusal by the layer's name, and nothing is written."""

    class Strange(Layer):
        def onnx(self, graph, x, p):
            return graph.add("Erf", x)

    checkpoint, _ = checkpoint_of(registry, "linear")
    made = registry.layers
    with_odd = lambda *given: {"odd": Strange(), **made(*given)}  # noqa: E731
    monkeypatch.setattr(registry, "layers", with_odd)
    with pytest.raises(NetkitError, match="odd: the operator Erf as it stands there is written as"):
        written(registry, checkpoint, tmp_path)
    assert not list(tmp_path.iterdir())


def test_images_that_are_too_small(registry, tmp_path):
    checkpoint, _ = checkpoint_of(registry, "linear")
    message = "input_height=20 input_width=28: the net was built for images of 28x28: give no less"
    with pytest.raises(NetkitError, match=message):
        written(registry, checkpoint, tmp_path, input_height=20)


def test_the_answer_of_an_image(registry, tmp_path):
    """The class and the confidences, as the energy reads them from the outputs."""
    import ctypes

    for words in ([], ["energy=cross_entropy"]):
        checkpoint, net = checkpoint_of(registry, "linear", (1, 28, 28), *words)
        net.values *= 20
        checkpoint.tensors |= {name: np.array(a) for name, a in net.weights.items()}
        energy = registry.make("energy", checkpoint.meta["config"]["energy"]).bind(net.ops, net, 10)
        (tmp_path / str(len(words))).mkdir()
        library = compiled(written(registry, checkpoint, tmp_path / str(len(words))))
        scores = np.empty(10, np.float32)
        for image in np.random.default_rng(2).integers(0, 256, (5, 1, 28, 28)).astype(np.uint8):
            pixels = np.ascontiguousarray(image)
            label = library.net_answer(
                ctypes.c_void_p(pixels.ctypes.data), ctypes.c_void_p(scores.ctypes.data)
            )
            y = Shards(net).outputs(image[None])
            assert label == energy.answer(y)[0].item()
            np.testing.assert_allclose(scores, energy.confidences(y)[:, 0, 0, 0], atol=1e-5)
