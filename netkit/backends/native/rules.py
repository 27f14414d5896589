"""Update rules in one pass of the compiled kernels over the flat weights."""

import numpy as np

from netkit.backends.native.library import Library
from netkit.types import Array


class CompiledRules:
    """The rules that have a kernel, for vectors of float32; as Backend has them."""

    library: Library

    def sgd(
        self,
        x: Array,
        dx: Array,
        v: Array,
        *,
        rate: float,
        inertia: float,
        nesterov: bool,
        h: Array | None = None,
        mu: float = 0.0,
    ) -> bool:
        if not alike(x, dx, v if inertia else None, h):
            return False
        self.library.c.netkit_sgd(
            *(x.ctypes.data, dx.ctypes.data, address(v if inertia else None), address(h)),
            x.size,
            rate,
            inertia,
            nesterov,
            mu,
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
        if not alike(x, dx, m, s, decayed):
            return False
        numbers = np.array([rate, *shares, root, epsilon, decay], np.float32)
        self.library.c.netkit_adam(
            *(vector.ctypes.data for vector in (x, dx, m, s)),
            address(decayed),
            x.size,
            numbers.ctypes.data,
            self.library.number,
        )
        return True

    def rmsprop(
        self,
        x: Array,
        dx: Array,
        s: Array,
        *,
        v: Array,
        rate: float,
        share: float,
        epsilon: float,
        inertia: float,
    ) -> bool:
        if not alike(x, dx, s, v):
            return False
        self.library.c.netkit_rmsprop(
            *(vector.ctypes.data for vector in (x, dx, s, v)),
            x.size,
            *(rate, share, epsilon, inertia),
            self.library.number,
        )
        return True

    def decay(self, dx: Array, x: Array, decayed: Array | None, *, l2: float, l1: float) -> bool:
        if not alike(dx, x, decayed):
            return False
        self.library.c.netkit_decay(
            *(dx.ctypes.data, x.ctypes.data, address(decayed)),
            x.size,
            *(l2, l1),
            self.library.number,
        )
        return True


def address(vector: Array | None) -> int | None:
    """Return where a vector lies; None for none."""
    return None if vector is None else int(vector.ctypes.data)


def alike(first: Array, *others: Array | None) -> bool:
    """Return whether vectors, those that are there, are float32 of one length without gaps."""
    return all(
        v.dtype == np.float32 and v.flags.c_contiguous and v.size == first.size
        for v in (first, *others)
        if v is not None
    )
