"""The memory that the programs of a stretch of layers share."""

from math import prod

import numpy as np

from netkit.types import Shape

SLACK = 64  # floats behind an array that a vector at its end may read
LINE = 64  # bytes of a cache line


class SharedMemory:
    """Blocks of memory: the k-th array of each program lies in the k-th block.

    Only one program of a stretch runs at a time, so they may write over each other; a stretch that
    meets many shapes of input needs the memory of the largest alone. A block that is too small for
    a program is replaced, and programs from before keep the old one alive: the stretch lets go of
    those, by `replaced`, how often that has happened.
    """

    def __init__(self) -> None:
        self.blocks: list[np.ndarray] = []
        self.replaced = 0
        self.of_ops: dict[int, np.ndarray] = {}

    def empty(self, k: int, shape: Shape) -> np.ndarray:
        """Return block k as an array of float32, of any numbers.

        It begins at a cache line and has slack behind it.
        """
        size = prod(shape)
        if k == len(self.blocks):
            self.blocks.append(np.empty(0, np.float32))
        if self.blocks[k].size < size + SLACK:
            self.replaced += self.blocks[k].size > 0
            block = np.empty(size + SLACK + LINE // 4, np.float32)
            self.blocks[k] = from_a_line(block)
        return self.blocks[k][:size].reshape(shape)

    def kept(self, op: int, size: int) -> np.ndarray:
        """Return what one op of all programs keeps from pass to pass, zeros at first.

        size: its floats, the same for every shape of input.
        """
        if op not in self.of_ops:
            block = np.zeros(size + LINE // 4, np.float32)
            self.of_ops[op] = from_a_line(block)[:size]
        return self.of_ops[op]


def from_a_line(block: np.ndarray) -> np.ndarray:
    """Return a block of float32 from where its first cache line begins."""
    return block[-block.ctypes.data % LINE // 4 :]
