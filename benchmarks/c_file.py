"""One image through a net in C beside onnxruntime, one thread: python benchmarks/c_file.py.

Nets that nobody trained, for time does not know the difference, are written by netkit convert as C
and as ONNX. The C is compiled by the compiler that CC names, gcc if none, as the file itself says:
-O3 -march=native ... -DNET_SIMD. The two are called in turns, and the median of the turns is said,
each turn the best of a few calls. Arguments: names of archs.
"""

import ctypes
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime

from netkit.build.parts import make_net
from netkit.config.compose import compose
from netkit.export.c.writer import export as write_c
from netkit.export.onnx import export as write_onnx
from netkit.registry import Registry
from netkit.training.checkpoint import Checkpoint

NETS = {  # a name: words of netkit train, the shape of an image
    "lenet5": (["arch=lenet5"], (1, 28, 28)),
    "lenet5 plain": (["arch=lenet5", "arch.normalise=false"], (1, 28, 28)),
    "mlp": (["arch=mlp"], (1, 28, 28)),
    "resnet8": (["arch=resnet8"], (3, 32, 32)),
    "mobile": (["arch=mobile"], (3, 32, 32)),
}
FLAGS = ["-std=gnu99", "-O3", "-march=native", "-ffp-contract=fast", "-fno-math-errno"]
FLAGS += ["-fno-trapping-math", "-DNET_SIMD", "-shared", "-fPIC"]
TURNS, CALLS = 40, 30


def main() -> None:
    compiler = os.environ.get("CC", "gcc")
    print(f"one image, one thread, medians in µs; {compiler} {' '.join(FLAGS[1:-2])}\n")
    print(f"{'net':14}{'C':>10}{'onnxruntime':>14}{'ratio':>8}{'differ by':>12}")
    for name in sys.argv[1:] or NETS:
        with tempfile.TemporaryDirectory() as folder:
            ours, theirs, apart = measured(name, Path(folder), compiler)
        print(f"{name:14}{ours:10.1f}{theirs:14.1f}{theirs / ours:8.2f}{apart:12.1e}")


def measured(name: str, folder: Path, compiler: str) -> tuple[float, float, float]:
    """Return the microseconds of both, and how far their outputs are apart."""
    words, shape = NETS[name]
    registry = Registry()
    cfg = compose("train", words)
    ops = registry.make("backend", {"type": "numpy"})
    net = make_net(registry, cfg, shape, classes=10, ops=ops, coeff=0.01)
    meta = {"config": cfg, "classes": list("0123456789"), "shape": shape}
    checkpoint = Checkpoint.of(net, meta | {"bias": 0.0, "coeff": 0.01})
    write_c(registry, checkpoint, folder / "net.c")
    write_onnx(registry, checkpoint, folder / "net.onnx")
    library = folder / "net.so"
    command = [compiler, *FLAGS, str(folder / "net.c"), "-o", str(library), "-lm"]
    subprocess.run(command, check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(folder / "net.onnx"), options, providers=["CPUExecutionProvider"]
    )
    image = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    pixels = np.ascontiguousarray(image.transpose(1, 2, 0))
    floats = {"pixels": image[None].astype(np.float32)}
    y = np.empty(10, np.float32)
    run = ctypes.CDLL(str(library)).net_run
    arguments = ctypes.c_void_p(pixels.ctypes.data), ctypes.c_void_p(y.ctypes.data)
    ours, theirs = [], []
    for _ in range(TURNS):
        ours.append(best(lambda: run(*arguments)))
        theirs.append(best(lambda: session.run(None, floats)))
    apart = float(np.abs(session.run(None, floats)[0].ravel() - y).max())
    return statistics.median(ours) * 1e6, statistics.median(theirs) * 1e6, apart


def best(call: Callable[[], object]) -> float:
    """Return the seconds of the quickest of some calls."""
    times = []
    for _ in range(CALLS):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return min(times)


if __name__ == "__main__":
    main()
