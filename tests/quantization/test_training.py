"""quantize=true: passes round as the net in eight bits does, and gradients go straight through."""

import numpy as np
import pytest
from whole_nets import CONV, LINEAR, SIZE, checkpoint_for

import netkit
from netkit.build.parts import make_net
from netkit.commands.quantize import quantize
from netkit.commands.train import run, train
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.export.plan import plan_of
from netkit.passes import Shards
from netkit.quantization.arithmetic import Format
from netkit.quantization.finding import formats_of
from netkit.quantization.program import FINAL, as_pixels
from netkit.quantization.quantizer import Quantizer
from netkit.quantization.steps import STEPS
from netkit.rounding import Rounding, nearest
from netkit.training.checkpoint import Checkpoint
from netkit.worker import Worker

TABLE = {"type": "conv", "out": 4, "kernel": 3, "table": [[0, 1], [2], [0, 2], [1]]}
NETS = {
    **{arch: arch for arch in ("lenet5_modern", "mlp", "resnet8", "mobile")},
    "table": {"c0": TABLE, "t0": {"type": "tanh"}, "f1": LINEAR},
    "branch": {
        "b": {"type": "branch", "layers": {"a": CONV, "z": {**CONV, "out": 5}}},
        "f1": LINEAR,
    },
}


def trained_net(registry, checkpoint, backend, dtype):
    """Return the net of a checkpoint, on a backend."""
    threads = {} if backend == "strict" else {"threads": 1}
    ops = registry.make("backend", {"type": backend, **threads})
    meta = checkpoint.meta
    cfg = meta["config"] | {"dtype": dtype}
    net = make_net(registry, cfg, meta["shape"], classes=10, ops=ops, coeff=meta["coeff"])
    checkpoint.restore(net)
    return net


def rounding_net(registry, arch, shape, backend="numpy", dtype="float64"):
    """Return a net that rounds, images, and the Program that its formats give."""
    checkpoint = checkpoint_for(registry, arch, shape)
    for name, array in checkpoint.tensors.items():
        array[...] = 0 if name.endswith(".mean") else array  # no map of zeros alone
    images = np.random.default_rng(0).integers(0, 256, (6, *shape)).astype(np.float32)
    formats = formats_of(registry, checkpoint, images)
    net = trained_net(registry, checkpoint, backend, dtype)
    net.round(Rounding(net.ops, net.dtype, formats))
    given = {name: Format(*each) for name, each in formats.items()}
    return net, images, Quantizer(plan_of(registry, checkpoint), images, None, given).program()


@pytest.mark.parametrize(("backend", "dtype"), [("numpy", "float64"), ("auto", "float32")])
@pytest.mark.parametrize("name", NETS)
def test_a_pass_gives_the_integers_of_eight_bits(registry, name, backend, dtype):
    """Step by step, each given the net's own integers; biases alone are rounded otherwise."""
    shape = SIZE.get(name, (1, 28, 28)) if isinstance(NETS[name], str) else (3, 14, 15)
    net, images, program = rounding_net(registry, NETS[name], shape, backend, dtype)
    seen, on_device = {}, net.ops.asarray(images)
    see = lambda layer, _, x, y: seen.update({layer: np.array(y)})  # noqa: E731
    outputs = Worker(net, first=False).outputs(on_device, see).transpose(3, 1, 2, 0)
    integers = {program.input: as_pixels(images)}
    layers = {value: k for k, value in program.layers.items() if k in net.rounding.formats}
    compared = []
    for step in program.steps:
        given = [integers[value] for value in step.inputs]
        y = integers[step.output] = {**STEPS, **FINAL}[step.kind](step, *given)
        if step.output in layers:
            scale, zero = net.rounding.formats[layers[step.output]]
            made = seen[layers[step.output]].transpose(3, 1, 2, 0) / scale + zero
            integers[step.output] = np.rint(made).astype(np.int8)
            np.testing.assert_allclose(made, integers[step.output], atol=1e-3)
            different = np.abs(integers[step.output] - y.astype(int))
            assert different.max() <= 1
            assert different.mean() < 0.005
            compared.append(step.output)
    assert sorted(compared) == sorted(layers)
    assert len(layers) == len(net.rounding.formats) > 0
    assert np.abs(y - outputs).max() < 1e-3 * np.abs(outputs).max()
    alone = Shards(net).outputs(on_device).transpose(3, 1, 2, 0)  # not watched: in stretches
    assert np.abs(alone - outputs).max() < 0.02 * np.abs(outputs).max()


def random_energy(registry, net):
    """Return an energy of a net, and some labels."""
    energy = registry.make("energy", {"type": "cross_entropy"}).bind(net.ops, net, 10)
    return energy, np.arange(6) % 10


def gradient(registry, net, images):
    """Return the gradient of the mean energy at a net's weights, and that energy."""
    energy, labels = random_energy(registry, net)
    shards = Shards(net)
    energies, _ = shards.gradient(net.ops.asarray(images), net.ops.asarray(labels), energy)
    return np.array(net.ops.to_host(net.grads)), energies.mean()


@pytest.mark.parametrize("backend", ["numpy", "strict"])
def test_the_gradient_of_weights_is_that_at_the_rounded_ones(registry, backend):
    """It goes straight through: a plain net of the rounded weights has it."""
    net, images, _ = rounding_net(registry, NETS["table"], (3, 14, 15), backend)
    net.round(Rounding(net.ops, net.dtype, {}))
    checkpoint = checkpoint_for(registry, NETS["table"], (3, 14, 15))
    plain = trained_net(registry, checkpoint, "numpy", "float64")
    for name, maps in (("c0.W", TABLE["table"]), ("f1.W", None)):
        of = range(10) if maps is None else [o for o, row in enumerate(maps) for _ in row]
        plain.weights[name][...] = nearest(plain.weights[name], of)
        largest = [np.abs(plain.weights[name][np.array(of) == o]).max() for o in set(of)]
        steps = plain.weights[name] / np.array(largest)[np.array(of), None] * 127
        np.testing.assert_allclose(steps, np.rint(steps), atol=1e-9)
    found, right = (gradient(registry, each, images)[0] for each in (net, plain))
    np.testing.assert_allclose(found, right, rtol=1e-9, atol=1e-12)
    assert np.abs(found).max() > 1e-4


def test_the_gradient_through_maps_is_that_of_clipping(registry, monkeypatch):
    """Against finite differences of a net that clips where this one rounds."""
    net, images, _ = rounding_net(registry, NETS["table"], (3, 14, 15))
    narrow = {name: (scale / 3, zero) for name, (scale, zero) in net.rounding.formats.items()}
    rounding = Rounding(net.ops, net.dtype, narrow)
    rounding.refresh = lambda values, kept: kept.__setitem__(slice(None), values)
    net.round(rounding)
    monkeypatch.setattr("netkit.rounding.Rounder.whole", unrounded)
    found, _ = gradient(registry, net, images)
    some = np.random.default_rng(2).permutation(net.values.size)[:40]
    for k in some:
        sides, kept = [], net.values[k]
        for step in (1e-6, -1e-6):
            net.values[k] = kept + step
            sides.append(gradient(registry, net, images)[1])
        net.values[k] = kept
        assert (sides[0] - sides[1]) / 2e-6 == pytest.approx(found[k], rel=1e-3, abs=1e-6)


def unrounded(rounder, x, out):
    """Write numbers in steps, as they are."""
    np.divide(x, rounder.numbers[0], out=out)


SMALL = "show={}", "threads=1", "train_size=300", "val_size=200", "quantize=true"


def test_threads_change_nothing(tmp_path):
    words = [*SMALL, "arch=lenet5_modern", "train_size=128", "batch_size=64", "iterations=1"]
    ends = []
    for threads in (1, 2):
        cfg = compose("train", [*words, "quantize_after=0", f"threads={threads}", "val_size=50"])
        ends.append(run(cfg, tmp_path / str(threads), quiet=True).net)
    assert (ends[0].values == ends[1].values).all()
    assert ends[0].rounding.formats == ends[1].rounding.formats


def test_a_run_goes_on_to_the_bit(tmp_path):
    words = [*SMALL, "arch=mlp", "average=0.9", "schedule=constant", "quantize_after=0.5"]
    words += ["train_size=100", "val_size=50"]
    whole = run(compose("train", [*words, "iterations=3"]), tmp_path / "whole", quiet=True)
    run(compose("train", [*words, "iterations=2"]), tmp_path / "part", quiet=True)
    more = [f"resume={tmp_path / 'part'}", "iterations=3"]
    train(compose("train", more) | {"command": "netkit train " + " ".join(more)}, tmp_path / "part")
    ends = [Checkpoint.load(tmp_path / f"{name}/last.safetensors") for name in ("whole", "part")]
    assert ends[0].meta["quantize"] == ends[1].meta["quantize"]
    assert ends[0].tensors.keys() == ends[1].tensors.keys()
    for name, array in ends[0].tensors.items():
        assert (array == ends[1].tensors[name]).all(), name
    assert whole.net.rounding.formats.keys() == {"f0", "tanh0"}


def test_what_was_trained_is_what_answers(tmp_path):
    """A run's test, the run loaded again, and the net in eight bits made of it answer alike."""
    words = [*SMALL, "arch=mlp", "iterations=3"]
    trainer = run(compose("train", words), tmp_path, quiet=True)
    assert max(row["test_correct"] for row in trainer.rows) > 70
    said = quantize(str(tmp_path), None, compose("quantize", ["images=20"]))
    assert "ranges of its training, looked at on 20 images" in said
    checkpoint, whole = (
        Checkpoint.load(tmp_path / f"{name}.safetensors") for name in ("best", "int8")
    )
    layers, formats = whole.meta["int8"]["layers"], whole.meta["int8"]["formats"]
    for layer, format in checkpoint.meta["quantize"].items():
        assert formats[layers[layer]] == format
    assert "quantize" not in whole.meta
    data = trainer.dataset.val
    best = max(row["test_correct"] for row in trainer.rows)
    for folder, near in ((tmp_path, 0.01), (tmp_path / "int8.safetensors", 0.51)):
        model = netkit.load(folder, threads=1)
        right = 100 * (model(data.images).argmax(1) == data.labels).mean()
        assert right == pytest.approx(best, abs=near)
    again = quantize(str(tmp_path), None, compose("quantize", ["images=20", "percentile=99.9"]))
    assert "calibrated on 20 images" in again


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["+arch.layers.n0={type: globalnorm}"], r"quantize=true: n0: the operator \w+ there"),
        (["data=synthetic"], "quantize=true: trained on numbers that are not pixels"),
        (["quantize=some"], "quantize=some"),
    ],
)
def test_what_cannot_round_is_refused(tmp_path, words, said):
    with pytest.raises(NetkitError, match=said):
        run(compose("train", [*SMALL, "arch=mlp", *words]), tmp_path)
    assert not (tmp_path / "last.safetensors").exists()


def test_a_backend_that_cannot_round_says_so(registry, monkeypatch):
    net, *_ = rounding_net(registry, "mlp", (1, 28, 28))
    monkeypatch.setattr(net.ops.__class__, "rounds", False)
    with pytest.raises(NetkitError, match="backend=numpy: does not round"):
        net.round(net.rounding)
    with pytest.raises(NetkitError, match="f0 has no range in the file"):
        net.rounding.take({})
