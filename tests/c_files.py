"""Nets in C: written, compiled, called."""

import ctypes
import shutil
import subprocess
import sysconfig

import numpy as np
import pytest

from netkit.export.c.writer import export
from netkit.training.checkpoint import Checkpoint

STRICT = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
FAST = ["-DNET_SIMD", "-ffp-contract=fast"]


def compiler(name="gcc"):
    """Return a compiler, or skip the test by its name."""
    if not shutil.which(name):
        pytest.skip(f"no {name}")
    return name


def checked(command, **more):
    """Run a command that must say nothing bad: return what it prints."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, **more)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr[-3000:]}"
    return done.stdout


def compiled(source, *flags, cc="gcc"):
    """Return the library of a C file, loaded."""
    library = source.with_suffix(sysconfig.get_config_var("SHLIB_SUFFIX") or ".so")
    flags = [*STRICT, "-shared", "-fPIC", *flags]
    checked([compiler(cc), *flags, str(source), "-o", str(library), "-lm"])
    return ctypes.CDLL(str(library))


def outputs(library, images, shape):
    """Return the outputs (N, *shape) for images (N, C, H, W) of bytes; shape: (K, h, w)."""
    maps, high, wide = shape
    y = np.empty((len(images), high, wide, maps), np.float32)
    for image, to in zip(images, y, strict=True):
        pixels = np.ascontiguousarray(image.transpose(1, 2, 0), np.uint8)
        library.net_run(pixels.ctypes, to.ctypes)
    return y.transpose(0, 3, 1, 2)


def checkpoint_of_layers(registry, net, specs, energy="l2"):
    """Return a complete checkpoint of a net made of layers as YAML has them."""
    config = {"arch": {"name": "net", "layers": specs}, "energy": {"type": energy}}
    meta = {"config": config, "classes": list("0123456789"), "shape": net.shape}
    return Checkpoint.of(net, meta | {"bias": net.bias, "coeff": net.coeff})


def written(registry, checkpoint, folder, **more):
    """Write a checkpoint as net.c in a folder; return the file."""
    export(registry, checkpoint, folder / "net.c", more)
    return folder / "net.c"
