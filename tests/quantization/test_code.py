"""Compiled code and C files give numpy's whole numbers, bit by bit."""

import ctypes

import numpy as np
import pytest
from c_files import STRICT, checked, compiled, outputs
from whole_nets import CONV, NETS, checkpoint_of, plan_for, program_of, quantized

from netkit.errors import NetkitError
from netkit.quantization.c_file import export
from netkit.quantization.native import MODES, Native, library
from netkit.quantization.program import as_pixels
from netkit.quantization.saved import restored


@pytest.fixture(params=NETS, scope="module")
def net(request, registry):
    """A program, its plan and images with whole numbers of every kind."""
    return program_of(registry, request.param)


def test_compiled_code_gives_the_integers_of_numpy(net):
    program, _, images = net
    if library() is None:
        pytest.skip("the C code was not compiled")
    right, pixels = {}, as_pixels(images)
    program.run(pixels, lambda step, y: right.update({step.output: y}))
    for mode in MODES:
        try:
            steps = Native(mode).steps()
        except NetkitError:  # an instruction that this machine has not
            continue
        made = {}
        program.run(pixels, lambda step, y, made=made: made.update({step.output: y}), steps)
        for name, y in right.items():
            assert made[name].dtype == y.dtype
            assert (made[name] == y).all(), f"{name} by {mode}"


def test_a_c_file_gives_the_scores_of_numpy(net, registry, tmp_path):
    program, plan, images = net
    checkpoint = checkpoint_of(program, plan)
    said = export(registry, checkpoint, tmp_path / "net.c")
    assert "eight bits; flash: " in said
    right = program.run(as_pixels(images))
    made = outputs(compiled(tmp_path / "net.c", "-O1"), images, right.shape[1:])
    if program.tail:
        np.testing.assert_allclose(made, right, rtol=0, atol=1e-6)
    else:
        assert (made == right).all()


def test_a_c_file_checks_itself_under_sanitizers(registry, tmp_path):
    plan = plan_for(registry, "lenet5", (1, 28, 28))
    program, images, _ = quantized(plan, count=3)
    export(registry, checkpoint_of(program, plan), tmp_path / "net.c")
    flags = ["-DNET_TEST", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    source, binary = str(tmp_path / "net.c"), str(tmp_path / "net")
    checked(["gcc", *STRICT, *flags, source, "-lm", "-o", binary])
    assert "the largest difference from netkit's is" in checked([binary])
    memory = int((tmp_path / "net.h").read_text().split("#define NET_MEMORY ")[1].split()[0])
    assert memory <= 8192
    c = compiled(tmp_path / "net.c")
    scores = (ctypes.c_float * 10)()
    for image in images:
        pixels = np.ascontiguousarray(image[0], np.uint8)
        right = program.run(as_pixels(image[None]))[0, :, 0, 0]
        assert c.net_answer(pixels.ctypes, scores) == right.argmax()


def test_what_does_not_fit_is_refused_before_c_sees_it(registry):
    plan = plan_for(registry, {"c0": CONV, "p": {"type": "maxpool", "kernel": 2}}, (3, 12, 12))
    program, images, _ = quantized(plan, count=2)
    steps = Native().steps() if library() is not None else pytest.skip("not compiled")
    for wrong in (images[:, :2], images[:, :, :2], images[:, :, :3, :3]):
        with pytest.raises(ValueError, match="the maps that"):
            program.run(as_pixels(wrong), None, steps)
    checkpoint = checkpoint_of(program, plan)
    again = restored(checkpoint.tensors, checkpoint.meta["int8"], "file")
    assert (again.run(as_pixels(images), None, steps) == program.run(as_pixels(images))).all()
