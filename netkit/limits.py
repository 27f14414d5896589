"""Limits: how large a net may be, asked before anything is allocated for it."""

from collections.abc import Iterable, Sequence
from math import prod
from typing import Any

from netkit.errors import NetkitError, shown

DEEPEST = 50  # layers inside one another, and lists in their arguments
MOST_LAYERS = 10_000
MOST_VALUES = 1 << 24  # in all arguments: tables of connections are the long ones
MOST_BYTES = 16 << 30
WIDEST = 1 << 16  # a side of a window whose weights are computed
COUNTLESS = 1 << 70  # bytes: larger numbers are no numbers of a memory


def check_specs(specs: Any, where: str = "arch.layers") -> None:
    """Raise NetkitError unless specs are {name: {type: ..., ...}}, of a size that can be built."""
    if not isinstance(specs, dict) or not specs:
        kind = "nothing" if specs is None or specs == {} else f"a {type(specs).__name__}"
        raise NetkitError(f"{where}: {kind}: write layers as {{NAME: {{type: TYPE, ...}}, ...}}")
    level: list[Any] = [specs]
    layers = values = deep = 0
    while level:
        inside: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                layers += "type" in value
                inside += value.values()
            elif isinstance(value, (list, tuple)):
                inside += value
            if layers > MOST_LAYERS:
                raise NetkitError(
                    f"{where}: more than {MOST_LAYERS:,} layers: write a smaller arch"
                )
            if values + len(inside) > MOST_VALUES:
                raise NetkitError(
                    f"{where}: more than {MOST_VALUES:,} values: write a smaller arch"
                )
        values += len(inside)
        level = [value for value in inside if isinstance(value, (dict, list, tuple))]
        deep += 1
        if deep > 2 * DEEPEST and level:  # a layer in a layer is two mappings
            raise NetkitError(
                f"{where}: layers inside layers, over {DEEPEST} deep: write a flatter arch"
            )


def check_name(name: Any, where: str) -> str:
    """Return a layer's name; raise NetkitError if it cannot stand in a weights file."""
    if isinstance(name, int) and not isinstance(name, bool):
        return str(name)  # YAML reads the name 1 as a number
    if not isinstance(name, str) or not name.isprintable() or not name or set("/.") & set(name):
        raise NetkitError(
            f"{where}: {str(name)[:60]!r} is no name of a layer: give a text without . and /"
        )
    return name


def check_memory(
    arrays: Iterable[tuple[str, Sequence[int]]],
    each: int,
    what: str,
    remedy: str = "make this layer smaller",
) -> None:
    """Raise NetkitError if arrays, (name, shape), of so many bytes a number are too large.

    what, remedy: what to call them all in the error, and what to do about it.
    """
    total, largest, name = 0, 0, ""
    for full, shape in arrays:
        size = prod(int(n) for n in shape) * each
        total += size
        if size > largest:
            largest, name = size, full
    if total > MOST_BYTES:
        raise NetkitError(
            f"{name}: {what} need {gib(total)}, {gib(largest)} of it here: at most "
            f"{MOST_BYTES >> 30} GiB are given: {remedy}"
        )


def gib(size: int) -> str:
    """Return so many bytes in words, however many they are."""
    return f"{size / 2**30:,.1f} GiB" if size < COUNTLESS else "over a billion TiB"


def check_window(kernel: Sequence[int], name: str) -> None:
    """Raise NetkitError if a layer's window, whose weights it computes, is too wide."""
    if max(kernel) > WIDEST:
        raise NetkitError(
            f"{name}: kernel={shown(list(kernel))}: at most {WIDEST:,} pixels a side: "
            "make it smaller"
        )
