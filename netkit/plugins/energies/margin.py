"""The hinge loss: margin."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from netkit.checks import Positive
from netkit.energy import Energy, output_range
from netkit.errors import NetkitError
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.net import Net


class Margin(Energy):
    """How much the class's output falls short of standing `margin` above the best of the others.

    max(0, margin + best other - own): the hinge loss of LeCun, Chopra, Hadsell, Ranzato & Huang
    2006, section 2.2. The confidence is by how much of the margin the answer stands above the
    second.
    """

    def __init__(self, margin: Positive = 1.0) -> None:
        self.margin = margin

    def outputs(self, classes: int) -> int:
        if classes < 2:
            raise NetkitError(
                f"energy margin: it compares classes, and there is {classes}: give two or more"
            )
        return classes

    def forward(self, y: Array, labels: Array) -> tuple[Array, Callable[[Any], Array]]:
        y, xp = y[:, 0, 0], self.ops.xp
        samples = xp.arange(y.shape[1])
        own = y[labels, samples]
        others = y.copy()
        others[labels, samples] = -float("inf")
        rival = others.argmax(0)
        short = self.margin + others.max(0) - own

        def backward(scale: Any) -> Array:
            dy = xp.zeros_like(y)
            pull = (short > 0) * scale
            dy[labels, samples] = -pull
            dy[rival, samples] = pull
            return dy[:, None, None]

        return xp.maximum(short, 0), backward

    def primitive(self) -> dict[str, Any]:
        return {"kind": "margin", "setting": self.margin}

    def warnings(self, net: "Net") -> Iterator[str]:
        low, high = output_range(net)
        if high - low < self.margin:
            last = list(net.layers.values())[-1]
            yield (
                f"energy: {last.name} ({last.kind}), the last layer, gives numbers from {low:.3g} "
                f"to {high:.3g}, which never are margin={self.margin:g} apart: leave it out, "
                "or give a smaller margin"
            )

    def answer(self, y: Array) -> tuple[Array, Array]:
        top = self.ops.xp.partition(y, y.shape[0] - 2, axis=0)[-2:]
        return y.argmax(0), self.ops.xp.clip((top[1] - top[0]) / self.margin, 0, 1)
