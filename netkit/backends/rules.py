"""Update rules that a backend may do in one pass over the flat weights."""

from netkit.types import Array


class Rules:
    """The rules that a backend may have a kernel for; as it stands, none.

    Vectors are of one length and of the net's type; weights and running vectors change in place.
    """

    def sgd(
        self, x: Array, dx: Array, v: Array, *, rate: float, inertia: float, nesterov: bool
    ) -> bool:
        """Update weights x by rule sgd in one pass, if there is a kernel; return whether it did.

        dx: the gradient.  v: the running vector, of no account without inertia.
        """
        return False

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
        """Update weights x by rule adam in one pass, if there is a kernel; return whether it did.

        dx: the gradient.  m, s: the running means, which move by `shares` of the way to dx and its
        square.  decayed: 1 for each weight of which `decay` is taken off; None: all.  x then loses
        rate m / (root sqrt(s) + epsilon).
        """
        return False
