"""RandomOps: the ops of a program that draw random numbers in training, dropout and jitter."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from netkit.context import Context


class RandomOps:
    """Which ops of a program draw numbers, and whose they are.

    The kernels draw as `uniform_by_image` of splitmix.py does, from where a layer's numbers begin
    in this step. An op of jitter writes where it reads each image from, for the boxes in it.
    """

    def __init__(self) -> None:
        self.drawing: list[tuple[np.void, Context]] = []
        self.moving: list[tuple[np.ndarray, Context]] = []  # places (6, N): see Context.moved

    def add(self, op: np.void, ctx: "Context", places: np.ndarray | None) -> None:
        """Add an op of a layer.  places: (6 N,), that it writes if it moves images."""
        self.drawing.append((op, ctx))
        if places is not None:
            self.moving.append((places.reshape(6, -1), ctx))

    def begin(self) -> None:
        """Tell the ops where their numbers begin in the pass of training that comes.

        Boxes are told where its images will have been read from; frozen layers leave them alone.
        """
        for op, ctx in self.drawing:
            start, op["first"] = ctx.numbers_begin()
            op["start"] = np.uint64(start).astype(np.int64)  # the same 64 bits
        for places, ctx in self.moving:
            if ctx.training:
                ctx.moved(places)
