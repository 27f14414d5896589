"""The steps of a program by compiled code: the integers are those of numpy, bit by bit."""

import ctypes
import functools
import importlib.util
from collections.abc import Callable, Mapping
from math import prod
from typing import Any, NamedTuple

import numpy as np

from netkit.errors import NetkitError
from netkit.quantization.arithmetic import BITS
from netkit.quantization.calls import Call, calls_of, size_after
from netkit.quantization.steps import STEPS, Step
from netkit.types import Array

LIBRARY = "netkit.quantization._int8"
MODES = {"plain": 0, "pairs": 1, "bytes": 2, "vnni": 3, "vnni512": 4}  # of tiles.c
MAP_BY_MAP = 5  # of tiles.c too: taken by itself for a group a map
BLOCK = 16  # maps of a tile
NUMBER, ADDRESS = ctypes.c_int64, ctypes.c_void_p
FUNCTIONS = (*(name for name in STEPS if name != "concat"), "join", "scores", "tiles")


@functools.cache
def library() -> Any:
    """Return the compiled functions, or None where they were not compiled."""
    found = importlib.util.find_spec(LIBRARY)
    if not found or not found.origin:
        return None
    c = ctypes.CDLL(found.origin)
    for name in FUNCTIONS:
        function = getattr(c, f"netkit8_{name}")
        function.argtypes = (NUMBER, NUMBER, NUMBER, NUMBER, ADDRESS, ADDRESS)
        function.restype = None
    c.netkit8_mode.restype = ctypes.c_int
    return c


def quickest() -> Mapping[str, Callable[..., Array]]:
    """Return what runs each kind of step: compiled code where there is some, or numpy."""
    return Native().steps() if library() is not None else STEPS


class Tiles(NamedTuple):
    """The arrays of a convolution for tiles.c: words of w; sums, m and shift by 16 maps."""

    w: Array
    sums: Array
    m: Array
    shift: Array


class Native:
    """Run steps by compiled code.

    mode: how convolutions are multiplied out, a name of MODES; the quickest that this machine has
    if not given. Raises NetkitError where nothing was compiled or the machine has not that mode.
    """

    def __init__(self, mode: str | None = None) -> None:
        self.c = library()
        if self.c is None:
            raise NetkitError("eight bits: the C code was not compiled: backend=numpy")
        best = self.c.netkit8_mode()
        self.mode = best if mode is None else MODES[mode]
        if (self.mode > 2 and self.mode != best) or (self.mode and not best):
            raise NetkitError(f"mode={mode}: this machine has no such instruction")
        self.tiles: dict[int, tuple[Step, Tiles]] = {}

    def steps(self) -> Mapping[str, Callable[..., Array]]:
        """Return what runs each kind of step, as STEPS of numpy."""
        return dict.fromkeys((*STEPS, "scores"), self.run)

    def run(self, step: Step, *inputs: Array) -> Array:
        """Return what a step makes, int8 (N, H, W, C), float32 of scores."""
        given = [np.ascontiguousarray(x) for x in inputs]
        n = len(given[0])
        sizes = [x.shape[1:] for x in given]
        size = size_after(step, sizes)
        y = np.empty((n, *size), np.float32 if step.kind == "scores" else np.int8)
        if step.kind == "conv" and self.mode and quick(step):
            self.conv(step, given[0], y)
            return y
        for call in calls_of(step, sizes, size):
            self.call(call, given, y)
        return y

    def call(self, call: Call, inputs: list[Array], y: Array) -> None:
        """Call a function over all images."""
        named = {f"x{k}": x for k, x in enumerate(inputs)} | {"y": y}
        named |= {
            name: np.empty(count, kind.removesuffix("_t"))
            for name, (count, kind) in call.scratch.items()
        }
        arguments = [named.get(a, a) if isinstance(a, str) else a for a in call.arguments]
        arrays = [np.ascontiguousarray(a) for a in arguments if isinstance(a, np.ndarray)]
        numbers = [int(a) for a in arguments if not isinstance(a, np.ndarray)]
        first = next(a for a in call.arguments if isinstance(a, str) and a.startswith("x"))
        self.invoke(call.name, named[first], inputs[-1], y, arrays=arrays, numbers=numbers)

    def invoke(
        self, name: str, x: Array, z: Array, y: Array, *, arrays: list[Array], numbers: list[int]
    ) -> None:
        """Call netkit8_NAME with the addresses of arrays and with numbers."""
        addresses = (ADDRESS * len(arrays))(*(a.ctypes.data for a in arrays))
        whole = (ctypes.c_int * len(numbers))(*numbers)
        strides = (prod(a.shape[1:]) for a in (x, z, y))
        getattr(self.c, f"netkit8_{name}")(len(x), *strides, addresses, whole)

    def conv(self, step: Step, x: Array, y: Array) -> None:
        """Run a convolution by tiles."""
        s = step.settings
        mode = MAP_BY_MAP if s["groups"] > 1 else self.mode
        each = 2 if mode in (MODES["pairs"], MAP_BY_MAP) else 4
        found = self.tiles.get(id(step))
        if found is None:  # the step is kept too, so that no other one gets its number
            made = by_map(step) if mode == MAP_BY_MAP else tiles_of(step, each)
            found = self.tiles[id(step)] = (step, made)
        tiles = found[1]
        _, height, width, maps = x.shape
        top, left, bottom, right = s["pads"]
        words = -(-maps // each)
        _, kh, kw, _ = step.arrays["W"].shape
        rows, columns = height + top + bottom, width + left + right
        image = np.empty(rows * columns * words + BLOCK // 2, np.int32)  # more may be read
        numbers = [mode, height, width, maps, rows, columns, top, left, s["zero"]]
        numbers += [*y.shape[1:], kh, kw, *s["stride"], *s["dilation"], columns, words]
        numbers += [s["to"], s["low"], s["high"]]
        self.invoke("tiles", x, x, y, arrays=[x, y, image, *tiles], numbers=numbers)


def quick(step: Step) -> bool:
    """Return whether tiles.c takes a convolution: of one group, or one a map, factors below 1."""
    groups, maps = step.settings["groups"], len(step.arrays["W"])
    alone = groups == maps and step.arrays["W"].shape[3] == 1
    return (groups == 1 or alone) and int(step.arrays["shift"].min()) >= BITS


def tiles_of(step: Step, each: int) -> Tiles:
    """Return the arrays of a convolution for words of two numbers or of four."""
    kernels, arrays = step.arrays["W"], step.arrays
    out, kh, kw, maps = kernels.shape
    blocks, words = -(-out // BLOCK), -(-maps // each)
    wide = np.zeros((blocks * BLOCK, kh, kw, words * each), np.int16 if each == 2 else np.int8)
    wide[:out, ..., :maps] = kernels
    w = wide.reshape(blocks, BLOCK, kh, kw, words, each).transpose(0, 2, 3, 4, 1, 5)
    before = 0 if each == 2 else 128 + step.settings["zero"]
    sums = arrays["b"] - before * kernels.reshape(out, -1).astype(np.int64).sum(1)
    return Tiles(np.ascontiguousarray(w), *by_blocks(step, sums))


def by_map(step: Step) -> Tiles:
    """Return the arrays of a convolution of each map by itself, for numbers of 16 bits."""
    out, kh, kw, _ = step.arrays["W"].shape
    w = np.zeros((kh, kw, -(-out // BLOCK) * BLOCK), np.int16)
    w[..., :out] = step.arrays["W"][..., 0].transpose(1, 2, 0)
    return Tiles(w, *by_blocks(step, step.arrays["b"]))


def by_blocks(step: Step, sums: Array) -> list[Array]:
    """Return what sums begin with, m and shift, of whole blocks of maps."""
    padded = [np.zeros(-(-len(sums) // BLOCK) * BLOCK, np.int32) for _ in range(3)]
    padded[2][:] = BITS
    for array, given in zip(padded, (sums, step.arrays["m"], step.arrays["shift"]), strict=True):
        array[: len(sums)] = given
    return padded
