"""What the operators of a table are written with: their words, their constants, their places."""

from typing import NamedTuple

import numpy as np

from netkit.export.plan import Plan
from netkit.types import Array, Shape

WORDS = 24  # of an operator, as in c/net.c


class Value(NamedTuple):
    """Where a value or a constant lies in the block, in floats, and its shape (C, H, W)."""

    at: int
    shape: Shape


class Writer:
    """Writes the operators of a plan, one after the other."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.operators: list[list[int]] = []
        self.constants: list[Array] = []
        self.size = 0  # of the constants
        self.places: dict[str, Value] = {}
        for name, array in plan.arrays.items():
            if array.dtype.kind == "f":
                self.places[name] = Value(self.constant(array), tuple(array.shape))
        self.room = 0  # where what convolutions use for themselves begins
        self.most = 0  # floats that one of them uses

    def constant(self, array: Array) -> int:
        """Append an array to the constants; return where it lies."""
        at = self.size
        self.constants.append(np.asarray(array, np.float32).ravel())
        self.size += self.constants[-1].size
        return at

    def add(self, kind: int, places: list[int], settings: list[int]) -> None:
        """Append an operator: the places of x, y, w and b, and what its kind needs."""
        words = [kind, *places, *[0] * (4 - len(places)), *settings]
        self.operators.append([*words, *[0] * (WORDS - len(words))])

    def place(self, name: str) -> Value:
        """Return where a value or a constant lies."""
        return self.places[name]
