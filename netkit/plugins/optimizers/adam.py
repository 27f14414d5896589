"""Adam and AdamW."""

from typing import Any

from netkit.checks import Amount, ShareBelow1
from netkit.optimizer import Optimizer
from netkit.types import Array


class Adam(Optimizer):
    """Divide a running mean of the gradient by the root of one of its square (Kingma & Ba 2015).

    beta1, beta2: how much of the two running means stays at each step.  decay: times eta and each
    weight, taken off it at each step (AdamW, Loshchilov & Hutter 2019).
    """

    slots: tuple[str, ...] = ("m", "s")

    def __init__(
        self,
        eta: Amount = 1e-3,
        beta1: ShareBelow1 = 0.9,
        beta2: ShareBelow1 = 0.999,
        *,
        epsilon: Amount = 1e-8,
        decay: Amount = 0.0,
        **common: Any,
    ) -> None:
        super().__init__(eta, **common)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.decay = decay

    def update(self, x: Array, dx: Array, slots: dict[str, Array], age: int, rate: float) -> None:
        m, s = slots["m"], slots["s"]
        # Both running means start from zero: the two divisors undo that.
        scale = rate / (1 - self.beta1**age)
        divisor = (1 - self.beta2**age) ** -0.5
        if self.ops is not None and self.ops.adam(
            *(x, dx, m),
            s=s,
            decayed=self._decayed,
            rate=scale,
            shares=(1 - self.beta1, 1 - self.beta2),
            root=divisor,
            epsilon=self.epsilon,
            decay=rate * self.decay,
        ):
            return
        scratch = self.scratch(x)
        scratch[...] = dx
        scratch -= m
        scratch *= 1 - self.beta1
        m += scratch  # m = beta1 m + (1 - beta1) dx
        dx *= dx
        dx -= s
        dx *= 1 - self.beta2
        s += dx  # s = beta2 s + (1 - beta2) dx²
        root = dx
        root[...] = s
        root **= 0.5
        root *= divisor
        root += self.epsilon
        if self.decay:
            self.shrink(x, rate * self.decay)
        scratch[...] = m
        scratch /= root
        scratch *= scale
        x -= scratch
