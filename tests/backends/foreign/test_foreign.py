"""The kernels for other processors, cross-compiled and run in an emulator, against those here."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from netkit.backends.native.library import Library, compiled
from netkit.backends.native.native import NativeBackend
from netkit.backends.native.op import OP, POINTERS
from netkit.backends.native.stretch import Stretch
from netkit.build.parts import make_net
from netkit.config.compose import compose
from netkit.worker import Worker

HERE = Path(__file__).parent
KERNELS = HERE.parents[2] / "netkit/backends/native/kernels"
FLAGS = "-O2", "-std=gnu11", "-fno-math-errno", "-fno-trapping-math", "-static"
NETS = {
    "lenet5": (["arch=lenet5"], (1, 28, 28)),
    "resnet8": (["arch=resnet8"], (3, 16, 16)),
    "mobile": (["arch=mobile"], (3, 16, 16)),
}


@pytest.fixture(scope="module", params=["aarch64", pytest.param("riscv64", marks=pytest.mark.slow)])
def emulated(request, tmp_path_factory):
    """Words that run the kernels of another machine."""
    emulator = shutil.which(f"qemu-{request.param}")
    if not compiled() or not find_spec("ziglang") or not emulator:
        pytest.skip("needs the kernels, ziglang (pip) and qemu-user (apt)")
    program = tmp_path_factory.mktemp("foreign") / "run_ops"
    words = [
        sys.executable,
        "-m",
        "ziglang",
        "cc",
        "-target",
        f"{request.param}-linux-musl",
        *FLAGS,
    ]
    words += [f"-I{KERNELS}", str(HERE / "run_ops.c"), "-lm", "-o", str(program)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [emulator, str(program)]


def programs(registry, words, shape, monkeypatch):
    """Return the programs of a net that has trained on a batch, with room for any scratch."""
    plain = Library.scratch
    monkeypatch.setattr(Library, "scratch", lambda *given, **more: 4 * plain(*given, **more))
    cfg = compose("train", [*words, "energy=cross_entropy"])
    ops = NativeBackend(1, "baseline")
    net = make_net(registry, cfg, shape, classes=10, ops=ops, coeff=0.01)
    energy = registry.make("energy", cfg["energy"]).bind(ops, net, 10)
    worker, rng = Worker(net, first=True), np.random.default_rng(0)
    images = rng.integers(0, 256, (6, *shape), dtype=np.uint8)
    worker.gradient(images, np.arange(6), energy, scale=1.0, key=(1,))
    found = []
    for layer, _ in worker.contexts[0].fused:
        if isinstance(layer, Stretch):
            found += layer.programs.values()
    return found


def roots(program):
    """Return the arrays that own what the program's ops point to, the ops first."""
    owners = {}
    for array in [program.ops, program.x, *program.kept]:
        while isinstance(array.base, np.ndarray):
            array = array.base
        owners.setdefault(array.ctypes.data, array)
    return list(owners.values())


def place(address, owners):
    """Return (owner, bytes from its beginning) of an address."""
    for k, owner in enumerate(owners):
        if owner.ctypes.data <= address < owner.ctypes.data + max(owner.nbytes, 1):
            return k, address - owner.ctypes.data
    raise AssertionError("an op points nowhere")


def written(program, owners):
    """Return the bytes that run_ops reads."""
    pointers = [
        (0, k * OP.itemsize + OP.fields[name][1], *place(int(op[name]), owners))
        for k, op in enumerate(program.ops)
        for name in POINTERS
        if op[name]
    ]
    head = [len(owners), len(pointers), len(program.ops), program.first]
    sizes = [owner.nbytes for owner in owners]
    numbers = np.array([*head, *sizes, *np.ravel(pointers)], np.int64)
    return numbers.tobytes() + b"".join(owner.tobytes() for owner in owners)


@pytest.mark.parametrize("net", NETS)
def test_kernels(registry, emulated, net, tmp_path, monkeypatch):
    """Outputs, gradients and running statistics of whole nets, with batches of 6."""
    words, shape = NETS[net]
    for k, program in enumerate(programs(registry, words, shape, monkeypatch)):
        rng = np.random.default_rng(k)
        program.x[...] = rng.normal(size=program.x.shape)
        program.dy[...] = rng.normal(size=program.dy.shape)
        owners = roots(program)
        given, made = tmp_path / "given", tmp_path / "made"
        given.write_bytes(written(program, owners))
        subprocess.run([*emulated, given, made], check=True, timeout=300)
        count = len(program.ops) - program.first
        program.library.run(program.address, len(program.ops), 0)
        program.library.run(program.address + program.first * OP.itemsize, count, 1)
        there = np.split(
            np.frombuffer(made.read_bytes(), np.uint8),
            np.cumsum([owner.nbytes for owner in owners])[:-1],
        )
        compared = 0
        for op in program.ops:
            for name in "y", "dx", "dw", "db", "mean", "variance":
                for mine in (a for a in program.kept if op[name] and a.ctypes.data == op[name]):
                    owner, at = place(int(op[name]), owners)
                    theirs = there[owner][at : at + mine.nbytes].view(np.float32)
                    scale = np.abs(mine).max(initial=1)  # of sums that cancel, rounding is left
                    np.testing.assert_allclose(theirs, mine.ravel(), atol=2e-5 * scale, rtol=1e-4)
                    compared += mine.size
        assert compared > 100
