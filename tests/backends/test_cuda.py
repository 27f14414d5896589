"""The GPU's backend without a GPU: its kernels compiled as C beside numpy; recorded passes."""

import ctypes
import shutil
import subprocess
from types import SimpleNamespace

import numpy as np
import pytest

from netkit.backends.cupy.cuda import KERNELS
from netkit.backends.cupy.cupy import CupyBackend
from netkit.backends.numpy import NumpyBackend
from netkit.net import Net
from netkit.worker import Worker


def parameters(kernel):
    """Yield (type, name, whether it is an array, whether it is indexed in the text) of a kernel's
    parameters.
    """
    inputs, outputs, _ = kernel
    for text in (*inputs.split(","), *outputs.split(",")):
        *raw, kind, name = text.split()
        yield kind, name, kind == "T", bool(raw)


def in_c(name, kind):
    """Return a kernel as a C function of that element type, a loop over its elements."""
    words, macros = [], []
    for of, parameter, is_array, raw in parameters(KERNELS[name]):
        words.append(f"{kind} *{parameter}{'' if raw else '_'}" if is_array else f"int {parameter}")
        if is_array and not raw:
            macros.append(parameter)
        assert is_array or of == "int32"
    defines = "".join(f"#define {m} {m}_[i]\n" for m in macros)
    body = KERNELS[name][2].replace("(T)", f"({kind})")
    loop = f"for (long long i = 0; i < size_; ++i) {{ {body} }}"
    head = f"void {name}_{kind}(long long size_, {', '.join(words)})"
    text = f"{head} {{\n{defines}{loop}\n}}\n".replace("T ", f"{kind} ")
    return text + "".join(f"#undef {m}\n" for m in macros)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    if not shutil.which("gcc"):
        pytest.skip("needs gcc: apt-get install gcc")
    folder = tmp_path_factory.mktemp("cuda")
    text = "#include <math.h>\n#include <stdbool.h>\n"
    (folder / "k.c").write_text(
        text + "".join(in_c(name, kind) for name in KERNELS for kind in ("float", "double"))
    )
    subprocess.run(
        ["gcc", "-O1", "-shared", "-fPIC", "-o", folder / "k.so", folder / "k.c", "-lm"], check=True
    )
    return ctypes.CDLL(str(folder / "k.so"))


class Module:
    """numpy, with what CuPy has beside it."""

    def __init__(self, library):
        self.library, self.called = library, set()

    def __getattr__(self, name):
        return getattr(np, name)

    def asnumpy(self, a):
        return np.asarray(a)

    def ElementwiseKernel(self, inputs, outputs, text, name):
        name = name.removeprefix("netkit_")
        assert KERNELS[name] == (inputs, outputs, text)

        def call(*arguments):
            self.called.add(name)
            out, given = arguments[-1], []
            for (_, _, is_array, _), value in zip(
                parameters(KERNELS[name]), arguments, strict=True
            ):
                assert isinstance(value, np.ndarray) == is_array
                if is_array:
                    assert value.flags.c_contiguous
                    assert value.dtype == out.dtype
                given.append(
                    ctypes.c_void_p(value.ctypes.data) if is_array else ctypes.c_int(value)
                )
            kind = {"float32": "float", "float64": "double"}[out.dtype.name]
            getattr(self.library, f"{name}_{kind}")(ctypes.c_longlong(out.size), *given)

        return call


def backend(module, graph=False):
    ops = object.__new__(CupyBackend)
    ops.use_module(module, "float32", graph)
    return ops


CONV = {"type": "conv", "out": 5, "kernel": [3, 2], "stride": [2, 1], "pad": 1}
CASES = {
    "tanh": [CONV, {"type": "tanh"}],
    "sigmoid": [CONV, {"type": "sigmoid"}],
    "relu": [CONV, {"type": "relu"}],
    "abs": [CONV, {"type": "abs"}],
    "maxpool": [
        {"type": "conv", "out": 4, "kernel": 3},
        {"type": "maxpool", "kernel": 3, "stride": 2},
    ],
    "sumpool": [{"type": "conv", "out": 4, "kernel": 3}, {"type": "subs", "kernel": [2, 3]}],
    "over": [
        {"type": "conv", "out": 4, "kernel": 3},
        {"type": "avgpool", "kernel": 3, "stride": [2, 1]},
    ],
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_kernels(registry, library, case, dtype):
    """Outputs and gradients are those of numpy; the image's pixels are even, so that maxima stand
    several times.
    """
    images = np.random.default_rng(0).integers(0, 3, (4, 2, 11, 9), dtype=np.uint8)
    module, sides = Module(library), []
    for ops in (backend(module), NumpyBackend(1)):
        layers = {f"l{k}": dict(layer) for k, layer in enumerate([{"type": "addc"}, *CASES[case]])}
        net = Net(registry.layers(layers, 10), (2, 11, 9), ops, dtype=dtype, seed=1)
        worker = Worker(net, first=True)
        y, back = net.forward(worker.to_input(images), worker.contexts)
        y = y.copy()
        back(np.random.default_rng(1).normal(0, 1, y.shape).astype(dtype))
        sides.append((y, net.grads))
    for ours, theirs in zip(*sides, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5 if dtype == "float32" else 1e-13)
    assert {"windows", "unwindow"} <= module.called
    name = {"over": "sumpool"}.get(case, case)
    assert {name, f"{name}_back"} <= module.called


class Recording(Module):
    """A module with streams that pretend to record."""

    def __init__(self):
        super().__init__(None)
        self.log = []
        stream = SimpleNamespace(synchronize=lambda: None)
        self.cuda = SimpleNamespace(
            MemoryPool=lambda: SimpleNamespace(malloc=None),
            get_current_stream=lambda: stream,
            using_allocator=lambda _: Nothing(),
            Stream=lambda non_blocking: Stream(self.log),
            runtime=SimpleNamespace(CUDARuntimeError=RuntimeError),
        )


class Nothing:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class Stream(Nothing):
    def __init__(self, log):
        self.log = log

    def synchronize(self):
        pass

    def begin_capture(self):
        self.log.append("begin")

    def end_capture(self):
        self.log.append("end")
        return SimpleNamespace(launch=lambda stream: self.log.append("launch"))


def test_a_pass_is_recorded_the_second_time():
    module = Recording()
    ops, log = backend(module, graph=True), module.log
    worker = SimpleNamespace(
        uses_random=False,
        recordings={},
        arena=Arena(None),
        grads=np.ones(3),
        net=SimpleNamespace(state=np.zeros(0)),
    )

    def work(x):
        log.append(x.tolist())
        return x

    first, second = np.array([1.0]), np.array([2.0])
    assert ops.run_pass(worker, work, [first], ("k",)) is first
    assert log == [[1.0]]
    result = ops.run_pass(worker, work, [second], ("k",))
    assert log[1:] == [[2.0], "begin", [2.0], "end", "launch"]
    assert not worker.grads.any(), "the pass that took the memory has added to the gradient"
    ops.run_pass(worker, work, [np.array([7.0])], ("k",))
    assert log[6:] == ["launch"]
    assert result.tolist() == [7.0], "the recorded pass reads other arrays than it was given"
    ops.run_pass(worker, work, [np.array([1.0, 2.0])], ("k",))
    assert log[7:] == [[1.0, 2.0]], "another shape is another pass"


def test_what_is_not_recorded():
    module = Recording()
    ops = backend(module, graph=True)
    for drew, state in ((True, 0), (False, 2)):
        net = SimpleNamespace(state=np.zeros(state))
        worker = SimpleNamespace(
            uses_random=drew, recordings={}, arena=Arena(None), grads=np.ones(3), net=net
        )
        for _ in range(3):
            ops.run_pass(worker, lambda x: x, [np.ones(1)], ())
    assert module.log == []


class Arena:
    def __init__(self, xp):
        pass
