"""Update rules in one pass of the compiled kernels over the flat weights."""

import numpy as np

from netkit.backends.native.library import Library
from netkit.types import Array


class CompiledRules:
    """The rules that have a kernel, for vectors of float32; as Backend has them."""

    library: Library

    def sgd(
        self, x: Array, dx: Array, v: Array, *, rate: float, inertia: float, nesterov: bool
    ) -> bool:
        vectors = (x, dx, v) if inertia else (x, dx)
        if not alike(*vectors):
            return False
        self.library.c.netkit_sgd(
            x.ctypes.data,
            dx.ctypes.data,
            v.ctypes.data if inertia else None,
            x.size,
            rate,
            inertia,
            nesterov,
            self.library.number,
        )
        return True

    def adam(
        self,
        x: Array,
        dx: Array,
        m: Array,
        *,
        s: Array,
        decayed: Array | None,
        rate: float,
        shares: tuple[float, float],
        root: float,
        epsilon: float,
        decay: float,
    ) -> bool:
        if not alike(x, dx, m, s, *([] if decayed is None else [decayed])):
            return False
        numbers = np.array([rate, *shares, root, epsilon, decay], np.float32)
        self.library.c.netkit_adam(
            *(vector.ctypes.data for vector in (x, dx, m, s)),
            None if decayed is None else decayed.ctypes.data,
            x.size,
            numbers.ctypes.data,
            self.library.number,
        )
        return True


def alike(*vectors: Array) -> bool:
    """Return whether these are vectors of float32 of one length, each without gaps."""
    size = vectors[0].size
    return all(v.dtype == np.float32 and v.flags.c_contiguous and v.size == size for v in vectors)
