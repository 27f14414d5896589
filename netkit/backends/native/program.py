"""Programs: what the compiled kernels are told of a stretch of layers, for one shape of input."""

from collections import OrderedDict
from math import prod

import numpy as np

NUMBERS = (
    "kind",
    "act",
    "wants_dx",
    "C",
    "H",
    "W",
    "N",
    "O",
    "oh",
    "ow",
    "kh",
    "kw",
    "sh",
    "sw",
    "ph",
    "pw",
    "pairs",
)
POINTERS = "x", "y", "w", "b", "dx", "dy", "dw", "db", "t1", "t2", "t3", "t4", "table"
OP = np.dtype(
    [*((n, "i8") for n in NUMBERS), ("a", "f8"), *((n, "u8") for n in POINTERS)]
)  # `op` of native.c
KINDS = {"pad": 1, "conv": 2, "linear": 3, "pointwise": 4, "sumpool": 5, "maxpool": 6, "wstd": 7}
ACTS = {"tanh": 1, "relu": 2, "sigmoid": 3, "abs": 4}
INLINE = "tanh", "relu", "sigmoid"  # read their slope from y: run as part of the kernel before them
TAKES = "conv", "sumpool"  # such a one
SLACK, LINE = 64, 64  # floats behind an array that a vector may read; bytes of a cache line
MOST_TAPS = 4096  # MOST of native.c: places in the window of a convolution
KEPT = 32  # programs of a stretch: shapes of input that take turns


class Stretch:
    """Layers that the kernels run in one call, in place of a layer and of its context."""

    def __init__(self, kernels, steps):
        self.kernels, self.steps, self.programs, self.memory = (
            kernels,
            merged(steps),
            OrderedDict(),
            Memory(),
        )
        contexts = [ctx for _, ctx in steps]
        self.wants_dx, self.trainable = contexts[0].wants_dx, any(ctx.trainable for ctx in contexts)

    def forward(self, x, ctx):
        program = self.programs.get(x.shape)
        if program is None:
            program = self.programs[x.shape] = Program(
                self.kernels, self.steps, x.shape, self.memory
            )
            if len(self.programs) > KEPT:
                self.programs.popitem(last=False)
        self.programs.move_to_end(x.shape)
        return program.forward(x), program.backward


def has_room_for(primitive):
    """Return whether the kernels can run a layer: their tables of a window have a fixed size."""
    return primitive["kind"] != "conv" or prod(primitive["kernel"]) <= MOST_TAPS


def merged(steps):
    """Return steps (primitive, ctx) with padding and activations made part of the kernels that can
    do them too.
    """
    done = []
    for primitive, ctx in steps:
        before = done[-1][0] if done else {"kind": None}
        if primitive["kind"] == "conv" and before["kind"] == "pad":
            done[-1] = (
                {
                    **primitive,
                    "pad": tuple(map(sum, zip(primitive["pad"], before["pad"], strict=True))),
                },
                ctx,
            )
        elif primitive.get("act") in INLINE and before["kind"] in TAKES and "act" not in before:
            done[-1] = {**before, "act": primitive["act"]}, done[-1][1]
        else:
            done.append((primitive, ctx))
    return done


class Program:
    """An array of `op` and its places in the memory that all programs of a stretch work in."""

    def __init__(self, kernels, steps, shape, memory):
        self.kernels, self.memory, self.taken, self.kept, self.dy = kernels, memory, 0, [], None
        self.ops, self.contexts = np.zeros(len(steps), OP), [ctx for _, ctx in steps]
        self.x = self.y = self.empty(shape)
        for op, (primitive, ctx) in zip(self.ops, steps, strict=True):
            self.y = self.write(op, primitive, ctx, self.y)
        self.address = self.ops.ctypes.data
        needed = [k for k, ctx in enumerate(self.contexts) if ctx.wants_dx or ctx.trainable]
        self.first = needed[0] if needed else len(steps)  # below it nothing is trained

    def write(self, op, primitive, ctx, x):
        """Fill an op of input x; return its output."""
        maps, height, width, n = x.shape
        kind, weights = primitive["kind"], primitive.get("weights", ())
        (kh, kw), (sh, sw), (ph, pw) = (
            primitive.get(name, usual)
            for name, usual in (("kernel", (1, 1)), ("stride", (1, 1)), ("pad", (0, 0)))
        )
        out = primitive.get("out", maps)
        size = (height, width)
        if kind == "pad":
            size = height + 2 * ph, width + 2 * pw
        elif kind != "wstd":
            size = (height + 2 * ph - kh) // sh + 1, (width + 2 * pw - kw) // sw + 1
        if kind == "conv" and (kh, kw) == (height, width) and not (ph or pw or primitive["pairs"]):
            kind = "linear"
        y = self.empty((out, *size, n))
        numbers = (
            KINDS[kind],
            ACTS.get(primitive.get("act"), 0),
            ctx.wants_dx,
            maps,
            height,
            width,
            n,
            out,
            *size,
            kh,
            kw,
            sh,
            sw,
            ph,
            pw,
            0,
        )
        for name, value in zip(NUMBERS, numbers, strict=True):
            op[name] = value
        op["a"] = primitive.get("scale", 0.0)
        self.point(op, x=x, y=y)
        for name, at, slope in zip(weights, ("w", "b"), ("dw", "db"), strict=False):
            if hasattr(ctx.p, name):
                self.point(op, **{at: getattr(ctx.p, name), slope: getattr(ctx.g, name)})
        if "taps" in primitive:
            self.point(op, w=np.array([t for axis in primitive["taps"] for t in axis], np.float32))
        if primitive.get("pairs"):
            op["pairs"] = len(primitive["pairs"][0])
            self.point(op, table=np.ascontiguousarray(np.stack(primitive["pairs"], 1), np.int64))
        for name, size in scratch(kind, op).items():
            self.point(op, **{name: self.empty((size,))})
        return y

    def point(self, op, **arrays):
        """Let an op's pointers point to arrays, which live as long as this does."""
        for name, array in arrays.items():
            self.kept.append(array)
            op[name] = array.ctypes.data

    def empty(self, shape):
        self.taken += 1
        return self.memory.empty(self.taken - 1, shape)

    def forward(self, x):
        self.x[...] = x
        self.kernels.run(self.address, len(self.ops), 0)
        return self.y

    def backward(self, dy):
        if self.dy is None:
            self.take_gradients()
        self.dy[...] = dy
        self.kernels.run(self.address + self.first * OP.itemsize, len(self.ops) - self.first, 1)
        return self.dx if self.first < len(self.ops) and self.ops[0]["wants_dx"] else None

    def take_gradients(self):
        """Take the memory that only a pass backward needs."""
        dy = self.dy = self.empty(self.y.shape)
        for k in range(len(self.ops) - 1, self.first - 1, -1):
            op = self.ops[k]
            dx = self.empty(tuple(int(op[name]) for name in "CHWN") if op["wants_dx"] else (0,))
            self.point(op, dy=dy, dx=dx)
            for name, size in scratch_back(op).items():
                self.point(op, **{name: self.empty((size,))})
            dy = dx
        self.dx = dy


def scratch(kind, op):
    """Return how many floats of each scratch array an op needs, {"t1": ...}."""
    maps, height, width, n, out, kh, kw, sw, ph, pw = (
        int(op[name]) for name in ("C", "H", "W", "N", "O", "kh", "kw", "sw", "ph", "pw")
    )
    if kind == "conv":
        return {
            "t1": maps * padded(op) if ph or pw or sw > 1 else 0,
            "t3": out * maps * kh * kw if op["pairs"] else 0,
        }
    if kind == "linear":
        return {"t1": maps * height * width * n}
    if kind == "wstd":
        plane = height * width * n
        return {"t1": maps * plane, "t2": plane + n, "t3": 3 * plane}
    return {}


def scratch_back(op):
    """Return the same of what only a pass backward needs."""
    maps, n, out, oh, ow, kh, kw, sw = (
        int(op[name]) for name in ("C", "N", "O", "oh", "ow", "kh", "kw", "sw")
    )
    if op["kind"] == KINDS["conv"]:
        row = ((kw - 1) // sw + max(columns(op), ow)) * n
        return {"t2": out * oh * row, "t4": out * maps * kh * kw if op["pairs"] else 0}
    return {"t2": out * oh * ow * n} if op["kind"] in (KINDS["linear"], KINDS["sumpool"]) else {}


def padded(op):
    """Return the floats of a convolution's padded map."""
    return int(op["H"] + 2 * op["ph"]) * int(op["sw"]) * columns(op) * int(op["N"])


def columns(op):
    """Return the columns of one phase of the stride in a convolution's padded map."""
    return int(op["W"] + 2 * op["pw"] + op["sw"] - 1) // int(op["sw"])


class Memory:
    """Blocks that the programs of a stretch share: the k-th array of each is in the k-th block. One
    contexts at a time.
    """

    def __init__(self):
        self.blocks = []

    def empty(self, k, shape):
        """Return an array of float32 at the start of a cache line, with slack behind it, of any
        numbers.
        """
        size = prod(shape)
        if k == len(self.blocks):
            self.blocks.append(np.empty(0, np.float32))
        if self.blocks[k].size < size + SLACK:  # programs that were there before keep the old block
            block = np.empty(size + SLACK + LINE // 4, np.float32)
            self.blocks[k] = block[-block.ctypes.data % LINE // 4 :]
        return self.blocks[k][:size].reshape(shape)
