"""Update rules in one pass of the compiled kernels over the flat weights, by all threads."""

import numpy as np

from netkit.backends.native.helpers import LONG, Helpers
from netkit.backends.native.library import TURN, Library
from netkit.backends.native.structs import UPDATE
from netkit.types import Array

RULES = {"sgd": 1, "adam": 2, "rmsprop": 3, "decay": 4}
UNIT = 8192  # weights that a thread takes at a time, and more of many
MOST_UNITS = 64


class CompiledRules:
    """The rules that have a kernel, for vectors of float32; as Backend has them."""

    library: Library
    helpers: Helpers
    turns: np.ndarray | None = None  # that threads take in an update

    def sgd(
        self,
        x: Array,
        dx: Array,
        v: Array,
        *,
        rate: float,
        inertia: float,
        nesterov: bool,
        h: Array | None = None,
        mu: float = 0.0,
    ) -> bool:
        numbers = rate, inertia, nesterov, mu
        return self.change("sgd", x, dx, v if inertia else None, of=h, numbers=numbers)

    def adam(
        self,
        x: Array,
        dx: Array,
        m: Array,
        *,
        s: Array,
        decayed: Array | None,
        rate: float,
        shares: tuple[float, float],
        root: float,
        epsilon: float,
        decay: float,
    ) -> bool:
        numbers = rate, *shares, root, epsilon, decay
        return self.change("adam", x, dx, m, s, of=decayed, numbers=numbers)

    def rmsprop(
        self,
        x: Array,
        dx: Array,
        s: Array,
        *,
        v: Array,
        rate: float,
        share: float,
        epsilon: float,
        inertia: float,
    ) -> bool:
        return self.change("rmsprop", x, dx, v, s, numbers=(rate, share, epsilon, inertia))

    def decay(self, dx: Array, x: Array, decayed: Array | None, *, l2: float, l1: float) -> bool:
        return self.change("decay", dx, x, of=decayed, numbers=(l2, l1))

    def change(
        self,
        rule: str,
        x: Array,
        dx: Array,
        v: Array | None = None,
        s: Array | None = None,
        *,
        of: Array | None = None,
        numbers: tuple[float, ...],
    ) -> bool:
        """Change the vector x by a rule, if the kernels can; return whether they could.

        Which vector and which number is which stands in rules.inc.
        """
        vectors = x, dx, v, s, of
        if not alike(*vectors):
            return False
        unit = max(UNIT, -(-x.size // MOST_UNITS))
        places = (0 if each is None else each.ctypes.data for each in vectors)
        numbers += (0.0,) * (6 - len(numbers))
        told = np.array((RULES[rule], self.library.number, x.size, unit, *places, numbers), UPDATE)
        board, turns = 0, None
        if x.size > UNIT and not self.helpers.idle:
            if self.turns is None:
                self.turns = np.zeros(TURN * (3 * MOST_UNITS + 1), np.int64)
            board, turns = self.helpers.call(-(-x.size // unit) - 1, LONG), self.turns.ctypes.data
        self.library.c.netkit_update(told.ctypes.data, turns, board)
        return True


def alike(first: Array, *others: Array | None) -> bool:
    """Return whether vectors, those that are there, are float32 of one length without gaps."""
    return all(
        v.dtype == np.float32 and v.flags.c_contiguous and v.size == first.size
        for v in (first, *others)
        if v is not None
    )
