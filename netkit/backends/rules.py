"""Update rules that a backend may do in one pass over the flat weights."""

from netkit.types import Array


class Rules:
    """The rules that a backend may have a kernel for; as it stands, none.

    Vectors are of one length and of the net's type; weights and running vectors change in place.
    """

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
        """Update weights x by rule sgd in one pass, if there is a kernel; return whether it did.

        dx: the gradient.  v: the running vector, of no account without inertia.  h: of sdlm, whose
        gradient is dx / (h + mu).
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
        """Update weights x by rule rmsprop in one pass, if there is a kernel; say if it did.

        dx: the gradient.  s: the running mean, which moves by `share` of the way to its square.
        v: inertia v + dx / (sqrt(s) + epsilon), of which x then loses rate times as much.
        """
        return False

    def decay(self, dx: Array, x: Array, decayed: Array | None, *, l2: float, l1: float) -> bool:
        """Add l2 x + l1 sign(x) to the gradient dx in one pass, if there is a kernel.

        decayed: as of adam. Return whether it did.
        """
        return False
