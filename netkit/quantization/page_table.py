"""A net in eight bits as a table, which c/int8.c of netkit/export/page runs: see table.py there."""

from collections.abc import Collection
from math import prod
from typing import NamedTuple

import numpy as np

from netkit.errors import NetkitError
from netkit.export.graph import Operator
from netkit.export.page.operators import COPY, FUNCTIONS, MATMUL, PAIRS, softmax, steps
from netkit.export.page.operators import binary as pair
from netkit.export.page.operators import unary as single
from netkit.export.page.table import Table
from netkit.export.page.writer import Value, Writer
from netkit.quantization.calls import Call, Size, calls_of, sizes_of
from netkit.quantization.net import kernels_of
from netkit.quantization.program import Program
from netkit.quantization.steps import Step
from netkit.types import Shape

CALLED = ["pixels", "shown", "conv", "scores", "table", "add", "multiply", "maxpool", "meanpool"]
CALLED += ["join", "pad", "cut", "contrast"]  # as WHOLE of c/int8.c, behind the kinds of floats
ENDS = dict.fromkeys(FUNCTIONS, single) | dict.fromkeys(PAIRS, pair)
ENDS |= dict.fromkeys(("Softmax", "LogSoftmax"), softmax)
WORD = 4  # bytes of a place in the block
EIGHT, PLACES = 8, 2  # numbers of 16 bits in a vector; places that c/conv8.c takes at once


class WholeTable(NamedTuple):
    """A Table, and where in its block whole numbers of eight bits lie.

    codes: {name of a value: (place, (height, width, maps))}.  kernels: {name of the value that a
    convolution makes: (place of its kernels, place of what 1 stands for in each map's)}.
    """

    table: Table
    codes: dict[str, tuple[int, Size]]
    kernels: dict[str, tuple[int, int]]


def table_of(program: Program, size: Size, shown: Collection[str]) -> WholeTable:
    """Return the table of a program for images of `size`, (height, width, maps).

    shown: the values whose floats are to be seen, beside those that are floats anyway.  Raises
    ValueError, naming the step, where images of that size do not fit, and NetkitError for an
    operator behind the last convolution that a page cannot run, and for too large a net.
    """
    tabled = Tabled(program, size, shown)
    tabled.write()
    writer = tabled.writer
    names = [name for name in writer.places if name not in program.arrays]
    table = Table.of(writer, tabled.at + tabled.most, names)
    return WholeTable(table, tabled.codes, tabled.kernels)


class Tabled:
    """A table as it is written: constants lie first in the block, then every value, then scratch.

    at: where what a single call needs for itself begins; most: the words that one of them needs.
    """

    def __init__(self, program: Program, size: Size, shown: Collection[str]) -> None:
        self.program, self.sizes = program, sizes_of(program, size)
        self.last = program.steps[-1].output  # the first value in floats
        self.writer = Writer(program.arrays)
        self.calls: list[tuple[Step, list[Call]]] = []
        self.held: dict[int, int] = {}  # where arrays lie, by their id
        self.kernels: dict[str, tuple[int, int]] = {}
        for step in program.steps:
            self.keep(step)
        constant = self.writer.constant
        names = [x for x in self.sizes if x in shown and x not in (self.last, program.input)]
        self.scales = {x: constant(np.array(program.formats[x].scale)) for x in names}
        self.at = self.writer.size
        whole = {x: size for x, size in self.sizes.items() if x != self.last}
        self.codes = {x: (self.room(prod(size)), size) for x, size in whole.items()}
        for name in [program.input, *names, self.last]:
            self.floats(name, self.sizes[name])
        for operator in program.tail:
            self.floats(operator.output, self.sizes[self.last])
        self.most = 0

    def keep(self, step: Step) -> None:
        """Put the arrays of a step among the constants."""
        inputs = [self.sizes[name] for name in step.inputs]
        calls = calls_of(step, inputs, self.sizes[step.output])
        self.calls.append((step, calls))
        for array in (a for call in calls for a in call.arguments if isinstance(a, np.ndarray)):
            self.held[id(array)] = self.writer.constant(array)
        if "W" in step.arrays:
            scale = self.writer.constant(kernels_of(self.program, step).scale)
            self.kernels[step.output] = self.held[id(step.arrays["W"])], scale

    def room(self, bytes: int) -> int:
        """Return the place of so many bytes that nothing else has."""
        at = self.at
        self.at += -(-bytes // WORD)
        return at

    def floats(self, name: str, size: Size) -> None:
        """Make room for the floats of a value, (maps, height, width)."""
        high, wide, maps = size
        self.writer.places[name] = Value(self.room(WORD * prod(size)), (maps, high, wide))

    # ---- operators ----

    def write(self) -> None:
        """Write all of them."""
        program, places = self.program, self.writer.places
        high, wide, maps = self.sizes[program.input]
        into = [places[program.input].at, self.codes[program.input][0]]
        self.function("pixels", into, [high * wide, maps])
        for step, calls in self.calls:
            if step.kind == "floats":
                self.show(step.inputs[0], step.output, self.held[id(step.arrays["scale"])])
                continue
            for call in calls:
                self.call(step, call)
            if step.output in self.scales:
                self.show(step.output, step.output, self.scales[step.output])
        for operator in program.tail:
            self.end(operator)

    def end(self, operator: Operator) -> None:
        """Write an operator of floats behind the last convolution.

        Raises NetkitError, naming the layer, for one that a page does not run there.
        """
        shape = self.writer.places[self.last].shape
        given = [self.writer.places[name].shape for name in operator.inputs]
        writes = ENDS.get(operator.kind)
        fits = len(given) == 1 if writes is not pair else len(given) > 0
        if writes is None or not fits or not all(spreads(each, shape) for each in given):
            raise NetkitError(
                f"{operator.layer}: {operator.kind} behind the last convolution is not run by a "
                "page of eight bits: leave the layer out, or convert the float run"
            )
        writes(self.writer, operator, {})

    def function(self, name: str, addresses: list[int], numbers: list[int]) -> None:
        """Write an operator that calls a function of c/int8.c."""
        kind = MATMUL + 1 + CALLED.index(name)
        self.writer.put([kind, len(addresses), *addresses, *numbers])

    def show(self, name: str, to: str, scale: int) -> None:
        """Write what makes floats of whole numbers; scale: where what 1 stands for lies."""
        at, (high, wide, maps) = self.codes[name]
        zero = self.program.formats[name].zero
        self.function("shown", [at, self.writer.places[to].at, scale], [high * wide, maps, zero])

    def call(self, step: Step, call: Call) -> None:
        """Write a call; the maps of `scores` are put behind each other after it."""
        named = {f"x{k}": self.codes[name][0] for k, name in enumerate(step.inputs)}
        size, begin = self.sizes[step.output], self.at
        scores = call.name == "scores"
        beside = self.room(WORD * prod(size)) if scores else 0
        named["y"] = beside if scores else self.codes[step.output][0]
        for name, (count, kind) in call.scratch.items():
            named[name] = self.room(count * np.dtype(kind.removesuffix("_t")).itemsize)
        addresses, numbers = [], []
        for each in call.arguments:
            if isinstance(each, str):
                addresses.append(named[each])
            elif isinstance(each, np.ndarray):
                addresses.append(self.held[id(each)])
            else:
                numbers.append(int(each))
        if "W" in step.arrays:
            addresses += map(self.room, rooms(step, size))
        self.function(call.name, addresses, numbers)
        if scores:
            _, wide, maps = size
            y = self.writer.places[step.output]
            across = [1, wide * maps, maps]
            self.writer.add(COPY, [beside, y.at], [*y.shape, 0, *across, 0, *steps(y.shape)])
        self.at, self.most = begin, max(self.most, self.at - begin)


def spreads(shape: Shape, to: Shape) -> bool:
    """Return whether an array of a shape is spread to another one, (maps, height, width)."""
    lacking = len(to) - len(shape)
    return lacking >= 0 and all(n in (1, most) for n, most in zip(shape, to[lacking:], strict=True))


def rooms(step: Step, size: Size) -> tuple[int, int]:
    """Return the bytes that c/conv8.c needs for an image of 16 bits and for windows or kernels."""
    s = step.settings
    (down, across), (dy, dx) = s["stride"], s["dilation"]
    out, kh, kw, part = step.arrays["W"].shape
    rows, columns = (size[0] - 1) * down + (kh - 1) * dy + 1, (size[1] - 1) * across
    image = rows * (columns + (kw - 1) * dx + 1) * part * s["groups"]
    windows = max(PLACES * eights(kh * kw * part), kh * kw * eights(out))
    return 2 * (image + EIGHT), 2 * (windows + EIGHT)


def eights(count: int) -> int:
    """Return a number or the next one that eight divides."""
    return -(-count // EIGHT) * EIGHT
