"""The calls of C functions that a step is: what both the kernels and a C file are made of.

The functions are in c/, a file each; an argument is a number, an array of constants, or the name of
what differs from call to call: x0, x1, y, and scratch.
"""

from collections.abc import Callable, Sequence
from math import prod
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from netkit.quantization.steps import Step
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.quantization.program import Program

Size: TypeAlias = tuple[int, int, int]  # height, width, maps
Argument: TypeAlias = int | str | Array


class Call(NamedTuple):
    """A call of the function net8_NAME, its arguments in order, and what scratch it needs.

    scratch: {name of an argument: (how many, "int16_t" or "int32_t")}.  inside: may y be x0?
    """

    name: str
    arguments: list[Argument]
    scratch: dict[str, tuple[int, str]] = {}  # noqa: RUF012
    inside: bool = False


def size_after(step: Step, sizes: Sequence[Size]) -> Size:
    """Return the size of what a step makes; raise ValueError where its inputs do not fit it."""
    high, wide, maps = sizes[0]
    s, kernels = step.settings, step.arrays.get("W")
    if kernels is not None:
        out, kh, kw, part = kernels.shape
        fits(part * s["groups"] == maps, step)
        top, left, bottom, right = s["pads"]
        (down, across), (dy, dx) = s["stride"], s["dilation"]
        rows = (high + top + bottom - (kh - 1) * dy - 1) // down + 1
        return checked((rows, (wide + left + right - (kw - 1) * dx - 1) // across + 1, out), step)
    if step.kind in ("maxpool", "meanpool"):
        (kh, kw), (down, across) = s["kernel"], s["stride"]
        return checked(((high - kh) // down + 1, (wide - kw) // across + 1, maps), step)
    if step.kind in ("add", "multiply"):
        a, b, c = np.broadcast_shapes(*sizes)
        fits(all(size[:2] in ((a, b), (1, 1)) and size[2] in (c, 1) for size in sizes), step)
        return a, b, c
    if step.kind == "concat":
        if s["flat"]:
            return 1, 1, sum(map(prod, sizes))
        fits(all(size[:2] == (high, wide) for size in sizes), step)
        return high, wide, sum(size[2] for size in sizes)
    if step.kind == "pad":
        top, left, bottom, right = s["sides"]
        inside = max(top, bottom) < high and max(left, right) < wide
        fits(s["mode"] == "constant" or inside, step)
        return high + top + bottom, wide + left + right, maps
    if step.kind == "cut":
        places = zip(s["places"], sizes[0], strict=True)
        rows, columns, some = (len(range(at, n - left, by)) for (at, by, left), n in places)
        return checked((rows, columns, some), step)
    table = step.arrays.get("T")
    fits(table is None or table.ndim == 1 or len(table) == maps, step)
    return sizes[0]


def sizes_of(program: "Program", size: Size) -> dict[str, Size]:
    """Return the size of every value of a program's steps for images of `size`.

    Raises ValueError, naming the step, where the image does not fit.
    """
    sizes = {program.input: size}
    for step in program.steps:
        sizes[step.output] = size_after(step, [sizes[name] for name in step.inputs])
    return sizes


def fits(right: bool, step: Step) -> None:
    """Raise ValueError, naming the step, unless something is right."""
    if not right:
        raise ValueError(f"the maps that {step.output} takes")


def checked(size: Size, step: Step) -> Size:
    """Return a size; raise ValueError if it is empty."""
    fits(min(size) > 0, step)
    return size


def calls_of(step: Step, sizes: Sequence[Size], size: Size) -> list[Call]:
    """Return the calls that make one image's output, of `size`, from inputs of `sizes`."""
    make = CALLS.get(step.kind)
    return make(step, sizes, size) if make else joined(step, sizes, size)


def convolution(step: Step, sizes: Sequence[Size], size: Size) -> list[Call]:
    s, arrays = step.settings, step.arrays
    arguments: list[Argument] = ["x0", "y", arrays["W"], arrays["b"]]
    if step.kind == "conv":
        arguments += [arrays["m"], arrays["shift"].astype(np.uint8)]
    else:
        arguments.append(arrays["scale"])
    arguments += [*sizes[0], *size, s["groups"], *arrays["W"].shape[1:3], *s["stride"]]
    arguments += [*s["pads"][:2], *s["dilation"], s["zero"]]
    return [Call(step.kind, arguments + (clips(step) if step.kind == "conv" else []))]


def clips(step: Step) -> list[Argument]:
    """Return what is added to a scaled sum, and what it is clipped to."""
    return [step.settings[name] for name in ("to", "low", "high")]


def floats(step: Step, sizes: Sequence[Size], size: Size) -> list[Call]:
    return [Call("floats", ["x0", "y", step.arrays["scale"], prod(size), step.settings["zero"]])]


def table(step: Step, sizes: Sequence[Size], size: Size) -> list[Call]:
    rows = step.arrays["T"]
    maps = len(rows) if rows.ndim > 1 else 1
    return [Call("table", ["x0", "y", rows, prod(size), maps], inside=True)]


def pair(step: Step, sizes: Sequence[Size], size: Size) -> list[Call]:
    s = step.settings
    arguments: list[Argument] = ["x0", "x1", "y", size[0] * size[1], size[2]]
    for each in sizes:
        arguments += [each[0] * each[1], each[2]]
    factors = [*s["by"], s["shift"]] if step.kind == "add" else [s["m"], s["shift"]]
    inside = sizes[0] == size
    return [Call(step.kind, [*arguments, *s["zeros"], *factors, *clips(step)], inside=inside)]


def pool(step: Step, sizes: Sequence[Size], size: Size) -> list[Call]:
    s = step.settings
    arguments: list[Argument] = ["x0", "y", *sizes[0][1:], *size[:2], *s["kernel"], *s["stride"]]
    if step.kind == "meanpool":
        arguments += [s["zero"], s["m"], s["shift"], *clips(step)]
    return [Call(step.kind, arguments)]


def joined(step: Step, sizes: Sequence[Size], size: Size) -> list[Call]:
    first, made, flat = 0, [], step.settings["flat"]
    for k, (high, wide, maps) in enumerate(sizes):
        made.append(Call("join", [f"x{k}", "y", high * wide, maps, size[2], first, flat]))
        first += high * wide * maps if flat else maps
    return made


def pad(step: Step, sizes: Sequence[Size], size: Size) -> list[Call]:
    s = step.settings
    mirror = int(s["mode"] == "reflect")
    return [Call("pad", ["x0", "y", *sizes[0], *size[:2], *s["sides"][:2], s["zero"], mirror])]


def cut(step: Step, sizes: Sequence[Size], size: Size) -> list[Call]:
    places = [n for start, by, _ in step.settings["places"] for n in (start, by)]
    return [Call("cut", ["x0", "y", *sizes[0][1:], *size, *places])]


def contrast(step: Step, sizes: Sequence[Size], size: Size) -> list[Call]:
    s, windows = step.settings, [step.arrays["mean"], step.arrays["deviation"]]
    names = "zero", "bits", "window_bits", "epsilon", "threshold", "floor", "gain", "gain_shift"
    arguments: list[Argument] = ["x0", "y", *windows, "means", "rows", *size]
    arguments += [*windows[0].shape, *windows[1].shape, *(int(s[name]) for name in names)]
    high, wide, _ = size
    rows = wide * max(len(window) for window in windows)
    scratch = {"means": (high * wide, "int16_t"), "rows": (rows, "int32_t")}
    return [Call("contrast", arguments + clips(step), scratch, inside=True)]


CALLS: dict[str, Callable[[Step, Sequence[Size], Size], list[Call]]] = {
    "conv": convolution,
    "scores": convolution,
    "floats": floats,
    "table": table,
    "add": pair,
    "multiply": pair,
    "maxpool": pool,
    "meanpool": pool,
    "concat": joined,
    "pad": pad,
    "cut": cut,
    "contrast": contrast,
}
