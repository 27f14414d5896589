"""Programs: what the compiled kernels are told of a stretch of layers, for one shape of input."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.backends.native.library import Library
from netkit.backends.native.memory import SharedMemory
from netkit.backends.native.op import ACTS, KINDS, NUMBERS, OP, scratch, scratch_back
from netkit.backends.native.refuse import refuse_op, refuse_shape, refuse_weights
from netkit.types import Array, Shape

if TYPE_CHECKING:
    from netkit.context import Context


class Program:
    """An array of `op`, one for each step, and the arrays that they point to.

    It is made once for each shape of input, and run for each batch: a call gives the kernels an
    address and a number of ops, and takes no time that grows with the layers.
    """

    def __init__(
        self,
        library: Library,
        steps: "Sequence[tuple[dict[str, Any], Context]]",
        shape: Shape,
        *,
        memory: SharedMemory,
    ) -> None:
        self.library = library
        self.memory = memory
        self.taken = 0  # arrays that this program has in the memory
        self.kept: list[np.ndarray] = []  # what the ops point to lives as long as they do
        self.ops = np.zeros(len(steps), OP)
        self.address = self.ops.ctypes.data
        self.x = self.y = self.empty(shape)
        for op, (primitive, ctx) in zip(self.ops, steps, strict=True):
            self.y = self.write(op, primitive, ctx, x=self.y)
        needed = [k for k, (_, ctx) in enumerate(steps) if ctx.wants_dx or ctx.trainable]
        self.first = needed[0] if needed else len(steps)  # below it nothing is trained
        self.dx: np.ndarray | None = None
        self.dy: np.ndarray | None = None  # taken when a pass backward comes

    # ---- running it ----

    def forward(self, x: Array) -> np.ndarray:
        """Return the last layer's output for x, in memory that the next call uses again."""
        self.x[...] = x  # its own shape chose this program
        self.library.run(self.address, len(self.ops), 0)
        return self.y

    def backward(self, dy: Array) -> np.ndarray | None:
        """Add to the weights' gradients and return the input's; None if nobody asks for it."""
        if self.dy is None:
            self.dy = self.take_gradients()
        refuse_shape(dy, self.dy.shape)
        self.dy[...] = dy
        count = len(self.ops) - self.first
        self.library.run(self.address + self.first * OP.itemsize, count, 1)
        return self.dx

    # ---- writing it ----

    def write(
        self, op: np.void, primitive: dict[str, Any], ctx: "Context", *, x: np.ndarray
    ) -> np.ndarray:
        """Fill an op of input x; return its output."""
        maps, height, width, n = x.shape
        kind, weights = primitive["kind"], primitive.get("weights", ())
        kh, kw = primitive.get("kernel", (1, 1))
        sh, sw = primitive.get("stride", (1, 1))
        ph, pw = primitive.get("pad", (0, 0))
        eh, ew = primitive.get("dilation", (1, 1))
        pairs, groups = primitive.get("pairs"), primitive.get("groups", 1)
        out = int(primitive.get("out") or maps)
        span = eh * (kh - 1) + 1, ew * (kw - 1) + 1
        if kind == "conv" and groups == maps > 1:
            kind = "depthwise"
        elif kind == "conv" and (kh, kw) == (height, width) == span and groups == 1:
            kind = "conv" if ph or pw or pairs else "linear"
        if kind == "pad":
            oh, ow = height + 2 * ph, width + 2 * pw
        elif kind == "wstd":
            oh, ow = height, width
        else:
            oh, ow = (height + 2 * ph - span[0]) // sh + 1, (width + 2 * pw - span[1]) // sw + 1
        numbers = (
            *(KINDS[kind], ACTS.get(primitive.get("act", ""), 0), ctx.wants_dx),
            *(maps, height, width, n),
            *(out, oh, ow),
            *(kh, kw, sh, sw, ph, pw),
            *(eh, ew, groups),
            len(pairs[0]) if pairs else 0,
        )
        asked = dict(zip(NUMBERS, numbers, strict=True))
        refuse_op(asked, pairs, ctx.name)
        refuse_weights(asked, kind, weights, ctx)
        for name, value in asked.items():
            op[name] = value
        y = self.empty((out, oh, ow, n))
        op["a"] = primitive.get("scale", 0.0)
        self.point(op, x=x, y=y)
        for name, at, slope in zip(weights, ("w", "b"), ("dw", "db"), strict=False):
            if hasattr(ctx.p, name):
                self.point(op, **{at: getattr(ctx.p, name), slope: getattr(ctx.g, name)})
        if "taps" in primitive:
            self.point(op, w=np.array([t for axis in primitive["taps"] for t in axis], np.float32))
        if pairs:
            self.point(op, table=np.ascontiguousarray(np.stack(pairs, 1), np.int64))
        self.point(op, **{t: self.empty((size,)) for t, size in scratch(kind, op).items()})
        return y

    def take_gradients(self) -> np.ndarray:
        """Take the memory that only a pass backward needs; return the last op's dy."""
        last = dy = self.empty(self.y.shape)
        for op in self.ops[self.first :][::-1]:
            dx = self.empty(tuple(int(op[name]) for name in "CHWN") if op["wants_dx"] else (0,))
            self.point(op, dy=dy, dx=dx)
            self.point(op, **{t: self.empty((size,)) for t, size in scratch_back(op).items()})
            dy = dx
        if self.first < len(self.ops) and self.ops[0]["wants_dx"]:
            self.dx = dy
        return last

    def point(self, op: np.void, **arrays: np.ndarray) -> None:
        """Let an op's pointers point to arrays."""
        for name, array in arrays.items():
            self.kept.append(array)
            op[name] = array.ctypes.data

    def empty(self, shape: Shape) -> np.ndarray:
        """Return this program's next array in the shared memory."""
        self.taken += 1
        return self.memory.empty(self.taken - 1, shape)
