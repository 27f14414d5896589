"""Programs: what the compiled kernels are told of a stretch of layers, for one shape of input."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.backends.native.backward import let_convolutions_norm, take_gradients
from netkit.backends.native.helpers import Helpers
from netkit.backends.native.library import TURN, Library
from netkit.backends.native.map import Map
from netkit.backends.native.memory import SharedMemory
from netkit.backends.native.op import KINDS, OP, RANDOM, multiply_adds, numbers_of, scratch
from netkit.backends.native.random_ops import RandomOps
from netkit.backends.native.refuse import refuse_op, refuse_shape, refuse_weights
from netkit.types import Array, Shape

if TYPE_CHECKING:
    from netkit.context import Context

SHARED_WORK = 1_000_000  # multiply-adds of a pass that are worth the help of another thread


class Program:
    """An array of `op`, one for each step, and the arrays that they point to.

    It is made once for each shape of input, and run for each batch: a call gives the kernels an
    address and a number of ops, and takes no time that grows with the layers.  threads: that may
    run a pass together.
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
        self.library = library
        self.memory = memory
        self.threads = threads
        self.taken = 0  # arrays that this program has in the memory
        self.kept: list[np.ndarray] = []  # what the ops point to lives as long as they do
        self.training = False
        self.told = {"fresh": 0, "all": 0}  # what all ops have
        self.open: list[Map] = []  # of residual blocks, what the other way begins with
        self.maps: list[tuple[Map, Map, Map | None]] = []  # each op's input, output, and other one
        self.ops = np.zeros(sum(primitive["kind"] != "turn" for primitive, _ in steps), OP)
        self.count, self.address = len(self.ops), self.ops.ctypes.data
        self.turns = np.zeros(TURN * (3 * len(self.ops) + 1), np.int64)  # that those threads take
        self.turns_at = self.turns.ctypes.data
        self.random = RandomOps()
        self.helpers: Helpers | None = None  # who may help with a pass of training
        self.learns = np.zeros(len(self.ops), bool)  # ops of layers that are not frozen
        self.x = self.empty(shape)
        self.begin = at = Map(self.x)
        needed: list[bool] = []
        layers: list[str] = []  # of the ops
        for primitive, ctx in steps:
            if primitive["kind"] == "turn":  # the other way of a residual block
                at, self.open[-1] = self.open[-1], at
                continue
            joins = primitive["kind"] == "join" and ctx.trainable
            needed.append(ctx.wants_dx or (ctx.trainable and primitive["kind"] != "fork") or joins)
            self.learns[len(self.maps)] = not ctx.frozen
            layers.append(ctx.name)
            at = self.write(self.ops[len(self.maps)], primitive, ctx, source=at)
        self.y = at.array
        self.parts = threads if multiply_adds(self.ops) >= SHARED_WORK else 1
        self.first = [*needed, True].index(True)  # below it nothing is trained
        self.layers = layers[self.first :]  # whose gradients a pass backward makes
        let_convolutions_norm(self)
        self.dx: np.ndarray | None = None
        self.dy: np.ndarray | None = None  # taken when a pass backward comes
        self.learnt: Any = None  # where lessons write, see lessons.py
        self.replaced = memory.replaced

    # ---- running it ----

    def forward(
        self, x: Array, training: bool = False, over_ranks: int = 0, *, fresh: bool = False
    ) -> np.ndarray:
        """Return the last layer's output for x, in memory that the next call uses again.

        The rest is as of `prepare`.
        """
        if x is not self.x:
            self.x[...] = x  # its own shape chose this program
        self.prepare(training, over_ranks, fresh=fresh)
        return self.run(0, back=0)

    def prepare(self, training: bool, over_ranks: int = 0, *, fresh: bool) -> None:
        """Tell the ops about the pass that comes.

        over_ranks: the address of what sums over the processes that share a batch, 0 for one.
        fresh: is the pass backward that follows to write the weights' gradients, adding to none?
        """
        for name, value in ("fresh", fresh), ("all", over_ranks):
            if self.told[name] != value:
                self.told[name] = self.ops[name] = value
        if self.training != training:
            self.training = training
            self.ops["training"] = training & self.learns
        if training:
            self.random.begin()

    def run(self, first: int, back: int) -> np.ndarray:
        """Run the ops from `first` on, with the helpers of this pass; return the last one's y."""
        address, count = self.address + first * OP.itemsize, self.count - first
        self.library.share(address, count, back, **self.shared())
        return self.y

    def shared(self) -> dict[str, Any]:
        """Return what Library takes for a pass of training, with those that may help with it."""
        return self.called(self.helpers) | ({} if self.helpers else {"parts": 1})

    def answer(self, x: Array, helpers: Helpers | None) -> np.ndarray:
        """Return what `forward` does, outside training; helpers: who may help with it, if any."""
        if x is not self.x:
            self.x[...] = x
        self.library.answer(self.address, self.count, **self.begin_answer(helpers))
        return self.y

    def answer_images(
        self, images: Array, bias: float, coeff: float, helpers: Helpers | None
    ) -> np.ndarray:
        """Return the same for images as a data set has them, in one call.

        images: (N, C, H, W) of uint8 or float32, C-contiguous. The input is (pixel + bias) * coeff.
        """
        self.library.answer_images(
            *(images.ctypes.data, images.dtype == np.uint8, bias, coeff),
            ops=self.address,
            count=self.count,
            **self.begin_answer(helpers),
        )
        return self.y

    def begin_answer(self, helpers: Helpers | None) -> dict[str, Any]:
        """Leave training, and return what `called` does."""
        if self.training:
            self.training = False
            self.ops["training"] = False
        return self.called(helpers)

    def called(self, helpers: Helpers | None) -> dict[str, Any]:
        """Let others help with the pass that comes: return what Library takes to share it."""
        board = 0 if helpers is None or self.parts == 1 else helpers.call(self.parts - 1)
        return {"parts": self.parts, "turns": self.turns_at, "board": board}

    def backward(self, dy: Array) -> np.ndarray | None:
        """Add to the weights' gradients and return the input's; None if nobody asks for it."""
        if self.dy is None:
            self.dy = take_gradients(self)
        refuse_shape(dy, self.dy.shape)
        self.dy[...] = dy
        self.run(self.first, back=1)
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
        if "constants" in primitive:
            self.point(op, w=np.array(primitive["constants"], np.float32))
        if pairs:
            self.point(op, table=np.ascontiguousarray(np.stack(pairs, 1), np.int64))
        needed = scratch(kind, op, self.scratch_of(len(self.maps) - 1, back=0))
        rooms = {t: self.empty((size,)) for t, size in needed.items()}
        self.point(op, **rooms)
        if kind in RANDOM:
            self.random.add(op, ctx, places=rooms["t1"] if kind == "jitter" else None)
        if size := self.scratch_of(len(self.maps) - 1, back=2):
            self.point(op, kept=self.memory.kept(len(self.maps) - 1, size))
        return target

    def scratch_of(self, k: int, back: int) -> int:
        """Return the scratch of op k as Library.scratch has it; 0 if the kernels do not say."""
        if self.ops[k]["kind"] not in (KINDS["conv"], KINDS["linear"]):
            return 0
        return self.library.scratch(self.address + k * OP.itemsize, back, self.threads)

    def point(self, op: np.void, **arrays: np.ndarray) -> None:
        """Let an op's pointers point to arrays."""
        for name, array in arrays.items():
            self.kept.append(array)
            op[name] = array.ctypes.data

    def empty(self, shape: Shape) -> np.ndarray:
        """Return this program's next array in the shared memory."""
        self.taken += 1
        return self.memory.empty(self.taken - 1, shape)
