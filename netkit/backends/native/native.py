"""The CPU with compiled kernels: stretches of layers ctx in one call, without the interpreter's
lock.
"""

import ctypes
import importlib.util

import numpy as np

from netkit.backends.native.program import Stretch, has_room_for
from netkit.backends.numpy import NumpyBackend
from netkit.errors import NetkitError

LIBRARY = "netkit.backends.native._kernels"
MISSING = "backend=native: its kernels were not compiled: install a C compiler (gcc or clang) and netkit again"


class Kernels:
    """The compiled library (native.c), for one of the instruction sets that it was compiled for."""

    def __init__(self, target=None):
        found = importlib.util.find_spec(LIBRARY)
        if not found or not found.origin:
            raise NetkitError(MISSING)
        library = ctypes.CDLL(found.origin)
        self.name, self.number = chosen(library, target)
        number, address, real = ctypes.c_int64, ctypes.c_void_p, ctypes.c_float
        signatures = {
            "netkit_run": (address, number, number, number),
            "netkit_begin": (address, number, number, number, real, real, address),
            "netkit_affine": (address, number, number, number, number, address, address),
            "netkit_soften": (address, address, address, address, number, real, real, number),
        }
        for name, types in signatures.items():
            function = getattr(library, name, None)
            if function is None:
                raise NetkitError(
                    f"backend=native: {found.origin} is of another version: install netkit again"
                )
            function.argtypes, function.restype = types, None
        self.library = library

    def run(self, address, count, back):
        self.library.netkit_run(address, count, back, self.number)


def chosen(library, target):
    """Return the name and number of an instruction set: the best that this machine has, or the one
    asked for.
    """
    library.netkit_target.argtypes, library.netkit_target.restype = (
        (ctypes.c_int64,),
        ctypes.c_char_p,
    )
    names, number = {}, 0
    while (name := library.netkit_target(number)) is not None:
        if name:
            names[name.decode()] = number
        number += 1
    if target is not None and target not in names:
        raise NetkitError(f"target={target}: this machine has {', '.join(names)}")
    return (target, names[target]) if target else next(iter(names.items()))


class NativeBackend(NumpyBackend):
    """Numpy, with compiled kernels for stretches of layers that know what they are
    (Layer.primitive), in float32.

    threads: as of numpy.  target: avx512, avx2 or baseline; the best that the machine has if not
    given. A batch is worked on in blocks of images whose maps fit the cache.
    """

    name = "native"
    block = 32
    worth = 4_000_000

    def __init__(self, threads=None, target=None):
        super().__init__(threads)
        self.kernels = Kernels(target)

    @property
    def about(self):
        return f"{super().about}, {self.kernels.name}"

    def fuse(self, steps):
        """Return the steps (layer, ctx) with each stretch of layers that the kernels know as one
        step.
        """
        fused, stretch = [], []
        for layer, ctx in [*steps, (None, None)]:
            primitive = layer.primitive() if layer is not None and ctx.dtype == np.float32 else None
            if primitive and has_room_for(primitive):
                stretch.append((primitive, ctx))
                continue
            if stretch:
                whole = Stretch(self.kernels, stretch)
                fused.append((whole, whole))
                stretch = []
            if layer is not None:
                fused.append((layer, ctx))
        return fused

    def begin(self, images, bias, coeff, out):
        known = (
            out.dtype == np.float32
            and images.dtype in (np.uint8, np.float32)
            and images.flags.c_contiguous
        )
        if not known:
            return super().begin(images, bias, coeff, out)
        self.kernels.library.netkit_begin(
            images.ctypes.data,
            images.dtype == np.uint8,
            len(images),
            out.size // max(1, len(images)),
            bias,
            coeff,
            out.ctypes.data,
        )
        return out

    def affine(self, x, places, out):
        if x.dtype != np.float32:
            return False
        x, places = np.ascontiguousarray(x), np.ascontiguousarray(places, np.float32)
        self.kernels.library.netkit_affine(
            x.ctypes.data, *x.shape, places.ctypes.data, out.ctypes.data
        )
        return True

    def soften(self, boxes, confidences, least):
        order = np.argsort(boxes[:, 1], kind="stable")
        left, top, right, bottom = np.ascontiguousarray(boxes[order].T, np.float32)
        edges = np.stack([top, left, bottom, right, (bottom - top) * (right - left)])
        with np.errstate(divide="ignore"):
            logs, n = np.log(confidences[order]).astype(np.float32), len(boxes)
        out, most = np.empty(n, np.float32), np.empty(n // 64 + 1, np.float32)
        self.kernels.library.netkit_soften(
            edges.ctypes.data,
            logs.ctypes.data,
            out.ctypes.data,
            most.ctypes.data,
            n,
            np.log(least),
            (bottom - top).max(initial=0.0),
            self.kernels.number,
        )
        lowered = np.empty(n)
        lowered[order] = np.exp(out.astype(np.float64))
        return lowered


def best(threads=None):
    """Return the native backend where its kernels are, else numpy's: backend=auto."""
    return (NativeBackend if importlib.util.find_spec(LIBRARY) else NumpyBackend)(threads)
