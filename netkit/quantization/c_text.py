"""The text of a net in eight bits in C: its calls, and where its values lie in memory."""

from importlib.resources import files
from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np

from netkit.export.c.memory import Memory, placed
from netkit.export.c.text import WIDE, numbers
from netkit.quantization.calls import Call, Size, calls_of, sizes_of
from netkit.quantization.program import Program
from netkit.quantization.steps import Step
from netkit.types import Array

HERE = files("netkit.quantization") / "c"
NEEDS = {  # what others are written with
    "conv": ("scaled", "sum"),
    "scores": ("sum",),
    "multiply": ("scaled",),
    "meanpool": ("scaled",),
}
TYPES = {"int8": "int8_t", "uint8": "uint8_t", "int32": "int32_t", "float32": "float"}


class Placed(NamedTuple):
    """A step for the planning of memory: what it makes and takes, and whether it lies in place.

    strip: none; netkit.export.c.memory asks for it.
    """

    y: str
    x: list[str]
    in_place: bool
    strip: int = 0


class Made:
    """A program for images of one size: its calls, where values lie, its text.

    size: (height, width, maps) of the images.
    """

    def __init__(self, program: Program, size: Size) -> None:
        self.program = program
        self.sizes = sizes_of(program, size)
        self.calls: list[tuple[Step, list[Call]]] = []
        self.names: dict[int, str] = {}  # of arrays, by their id
        self.arrays: list[Array] = []
        for step in program.steps:
            sizes = [self.sizes[name] for name in step.inputs]
            self.calls.append((step, calls_of(step, sizes, self.sizes[step.output])))
        self.memory = self.place()

    def place(self) -> Memory:
        """Return where in memory, by bytes, every value of whole numbers lies."""
        steps = self.program.steps
        last = {name: k for k, step in enumerate(steps) for name in step.inputs}
        begun = [Placed(self.program.input, [], False)]
        for k, (step, calls) in enumerate(self.calls[:-1]):
            alone = last[step.inputs[0]] == k and step.inputs.count(step.inputs[0]) == 1
            begun.append(Placed(step.output, step.inputs, alone and calls[0].inside))
        end = steps[-1].inputs[0]
        bytes = {name: prod(size) for name, size in self.sizes.items()}
        return placed(begun, bytes, end)  # type: ignore[arg-type]

    def scratch(self) -> dict[str, tuple[int, str]]:
        """Return the scratch of all calls: {name: (how many, type)}."""
        most: dict[str, tuple[int, str]] = {}
        for _, calls in self.calls:
            for name, (count, kind) in (pair for call in calls for pair in call.scratch.items()):
                most[name] = max(count, most.get(name, (0, kind))[0]), kind
        return most

    def scratch_bytes(self) -> int:
        """Return the bytes of all scratch."""
        return sum(n * np.dtype(kind[:-2]).itemsize for n, kind in self.scratch().values())

    def operators(self) -> list[str]:
        """Return the text of the functions that are called."""
        used = {call.name for _, calls in self.calls for call in calls}
        first = {name for each in used for name in NEEDS.get(each, ())}
        order = ["base", "pixels", *sorted(first), *sorted(used)]
        return [(HERE / f"{name}.c").read_text() for name in order]

    def constants(self) -> list[str]:
        """Return the text of the arrays of all calls; names them."""
        lines = []
        for number, (_, calls) in enumerate(self.calls):
            arrays = [a for call in calls for a in call.arguments if isinstance(a, np.ndarray)]
            for k, array in enumerate(arrays):
                name = self.names[id(array)] = f"net_numbers{number}_{k}"
                self.arrays.append(array)
                kind = TYPES[array.dtype.name]
                text = numbers(array) if kind == "float" else whole(array)
                lines.append(f"static const {kind} {name}[{array.size}] = {{\n{text}}};")
        return lines

    def body(self, end: list[str], output: str) -> list[str]:
        """Return the function net_pass, and the memory that it works in."""
        kept = [f"static {t} net_{name}[{n}];" for name, (n, t) in self.scratch().items()]
        program, at = self.program, self.memory.at
        count = prod(self.sizes[program.input])
        lines = [f"    net8_pixels(pixels, m + {at[program.input]}, {count});"]
        for step, calls in self.calls:
            high, wide, maps = self.sizes[step.output]
            lines.append(f"    /* {step.layer}: {maps} x {high} x {wide} */")
            places = {f"x{k}": f"m + {at[name]}" for k, name in enumerate(step.inputs)}
            places["y"] = f"m + {at[step.output]}" if step.output in at else "net_floats0"
            places |= {name: f"net_{name}" for name in self.scratch()}
            for call in calls:
                words = [
                    places[a] if isinstance(a, str) else self.names.get(id(a)) or str(int(a))
                    for a in call.arguments
                ]
                lines += wrapped(f"    net8_{call.name}({', '.join(words)});")
        return [
            *kept,
            f"static int8_t net_memory[{self.memory.size}];",
            "",
            "/* Run the net: return where its outputs lie. */",
            "static float *net_pass(const uint8_t *pixels)",
            "{",
            "    int8_t *const m = net_memory;",
            *lines,
            *("    " + line for line in end),
            f"    return {output};",
            "}",
        ]

    def report(self, target: Path, memory: int) -> str:
        """Return what was written and what it takes."""
        rows = [["layer", "gives", "step", "bytes of numbers"]]
        for step, calls in self.calls:
            high, wide, maps = self.sizes[step.output]
            arrays = [a for call in calls for a in call.arguments if isinstance(a, np.ndarray)]
            size = sum(a.nbytes for a in arrays)
            rows.append([step.layer, f"{maps}x{high}x{wide}", step.kind, f"{size:,}"])
        flash = sum(a.nbytes for a in self.arrays)
        names = f"{target}, {target.with_suffix('.h').name}"
        said = f"{names}: eight bits; flash: {flash:,} bytes of numbers, and the code; "
        return f"{said}RAM: {memory:,} bytes\n\n{columns(rows)}"


def whole(array: Array) -> str:
    """Return whole numbers as lines of C."""
    words = [f"{n}," for n in array.ravel().tolist()]
    return "\n".join(wrapped("    " + " ".join(words))) + "\n"


def wrapped(line: str) -> list[str]:
    """Return a line as several where it is long, divided behind commas."""
    lines = []
    while len(line) > WIDE:
        at = line.rindex(" ", 5, WIDE)
        lines.append(line[:at])
        line = "        " + line[at + 1 :]
    return [*lines, line]


def columns(rows: list[list[str]]) -> str:
    """Return rows as lines, their words one under the other, the last ones to the right."""
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join([*(w.ljust(n) for w, n in zip(words, wide, strict=False)), last.rjust(wide[-1])])
        for *words, last in rows
    ]
    return "\n".join(lines)
