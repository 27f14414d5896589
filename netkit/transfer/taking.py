"""Taking: which layers of a trained net fit a new one, and what is said of those that do not."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from netkit.errors import NetkitError
from netkit.transfer.rates import SHOWN, layer_of, limited
from netkit.types import Array, Shape

if TYPE_CHECKING:
    from netkit.net import Net

Arrays = Mapping[str, Array]


class Taking:
    """The layers of a file that a net takes: whole, some classes of them, or not at all.

    A layer is taken if all its arrays are there in its shapes. Of one that has a row for each
    class, where the classes are others, the rows of the classes that both know are taken, by name:
    the row of a digit means nothing for a letter.

    net: its weights and statistics are written by `apply`.  theirs: {"layer.name": array} of the
    file.  classes, their_classes: names, in the order of the rows; where those of the file are not
    known, its rows are taken as they are.  rows: {"layer.name": axis} of the arrays of the net
    that have a row for each class, and behind them perhaps others, such as the four distances to
    the sides of a box, which are taken as they are.
    """

    def __init__(
        self,
        net: "Net",
        theirs: Arrays,
        *,
        classes: Sequence[str],
        their_classes: Sequence[str] = (),
        rows: Mapping[str, int] | None = None,
    ) -> None:
        self.net = net
        self.ours: dict[str, Array] = {**net.weights, **net.states}
        self.theirs = theirs
        self.classes = list(classes)
        self.their_classes = list(their_classes) or self.classes
        self.same = self.classes == self.their_classes
        self.rows = dict(rows or {})
        self.common = [name for name in self.classes if name in set(self.their_classes)]
        self.whole: list[str] = []
        self.parts: list[str] = []  # layers of which rows are taken by the names of classes
        self.new: dict[str, str] = {}  # layers of which nothing is, and why
        for layer, arrays in by_layer(self.ours).items():
            self.sort(layer, arrays)
        self.unused = [layer for layer in by_layer(theirs) if layer not in by_layer(self.ours)]

    def sort(self, layer: str, arrays: list[str]) -> None:
        """Note whether a layer, with these arrays, is taken whole, in part or not."""
        there = by_layer(self.theirs).get(layer)
        if there is None:
            self.new[layer] = "not in the file"
            return
        by_rows = not self.same and any(name in self.rows for name in arrays)
        for name in sorted({*arrays, *there}):
            have, need = shape_of(self.theirs, name), shape_of(self.ours, name)
            fits = self.fits(name, have, need) if by_rows else have == need
            if not fits:
                self.new[layer] = f"{name} is {worded(have)} in the file and {worded(need)} here"
                return
        if not by_rows:
            self.whole.append(layer)
        elif self.common or any(self.behind(name) for name in arrays):
            self.parts.append(layer)
        else:
            self.new[layer] = "it answers other classes"

    def fits(self, name: str, have: Shape | None, need: Shape | None) -> bool:
        """Return whether an array of a layer that answers classes fits, but for their number."""
        axis = self.rows.get(name)
        if have is None or need is None or axis is None or len(have) != len(need):
            return have == need
        wanted = list(need)
        wanted[axis] += len(self.their_classes) - len(self.classes)
        return list(have) == wanted

    def behind(self, name: str) -> int:
        """Return how many rows of an array stand behind those of classes."""
        if name not in self.rows:
            return 0
        return int(self.ours[name].shape[self.rows[name]]) - len(self.classes)

    @property
    def complete(self) -> bool:
        """Whether no layer of the net, and no class of one, starts new."""
        return not self.new and (not self.parts or len(self.common) == len(self.classes))

    def apply(self) -> None:
        """Write what is taken into the net."""
        for layer in (*self.whole, *self.parts):
            for name in by_layer(self.ours)[layer]:
                view, array = self.ours[name], np.asarray(self.theirs[name])
                axis = self.rows.get(name)
                if self.same or axis is None:
                    view[...] = self.net.ops.asarray(array, self.net.dtype)
                    continue
                behind = range(self.behind(name))
                to = [self.classes.index(one) for one in self.common]
                to += [len(self.classes) + k for k in behind]
                chosen = [self.their_classes.index(one) for one in self.common]
                chosen += [len(self.their_classes) + k for k in behind]
                part = self.net.ops.asarray(array.take(chosen, axis), self.net.dtype)
                view[(slice(None),) * axis + (self.net.ops.asarray(to),)] = part

    def check(self, path: str, arch: str) -> None:
        """Raise NetkitError if nothing fits, with what differs first.

        arch: the name of the arch that the file was trained with.
        """
        if self.whole or self.parts:
            return
        layer, why = next(iter(self.new.items()), ("the net", "it has no weights"))
        has = ", ".join(limited(by_layer(self.theirs))) or "nothing"
        raise NetkitError(
            f"weights {path}: nothing in it fits the net: {layer}: {why}; the file has {has}: "
            f"use the arch it was trained with ({arch})"
        )

    def line(self, path: str) -> str:
        """Return what is taken, what starts new and what of the file is not used, in one line."""
        if not (self.parts or self.new or self.unused):
            return f"{path}: all of it is taken"
        said = [f"takes {', '.join(limited(self.whole))}"] if self.whole else []
        for layer in self.parts:
            known = f"{len(self.common)} of {len(self.classes)} classes"
            known += f" ({', '.join(limited(self.common))})" if self.common else ""
            others = any(map(self.behind, by_layer(self.ours)[layer]))
            said.append(f"of {layer} the rows of {known}{' and of boxes' if others else ''}")
        said += [f"{layer} starts new ({why})" for layer, why in first(self.new.items())]
        more = len(self.new) - SHOWN
        said += [f"{more} more layers start new"] if more > 0 else []
        said += [f"not used: {', '.join(limited(self.unused))}"] if self.unused else []
        return f"{path}: {'; '.join(said)}"


def by_layer(arrays: Iterable[str]) -> dict[str, list[str]]:
    """Return {layer: [names of its arrays]}, in order."""
    layers: dict[str, list[str]] = {}
    for name in arrays:
        layers.setdefault(layer_of(name), []).append(name)
    return layers


def shape_of(arrays: Arrays, name: str) -> Shape | None:
    """Return the shape of an array, None if it is not there."""
    return tuple(arrays[name].shape) if name in arrays else None


def worded(shape: Shape | None) -> str:
    """Return (16, 25) as 16x25."""
    return "missing" if shape is None else "x".join(map(str, shape))


def first(items: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the first SHOWN of some pairs."""
    return list(items)[:SHOWN]
