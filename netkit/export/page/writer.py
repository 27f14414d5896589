"""What the operators of a table are written with: their words, their constants, their places."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from netkit.types import Array, Shape

WORDS = 32  # of an operator, as in c/net.c


class Value(NamedTuple):
    """Where a value or a constant lies in the block, in floats, and its shape (C, H, W)."""

    at: int
    shape: Shape


class Writer:
    """Writes the operators of a plan, one after the other.

    arrays: its constants, {name: array}; those of floats are taken.
    """

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self.operators: list[list[int]] = []
        self.constants: list[Array] = []
        self.size = 0  # of the constants
        self.places: dict[str, Value] = {}
        for name, array in arrays.items():
            if array.dtype.kind == "f":
                self.places[name] = Value(self.constant(array), tuple(array.shape))
        self.room = 0  # where what convolutions use for themselves begins
        self.most = 0  # floats that one of them uses

    def constant(self, array: Array) -> int:
        """Append an array to the constants; return where it lies.

        Floats become float32; whole numbers stay what they are, up to the end of a word.
        """
        at = self.size
        whole = array if array.dtype.kind in "iu" else np.asarray(array, np.float32)
        bytes = np.frombuffer(whole.tobytes(), np.uint8)
        self.constants.append(np.pad(bytes, (0, -len(bytes) % 4)).view(np.float32))
        self.size += self.constants[-1].size
        return at

    def block(self) -> Array:
        """Return all constants as the block has them: words, float32 whatever they stand for."""
        return np.concatenate([*self.constants, np.zeros(0, np.float32)])

    def add(self, kind: int, places: list[int], settings: list[int]) -> None:
        """Append an operator: the places of x, y, w and b, and what its kind needs."""
        self.put([kind, *places, *[0] * (4 - len(places)), *settings])

    def put(self, words: list[int]) -> None:
        """Append an operator by its words."""
        self.operators.append([*words, *[0] * (WORDS - len(words))])

    def place(self, name: str) -> Value:
        """Return where a value or a constant lies."""
        return self.places[name]
