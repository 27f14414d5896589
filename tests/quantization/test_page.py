"""The WebAssembly of a page gives numpy's whole numbers, bit by bit; the page has them inside."""

import copy

import numpy as np
import pytest
from page_files import read
from wasm_machine import Block, WholeMachine
from whole_nets import NETS, checkpoint_for, checkpoint_of, plan_for, program_of, quantized

from netkit.build.parts import make_net
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.export.graph import Operator
from netkit.export.page.html import export as export_floats
from netkit.export.plan import plan_of
from netkit.quantization.arithmetic import Format
from netkit.quantization.net import kernels_of
from netkit.quantization.page_file import export
from netkit.quantization.page_table import table_of
from netkit.quantization.program import Program, as_pixels
from netkit.quantization.steps import STEPS, Step
from netkit.training.checkpoint import Checkpoint


def finder(registry):
    """Return the plan of an untrained net of boxes."""
    ops = registry.make("backend", {"type": "numpy"})
    cfg = compose("train", ["arch=finder", "energy=boxes"])
    net = make_net(registry, cfg, (3, 32, 34), classes=3, ops=ops, coeff=0.01)
    net.state[...] = np.random.default_rng(0).uniform(0.3, 0.9, net.state.size)
    meta = {"config": cfg, "classes": ["a", "b", "c"], "shape": list(net.shape)}
    return plan_of(registry, Checkpoint.of(net, meta | {"bias": 0.0, "coeff": 0.01}))


@pytest.fixture(params=[*NETS, "finder"])
def net(request, registry):
    """A program, its plan and images with whole numbers of every kind."""
    if request.param != "finder":
        return program_of(registry, request.param)
    plan = finder(registry)
    program, images, _ = quantized(plan, count=3)
    return program, plan, images


def test_it_gives_the_integers_of_numpy(net):
    """Those of every step for two pictures: nothing of the first is left when the second comes."""
    program, plan, images = net
    machine = WholeMachine(program, plan.shapes[plan.input])
    for image in images[:2] + np.array([0, 0.3], np.float32)[:, None, None, None]:
        right = {}
        y = program.run(
            as_pixels(image[None]), lambda step, y, to=right: to.update({step.output: y})
        )
        floats, codes = machine(image), machine.codes()
        assert {*codes, program.steps[-1].output} == {program.input, *right}
        for name, format in program.formats.items():
            whole = as_pixels(image[None]) if name == program.input else right[name]
            assert (codes[name] == whole[0]).all(), name
            if name != program.input:
                stands = format.dequantized(whole)[0].transpose(2, 0, 1)
                assert (floats[name] == stands).all(), name
        last = program.steps[-1].output
        assert (floats[last] == right[last][0].transpose(2, 0, 1)).all()
        np.testing.assert_allclose(floats[program.output], y[0], rtol=0, atol=1e-6)
        constants = machine.table.constants
        assert machine.read(0, constants.shape).tobytes() == constants.tobytes()


def conv(rng, shape, out, **settings):
    """Return a convolution with kernels of every size of number, and its input, int8."""
    groups, (kh, kw) = settings.pop("groups", 1), settings.pop("kernel")
    given = {"zero": -7, "pads": [1, 2, 0, 1], "stride": [1, 2], "dilation": [1, 1]}
    given |= {"groups": groups, "to": 3, "low": -100, "high": 90} | settings
    arrays = {
        "W": rng.integers(-128, 128, (out, kh, kw, shape[2] // groups)).astype(np.int8),
        "b": rng.integers(-(2**14), 2**14, out).astype(np.int32),
        "m": rng.integers(2**30, 2**31 - 1, out).astype(np.int32),
        "shift": rng.integers(36, 41, out).astype(np.int32),
    }
    return Step("conv", ["x"], "y", given, arrays, "c"), rng.integers(-128, 128, shape).astype(
        np.int8
    )


@pytest.mark.parametrize(
    ("shape", "out", "settings"),
    [
        ((5, 6, 1), 5, {"kernel": (3, 2)}),
        ((7, 5, 3), 9, {"kernel": (2, 3), "dilation": [2, 1]}),
        ((6, 7, 8), 4, {"kernel": (3, 3), "dilation": [1, 2], "stride": [2, 1]}),
        ((6, 7, 8), 12, {"kernel": (1, 1), "pads": [0, 0, 0, 0], "groups": 4}),
        ((6, 7, 6), 6, {"kernel": (3, 3), "groups": 6}),
        ((5, 9, 17), 17, {"kernel": (2, 3), "groups": 17, "dilation": [2, 2], "stride": [1, 3]}),
        ((6, 4, 5), 10, {"kernel": (3, 3), "groups": 5}),
        ((9, 8, 11), 7, {"kernel": (3, 3), "pads": [0, 0, 0, 0], "zero": 127}),
    ],
)
def test_convolutions_of_all_kinds(shape, out, settings):
    """Nets of one convolution behind the pixels, whose numbers are all that eight bits have."""
    step, x = conv(np.random.default_rng(0), shape, out, **settings)
    right = STEPS["conv"](step, x[None])
    machine = WholeMachine(whole_net(step), (shape[2], *shape[:2]))
    machine((x.transpose(2, 0, 1).astype(np.int16) + 128).astype(np.float32))
    assert (machine.codes()["y"] == right[0]).all()
    assert len(np.unique(right)) > 20


def whole_net(*steps, tail=()):
    """Return a program of steps from x to y, then floats."""
    last = Step("floats", ["y"], "z", {"zero": 0}, {"scale": np.array([0.5], np.float32)}, "f")
    formats = {"x": Format(1.0, -128), "y": Format(0.5, 0)}
    output = tail[-1].output if tail else "z"
    return Program([*steps, last], formats, "x", output, list(tail), {"w": np.ones((9, 1, 1))})


@pytest.mark.parametrize(
    ("kind", "inputs", "settings"),
    [
        ("MaxPool", ["z"], {"kernel": [2, 2], "strides": [1, 1]}),
        ("Conv", ["z", "z", "z"], {}),
        ("Tanh", ["z", "z"], {}),
        ("Add", ["z", "w"], {}),  # w has nine maps, z ten
        ("Add", [], {}),
    ],
)
def test_what_is_not_run_behind_the_last_convolution_is_named(kind, inputs, settings):
    step, _ = conv(np.random.default_rng(0), (4, 4, 2), 10, kernel=(2, 2))
    odd = Operator(kind, inputs, "end", settings, "odd7")
    with pytest.raises(NetkitError, match=f"odd7: {kind} behind the last convolution is not run"):
        table_of(whole_net(step, tail=[odd]), (4, 4, 2), ["y"])


def test_an_image_that_does_not_fit_is_refused():
    step, _ = conv(np.random.default_rng(0), (4, 4, 2), 10, kernel=(2, 2))
    for size in ((4, 4, 3), (0, 4, 2)):
        with pytest.raises(ValueError, match="the maps that y takes"):
            table_of(whole_net(step), size, ["y"])


def test_a_net_too_large_for_a_page_is_refused_before_any_memory_is_taken():
    step, _ = conv(np.random.default_rng(0), (4, 4, 2), 10, kernel=(2, 2))
    step.settings["pads"] = [1 << 20] * 4
    with pytest.raises(
        NetkitError, match=r"would take [\d,.]+ GiB of memory, and one has 2: train"
    ):
        table_of(whole_net(step), (4, 4, 2), ["y"])


def test_the_tail_is_that_of_floats():
    step, x = conv(np.random.default_rng(0), (4, 4, 2), 9, kernel=(2, 2))
    tail = [
        Operator("Mul", ["z", "w"], "t0", {}, "mul"),
        Operator("Tanh", ["t0"], "t1", {}, "tanh"),
        Operator("LogSoftmax", ["t1"], "t2", {}, "soft"),
    ]
    program = whole_net(step, tail=tail)
    program.arrays["w"] = np.linspace(0.1, 2, 9, dtype=np.float32).reshape(9, 1, 1)
    made = WholeMachine(program, (2, 4, 4))(x.transpose(2, 0, 1).astype(np.float32) + 128)
    right = program.run(x[None])[0]
    np.testing.assert_allclose(made["t2"], right, rtol=0, atol=1e-5)


def test_the_page_has_the_whole_numbers_inside(registry, tmp_path):
    """Its rows are there, its kernels too; and it is smaller by what the weights are."""
    checkpoint = checkpoint_for(registry, "lenet5", (1, 28, 28))
    checkpoint.meta["config"] = checkpoint.meta["config"] | {"data": None}
    program, images, _ = quantized(plan_of(registry, checkpoint), count=3)
    whole = checkpoint_of(program, plan_for(registry, "lenet5", (1, 28, 28)))
    whole.meta |= {"config": checkpoint.meta["config"]}
    said = export(registry, whole, tmp_path / "int8.html")
    assert said.endswith(", in eight bits")
    export_floats(registry, checkpoint, tmp_path / "net.html")
    facts, (_, words, constants, _) = read(tmp_path / "int8.html")
    saved = (tmp_path / "net.html").stat().st_size - (tmp_path / "int8.html").stat().st_size
    assert saved > 2.5 * program.bytes()  # three bytes of four, less what squeezing them takes
    planes = np.frombuffer(constants, np.uint8).reshape(4, -1)
    block = np.ascontiguousarray(planes.T).ravel()
    steps = {step.layer: step for step in program.steps if "W" in step.arrays}
    names = [row["name"] for row in facts["rows"]]
    assert names[0] == "image"
    assert names[-2:] == ["f7", "tanh7"]
    for row, found in zip(facts["rows"], facts["inside"]["kernels"], strict=True):
        if not found:
            assert row["name"] not in steps
            continue
        at, scales = found
        kernels = kernels_of(program, steps[row["name"]])
        assert row["kernels"] == list(kernels.shape)
        assert (block[4 * at :][: kernels.whole.size].view(np.int8) == kernels.whole.ravel()).all()
        made = block[4 * scales :][: 4 * len(kernels.scale)].view(np.float32)
        assert (made == kernels.scale).all()
    table = table_of(program, (28, 28, 1), [program.layers["c2"]])
    assert set(table.table.values) == {program.input, "conv17", "conv34", "tanh35"}
    assert len(words) == 4 * (1 + 32 * int(np.frombuffer(words, np.int32)[0]))
    machine = Block(table.table, program.input)
    assert (machine(images[0])["conv34"] == seen(program, images[:1], "conv34")).all()


def seen(program, images, name):
    """Return what a step makes of one image, (K, h, w)."""
    found = {}
    program.run(as_pixels(images), lambda step, y: found.update({step.output: y}))
    return found[name][0].transpose(2, 0, 1)


def test_a_file_whose_outputs_are_not_the_arch_s_is_refused(registry, tmp_path):
    program, plan, _ = program_of(registry, "lenet5")
    checkpoint = checkpoint_of(program, plan)
    said = copy.deepcopy(checkpoint.meta["int8"])
    said["output"] = said["tail"][0]["inputs"][0]
    whole = Checkpoint(checkpoint.tensors, checkpoint.meta | {"int8": said, "classes": ["a", "b"]})
    with pytest.raises(NetkitError, match="its net in eight bits gives 10x1x1 and its arch 2x1x1"):
        export(registry, whole, tmp_path / "net.html")
    assert not list(tmp_path.iterdir())
