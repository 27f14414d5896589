"""Hold the C files of all packaged archs against netkit: python scripts/check_c.py [ARCH ...]

Each arch, untrained and with the statistics of some images, is written by netkit convert, compiled
by gcc and clang, whichever are here, plain and with -DNET_SIMD, and asked for --images 1000 images:
half of noise, half of smooth shades. The largest difference from the outputs of backend=numpy in
float32 is printed, and one above --near 1e-5 of the largest output, or of 1, is a fault.
"""

import argparse
import ctypes
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from netkit.config.compose import compose
from netkit.export.c.writer import export
from netkit.net import Net
from netkit.passes import Shards
from netkit.registry import Registry
from netkit.training.checkpoint import Checkpoint
from netkit.types import Array
from netkit.worker import Worker

ARCHS = Path(__file__).parent.parent / "conf" / "arch"
WORDS = {"finder": ["energy=boxes"]}
SHAPES = {"finder": (3, 64, 64), "vgg_small": (3, 32, 32), "resnet10": (3, 32, 32)}
FORMS = {"plain": ["-O1"], "vectors": ["-O3", "-march=native", "-ffp-contract=fast", "-DNET_SIMD"]}
PASSES = 40  # in training, over a few images
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-shared", "-fPIC"]


def checkpoint_of(registry: Registry, arch: str) -> tuple[Checkpoint, Net]:
    """Return a checkpoint of an untrained net, and the net."""
    shape = SHAPES.get(arch, (1, 28, 28))
    cfg = compose("train", [f"arch={arch}", *WORDS.get(arch, [])])
    classes = list("0123456789")
    ops = registry.make("backend", {"type": "numpy"})
    energy = registry.make("energy", cfg["energy"])
    answers = energy.outputs(len(classes))
    layers = registry.layers(cfg["arch"]["layers"], answers)
    net = Net(layers, shape, ops, bias=-3.0, coeff=0.01)
    net.values += np.random.default_rng(1).normal(0, 0.05, net.values.size)  # no bias is 0
    worker, images = Worker(net, first=False), images_of(net.shape, 32)
    worker.training = True
    for _ in range(PASSES if net.state.size else 0):  # until statistics are those of its maps
        net.forward(worker.to_input(images), worker.contexts)
    net.state[...] = worker.state
    meta = {"config": cfg, "classes": classes, "shape": list(shape)}
    return Checkpoint.of(net, meta | {"bias": net.bias, "coeff": net.coeff}), net


def images_of(shape: tuple[int, int, int], count: int) -> Array:
    """Return images (N, C, H, W) of bytes: noise, and shades of a few pixels made large."""
    rng = np.random.default_rng(1)
    channels, height, width = shape
    noise = rng.integers(0, 256, (count - count // 2, *shape))
    few = rng.integers(0, 256, (count // 2, channels, height // 4 + 1, width // 4 + 1))
    large = few.repeat(4, 2).repeat(4, 3)[:, :, :height, :width]
    return np.concatenate([noise, large]).astype(np.uint8)


def made_by(library: Path, images: Array, shape: tuple[int, int, int]) -> Array:
    """Return the outputs (N, K, h, w) of a compiled net; shape: (K, h, w)."""
    c, (maps, high, wide) = ctypes.CDLL(str(library)), shape
    y = np.empty((len(images), high, wide, maps), np.float32)
    for image, to in zip(images, y, strict=True):
        pixels = np.ascontiguousarray(image.transpose(1, 2, 0))
        c.net_run(pixels.ctypes, to.ctypes)
    return y.transpose(0, 3, 1, 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archs", nargs="*", metavar="ARCH")
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--near", type=float, default=1e-5)
    given = parser.parse_args()
    compilers = [name for name in ("gcc", "clang") if shutil.which(name)]
    registry, worst = Registry(), 0.0
    for arch in given.archs or sorted(path.stem for path in ARCHS.glob("*.yaml")):
        checkpoint, net = checkpoint_of(registry, arch)
        images = images_of(net.shape, given.images)
        right = Shards(net).outputs(images).transpose(3, 0, 1, 2)
        if right.std(0).max() < 1e-3 * np.abs(right).max():
            sys.exit(f"{arch}: answers the same to all images, and so says nothing")
        size, said = max(1.0, float(np.abs(right).max())), []
        for compiler in compilers:
            for form, flags in FORMS.items():
                with tempfile.TemporaryDirectory() as folder:
                    source, library = Path(folder) / "net.c", Path(folder) / "net.so"
                    export(registry, checkpoint, source, compose("detect", []))
                    c = "-std=c99" if form == "plain" else "-std=gnu99"
                    command = [compiler, c, *STRICT, *flags, str(source), "-o", str(library)]
                    subprocess.run([*command, "-lm"], check=True)
                    made = made_by(library, images, right.shape[1:])
                apart = float(np.abs(made - right).max()) / size
                worst = max(worst, apart)
                said.append(f"{compiler} {form} {apart:.1e}")
        print(f"{arch:16}{'  '.join(said)}", flush=True)
    print(f"{given.images} images each; the largest difference is {worst:.1e}")
    if not worst <= given.near:
        sys.exit(f"more than {given.near:g}")


if __name__ == "__main__":
    main()
