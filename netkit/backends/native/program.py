"""Programs: what the compiled kernels are told of a stretch of layers, for one shape of input."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.backends.native.helpers import Helpers
from netkit.backends.native.library import SHARED, Library
from netkit.backends.native.memory import SharedMemory
from netkit.backends.native.op import KINDS, OP, numbers_of, scratch, scratch_back
from netkit.backends.native.refuse import refuse_op, refuse_shape, refuse_weights
from netkit.types import Array, Shape

if TYPE_CHECKING:
    from netkit.context import Context


class Map:
    """What one op writes and another reads; and, in a pass backward, the gradient there."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array
        self.grad: np.ndarray | None = None


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
        threads: int = 1,
    ) -> None:
        """threads: that may run a pass together, where no pass backward follows."""
        self.library = library
        self.memory = memory
        self.threads = threads
        self.taken = 0  # arrays that this program has in the memory
        self.kept: list[np.ndarray] = []  # what the ops point to lives as long as they do
        self.training = False
        self.over_ranks = 0
        self.open: list[
            Map
        ] = []  # of residual blocks, what the way that is not written begins with
        self.maps: list[tuple[Map, Map, Map | None]] = []  # each op's input, output, and other one
        self.ops = np.zeros(sum(primitive["kind"] != "turn" for primitive, _ in steps), OP)
        self.address = self.ops.ctypes.data
        self.shared = np.zeros(SHARED + 2 * len(self.ops), np.int64)  # of those threads
        self.learns = np.zeros(len(self.ops), bool)  # ops of layers that are not frozen
        self.x = self.empty(shape)
        self.begin = at = Map(self.x)
        needed = []
        for primitive, ctx in steps:
            if primitive["kind"] == "turn":  # the other way of a residual block
                at, self.open[-1] = self.open[-1], at
                continue
            joins = primitive["kind"] == "join" and ctx.trainable
            needed.append(ctx.wants_dx or (ctx.trainable and primitive["kind"] != "fork") or joins)
            self.learns[len(self.maps)] = not ctx.frozen
            at = self.write(self.ops[len(self.maps)], primitive, ctx, source=at)
        self.y = at.array
        self.first = [*needed, True].index(True)  # below it nothing is trained
        self.let_convolutions_norm()
        self.dx: np.ndarray | None = None
        self.dy: np.ndarray | None = None  # taken when a pass backward comes
        self.replaced = memory.replaced

    # ---- running it ----

    def forward(self, x: Array, training: bool = False, over_ranks: int = 0) -> np.ndarray:
        """Return the last layer's output for x, in memory that the next call uses again.

        over_ranks: the address of what sums over the processes that share a batch, 0 for one.
        """
        self.x[...] = x  # its own shape chose this program
        if self.over_ranks != over_ranks:
            self.over_ranks = over_ranks
            self.ops["all"] = over_ranks
        if self.training != training:
            self.training = training
            self.ops["training"] = training & self.learns
        self.library.run(self.address, len(self.ops), 0)
        return self.y

    def answer(self, x: Array, helpers: Helpers | None) -> np.ndarray:
        """Return the same as `forward` outside training, where no pass backward follows.

        helpers: who may help with it, if anybody.
        """
        self.x[...] = x
        self.training = False
        self.ops["training"] = False
        if helpers is not None:
            helpers.call(self.run_answer, self.threads - 1)
        self.run_answer(help=False)
        return self.y

    def run_answer(self, help: bool = True) -> None:
        """Run a pass that others may help with; help: help with one."""
        self.library.answer(
            self.address,
            len(self.ops),
            parts=self.threads,
            shared=self.shared.ctypes.data,
            help=help,
        )

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

    def write(self, op: np.void, primitive: dict[str, Any], ctx: "Context", *, source: Map) -> Map:
        """Fill an op; return its output."""
        x = source.array
        weights, pairs = primitive.get("weights", ()), primitive.get("pairs")
        kind, asked = numbers_of(primitive, x.shape, ctx.wants_dx)
        refuse_op(asked, pairs, ctx.name)
        refuse_weights(asked, kind, weights, ctx)
        for name, value in asked.items():
            op[name] = value
        # A fork copies nothing: both ways begin with x.
        target = Map(
            x if kind == "fork" else self.empty(tuple(asked[k] for k in ("O", "oh", "ow", "N")))
        )
        other = None
        if kind == "fork":
            self.open.append(other := Map(x))
        elif kind == "add" or "joins" in primitive:
            other = self.open.pop()
            refuse_shape(other.array, target.array.shape)
            self.point(op, plus=other.array)
        self.maps.append((source, target, other))
        op["a"], op["m"] = primitive.get("scale", 0.0), primitive.get("momentum", 0.0)
        self.point(op, x=x, y=target.array)
        for name, at, slope in zip(weights, ("w", "b"), ("dw", "db"), strict=False):
            if hasattr(ctx.p, name):
                self.point(op, **{at: getattr(ctx.p, name), slope: getattr(ctx.g, name)})
        if kind == "batchnorm":
            self.point(op, mean=ctx.s.mean, variance=ctx.s.variance)
        if "taps" in primitive:
            self.point(op, w=np.array([t for axis in primitive["taps"] for t in axis], np.float32))
        if pairs:
            self.point(op, table=np.ascontiguousarray(np.stack(pairs, 1), np.int64))
        needed = scratch(kind, op, self.scratch_of(len(self.maps) - 1, back=0))
        self.point(op, **{t: self.empty((size,)) for t, size in needed.items()})
        return target

    def scratch_of(self, k: int, back: int) -> int:
        """Return the scratch of op k, if it is a convolution, as Library.scratch has it, else 0."""
        if self.ops[k]["kind"] != KINDS["conv"]:
            return 0
        return self.library.scratch(self.address + k * OP.itemsize, back, self.threads)

    def let_convolutions_norm(self) -> None:
        """Let each convolution before a batchnorm make its gradient from the batchnorm's.

        Then the gradient between the two is written nowhere but where the convolution needs it.
        """
        for k in range(self.first, len(self.ops) - 1):
            op, after = self.ops[k], self.ops[k + 1]
            kind = op["kind"] if op["groups"] == 1 or op["kind"] != KINDS["conv"] else 0
            able = kind in (KINDS["conv"], KINDS["depthwise"]) and not op["act"]
            if able and after["kind"] == KINDS["batchnorm"] and after["wants_dx"]:
                op["norm"] = self.address + (k + 1) * OP.itemsize

    def take_gradients(self) -> np.ndarray:
        """Take the memory that only a pass backward needs; return the last op's dy."""
        last = self.maps[-1][1].grad = self.empty(self.y.shape)
        for k in range(len(self.ops) - 1, self.first - 1, -1):
            op, (source, target, other) = self.ops[k], self.maps[k]
            assert target.grad is not None
            kind, shape = op["kind"], source.array.shape
            if kind == KINDS["add"]:  # both ways get the same
                source.grad = self.empty(shape) if op["act"] else target.grad
            elif k and self.ops[k - 1]["norm"]:  # the convolution before it makes that itself
                source.grad = self.empty((0,))
            else:
                source.grad = self.empty(shape if op["wants_dx"] else (0,))
            self.point(op, dy=target.grad, dx=source.grad)
            if other and kind == KINDS["fork"]:
                assert other.grad is not None
                self.point(op, dplus=other.grad)
            elif other:
                other.grad = source.grad if kind == KINDS["add"] else self.empty(shape)
                self.point(op, dplus=other.grad)
            needed = scratch_back(op, self.scratch_of(k, back=1))
            self.point(op, **{t: self.empty((size,)) for t, size in needed.items()})
        if self.first < len(self.ops) and self.ops[0]["wants_dx"]:
            self.dx = self.begin.grad
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
