"""Nets in eight bits: near what they are in floats, the same from a file, refused where damaged."""

import copy

import numpy as np
import pytest
from whole_nets import SIZE, plan_for, quantized

import netkit
from netkit.build.training import make_trainer
from netkit.commands.convert import convert
from netkit.commands.quantize import quantize
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.quantization.program import as_pixels
from netkit.quantization.saved import restored, saved
from netkit.registry import Registry

ARCHS = ["lenet5", "lenet5_modern", "mlp", "resnet8", "mobile", "detector", "multiscale"]


def lost(made, right):
    return np.sqrt(np.square(made - right).mean() / np.square(right - right.mean()).mean())


@pytest.mark.parametrize("arch", ARCHS)
def test_arch(registry, arch):
    plan = plan_for(registry, arch, SIZE.get(arch, (1, 28, 28)))
    program, images, right = quantized(plan)
    made = program.run(as_pixels(images))
    assert made.shape == right.shape
    assert made.dtype == np.float32
    assert lost(made, right) < 0.12
    arrays, said = saved(program)
    again = restored(arrays, said, "file")
    assert (again.run(as_pixels(images)) == made).all()


LAYERS = {
    "std_sigmoid": {"type": "stdsigmoid", "linear": 0.1},
    "shrink": {"type": "shrink"},
    "map by map": {"type": "batchnorm"},
    "reflected": {"type": "zpad", "pad": 1},
    "mean": {"type": "avgpool", "kernel": 2},
    "softmax": {"type": "softmax"},
}


@pytest.mark.parametrize("name", LAYERS)
def test_layer(registry, name):
    conv = {"type": "conv", "out": 10, "kernel": 3}
    plan = plan_for(registry, {"c0": conv, "it": LAYERS[name], "c1": conv}, (1, 14, 14))
    program, images, right = quantized(plan) if name != "softmax" else (None,) * 3
    if program:
        assert lost(program.run(as_pixels(images)), right) < 0.05
        return
    with pytest.raises(NetkitError, match="it: the operator Softmax there has no form in eight"):
        quantized(plan)


def test_a_layer_without_whole_numbers_is_refused_by_name(registry):
    conv = {"type": "conv", "out": 4, "kernel": 3}
    plan = plan_for(registry, {"c0": conv, "norm": {"type": "globalnorm"}, "c1": conv}, (1, 9, 9))
    with pytest.raises(NetkitError, match=r"norm: the operator \w+ there has no form in eight"):
        quantized(plan)


def test_larger_images_answer_at_every_place(registry):
    plan = plan_for(registry, "detector", (1, 28, 28))
    program, images, _ = quantized(plan)
    wide = np.zeros((1, 1, 28, 32), np.float32)
    wide[..., :28] = images[0]
    wide[..., 28:] = images[1][..., :4]
    made = program.run(as_pixels(wide))
    for column in range(made.shape[3]):
        alone = program.run(as_pixels(wide[..., 4 * column : 4 * column + 28]))
        assert (made[:, :, :, column] == alone[:, :, :, 0]).all()


def damaged(said):
    """Yield descriptions of a program with something wrong in each."""
    for change in (
        lambda s: s["steps"].pop(),
        lambda s: s["steps"].reverse(),
        lambda s: s["steps"][0].update(kind="exec"),
        lambda s: s["steps"][0].update(inputs=["nothing"]),
        lambda s: s["steps"][0]["settings"].update(stride=[0, 1]),
        lambda s: s["steps"][0]["settings"].update(groups=1 << 40),
        lambda s: s["steps"][0]["settings"].update(zero=1.5),
        lambda s: s["steps"][0]["settings"].pop("pads"),
        lambda s: s["formats"].update(pixels=[0, 0]),
        lambda s: s["formats"].popitem(),
        lambda s: s.update(output="elsewhere"),
        lambda s: s.update(steps="abc"),
        lambda s: s.pop("tail"),
    ):
        wrong = copy.deepcopy(said)
        change(wrong)
        yield wrong


def test_damage_is_refused(registry):
    program, *_ = quantized(plan_for(registry, "lenet5_modern", (1, 28, 28)), count=2)
    arrays, said = saved(program)
    for wrong in damaged(said):
        with pytest.raises(NetkitError, match="file: its net in eight bits is damaged"):
            restored(arrays, wrong, "file")
    first = f"{program.steps[0].output}."
    for name, a in {
        "W": arrays[first + "W"][:-1],
        "b": arrays[first + "b"] + np.int32(2**31 - 1 - 999),
        "shift": arrays[first + "shift"] * 0 + 63,
        "m": arrays[first + "m"].astype(np.int64),
    }.items():
        with pytest.raises(NetkitError, match="is damaged"):
            restored(arrays | {first + name: a}, said, "file")


def test_command(cli, trained_run, tmp_path):
    """Quantized from a shell, and answered with; it is not trained on, and not turned to floats."""
    target = tmp_path / "net8.safetensors"
    done = cli("quantize", str(trained_run), "net8.safetensors", "images=60")
    assert "calibrated on 60 images" in done.stdout
    assert "wstd2" in done.stdout
    floats, whole = netkit.load(trained_run), netkit.load(target)
    data = netkit.make("dataset", "mnist", train_size=1, val_size=200).val
    right = [(m(data.images).argmax(1) == data.labels).mean() for m in (floats, whole)]
    assert right[1] > right[0] - 0.02
    assert whole.layers(data.images[0])["c2"].shape == (16, 10, 10)
    assert len(whole.detect(data.images[0, 0])) == 1
    registry, cfg = Registry(), compose("train", [f"weights={target}"])
    with pytest.raises(NetkitError, match="which answers and does not learn"):
        convert(str(target), str(tmp_path / "net.mat"), cfg)
    with pytest.raises(NetkitError, match="which answers and does not learn"):
        make_trainer(registry, cfg | {"train_size": 10, "val_size": 10}, tmp_path)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a.onnx"], "a.onnx: ends in '.onnx'"),
        ([None, "percentile=10"], "percentile=10"),
        ([None, "calibration=nowhere"], "nowhere"),
        ([None, "images=0"], "images=0"),
    ],
)
def test_what_the_command_refuses(trained_run, tmp_path, words, said):
    target, *words = words
    with pytest.raises(NetkitError, match=said):
        quantize(str(trained_run), target, compose("quantize", words))
