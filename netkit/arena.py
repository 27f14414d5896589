"""Arena: memory for the results of a pass, so that a steady state allocates nothing."""

from typing import Any

import numpy as np

from netkit.types import Array, Shape

LINE = 64  # bytes of a cache line


def vector(size: int, dtype: Any) -> np.ndarray:
    """Return zeros (size,) that begin at a cache line, which the system gives when they are met.

    A vector register that is filled across two lines takes two accesses: large layers of one image,
    which do little else than read weights, take a fifth longer.
    """
    size, dtype = int(size), np.dtype(dtype)
    block = np.zeros(size * dtype.itemsize + LINE, np.uint8)
    return block[-block.ctypes.data % LINE :][: size * dtype.itemsize].view(dtype)


class Arena:
    """Memory for the results of a pass, used again by the next pass.

    The k-th array that a pass asks for takes the place of the k-th of the pass before. Passes ask
    for the same arrays in the same order, so after the first one nothing is allocated.
    """

    def __init__(self, xp: Any) -> None:
        self.xp = xp
        self.used = 0  # arrays that this pass has asked for
        self.arrays: list[Array | None] = []
        self.blocks: list[Array] = []  # the memory under them, which only grows

    def empty(self, shape: Shape, dtype: Any) -> Array:
        """Return the next array of this pass, of any numbers."""
        k, self.used = self.used, self.used + 1
        if k == len(self.arrays):
            self.arrays.append(None)
            self.blocks.append(self.xp.empty(0, "uint8"))
        array = self.arrays[k]
        if array is None or array.shape != shape or array.dtype != dtype:
            array = self.arrays[k] = self.fit(k, shape, np.dtype(dtype))
        return array

    def fit(self, k: int, shape: Shape, dtype: np.dtype) -> Array:
        """Return block k as an array of another shape, the block grown if it is too small."""
        size = int(np.prod(shape)) * dtype.itemsize
        if size > self.blocks[k].size:
            numpy = self.xp is np
            self.blocks[k] = vector(size, "uint8") if numpy else self.xp.empty(size, "uint8")
        return self.blocks[k][:size].view(dtype).reshape(shape)
