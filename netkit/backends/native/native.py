"""The CPU with compiled kernels: stretches of layers run in one call."""

from collections.abc import Sequence

import numpy as np

from netkit.backends.base import Step
from netkit.backends.native.helpers import Helpers
from netkit.backends.native.image_maps import CompiledImageMaps
from netkit.backends.native.library import compiled, library
from netkit.backends.native.refuse import refuse_shape
from netkit.backends.native.rules import CompiledRules
from netkit.backends.native.stretch import stretches
from netkit.backends.numpy import NumpyBackend
from netkit.checks import Count
from netkit.types import Array


class NativeBackend(CompiledImageMaps, CompiledRules, NumpyBackend):
    """Numpy, with compiled kernels in float32 for layers that say what they are (`primitive`).

    threads: as of numpy.  target: avx512, avx2 or baseline; the best that the machine has if not
    given. A batch is worked on in blocks of images whose maps fit the cache. While kernels run, the
    interpreter's lock is free for other threads.
    """

    name = "native"
    block_size = 32
    min_work = 2_500_000

    def __init__(self, threads: Count | None = None, target: str | None = None) -> None:
        super().__init__(threads)
        self.library = library(target)
        self.helpers = Helpers(self.shards - 1, self.library)

    @property
    def about(self) -> str:
        return f"{super().about}, {self.library.target}"

    def fuse(self, steps: Sequence[Step]) -> Sequence[Step]:
        return stretches(self.library, steps, self.helpers)

    def to_input(self, images: Array, bias: float, coeff: float, out: Array) -> Array:
        known = out.dtype == np.float32 and images.dtype in (np.uint8, np.float32)
        if not (known and images.flags.c_contiguous):
            return super().to_input(images, bias, coeff, out)
        self.library.c.netkit_to_input(
            images.ctypes.data,
            images.dtype == np.uint8,
            len(images),
            out.size // max(1, len(images)),
            bias,
            coeff,
            out.ctypes.data,
        )
        return out

    def blend(self, out: Array, x: Array, share: float) -> None:
        plain = [a.dtype == np.float32 and a.flags.c_contiguous for a in (out, x)]
        if not all(plain):
            return super().blend(out, x, share)
        refuse_shape(x, out.shape)
        self.library.c.netkit_blend(out.ctypes.data, x.ctypes.data, out.size, share)


def best(threads: Count | None = None) -> NumpyBackend:
    """Return the native backend where its kernels are, else numpy's: backend=auto."""
    return (NativeBackend if compiled() else NumpyBackend)(threads)
