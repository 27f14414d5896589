"""The C file of a net on other processors: cross-compiled, run in an emulator, by its own test."""

import shutil
import subprocess
import sys
from importlib.util import find_spec

import pytest
from c_files import written
from plans import checkpoint_of

SLOW = pytest.mark.slow
RUN = {  # target: (emulator, flags)
    "aarch64-linux-musl": ("qemu-aarch64", ["-DNET_SIMD"]),
    "riscv64-linux-musl": ("qemu-riscv64", ["-DNET_SIMD", "-Wno-pass-failed"]),
    "arm-linux-musleabihf": ("qemu-arm", []),
}


def cross(target, *words):
    """Compile with ziglang's C compiler for a target."""
    if not find_spec("ziglang"):
        pytest.skip("needs ziglang (pip)")
    command = [sys.executable, "-m", "ziglang", "cc", "-target", target, "-std=c99", *words]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not done.stderr


@pytest.mark.parametrize(
    "target",
    [name if name.startswith("aarch64") else pytest.param(name, marks=SLOW) for name in RUN],
)
def test_other_processors(registry, tmp_path, target):
    emulator, flags = RUN[target]
    if not shutil.which(emulator):
        pytest.skip(f"needs {emulator} (apt: qemu-user)")
    checkpoint, _ = checkpoint_of(registry, "lenet5", dtype="float32")
    source, program = written(registry, checkpoint, tmp_path), tmp_path / "net"
    cross(target, "-O2", "-DNET_TEST", "-static", *flags, source, "-lm", "-o", program)
    done = subprocess.run([emulator, program], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    assert "3 images, 10 outputs: the largest difference" in done.stdout


def test_a_small_chip(registry, tmp_path):
    """For a Cortex-M4: it compiles without a warning, into little more than its weights."""
    checkpoint, net = checkpoint_of(registry, "lenet5", dtype="float32")
    source, made = written(registry, checkpoint, tmp_path), tmp_path / "net.o"
    cross("thumb-linux-musleabi", "-mcpu=cortex_m4", "-Os", "-Wall", "-c", source, "-o", made)
    assert 4 * net.values.size < made.stat().st_size < 4 * net.values.size + 60_000
