"""Half a squared distance: l2."""

from collections.abc import Callable, Iterator
from math import inf
from typing import TYPE_CHECKING, Any, Literal

from netkit.checks import Positive
from netkit.energy import Energy, output_range
from netkit.errors import NetkitError
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.net import Net


class L2(Energy):
    """Half the squared distance to a target: +factor for the class, -factor for the others.

    EBLearn's l2_energy.  binary_target: one output for two classes, +factor for the first and
    -factor for the second.  The answer is the class whose target is nearest; `confidence` says how
    sure it is, in 0..1 (EBLearn's class_answer): 0 is 1 at the target and falls with the mean
    squared distance from it, 1 is where the largest output stands between -factor and factor, 2 is
    how far it stands above the second largest, both cut to that range.
    """

    def __init__(
        self,
        binary_target: bool = False,
        factor: Positive = 1.0,
        confidence: Literal[0, 1, 2] = 2,
    ) -> None:
        self.binary = binary_target
        self.factor = factor
        self.kind = confidence

    def outputs(self, classes: int) -> int:
        if self.binary and classes != 2:
            raise NetkitError(
                "binary_target=true: one output tells two classes apart, "
                f"there are {classes}: set it false"
            )
        return 1 if self.binary else classes

    def forward(self, y: Array, labels: Array) -> tuple[Array, Callable[[Any], Array]]:
        y = y[:, 0, 0]  # (K, N)
        diff = y - self.wanted(y, labels)
        return 0.5 * (diff * diff).sum(0), lambda scale: (diff * scale)[:, None, None]

    def primitive(self) -> dict[str, Any]:
        return {"kind": "binary_l2" if self.binary else "l2", "setting": self.factor}

    def warnings(self, net: "Net") -> Iterator[str]:
        low, high = output_range(net)
        if low > -self.factor or high < self.factor:
            last = list(net.layers.values())[-1]
            ends = "on" if high == inf else f"to {high:.3g}"
            yield (
                f"energy: {last.name} ({last.kind}), the last layer, gives numbers from {low:.3g} "
                f"{ends}, and never gets to -{self.factor:g} and {self.factor:g}, the targets: "
                "leave it out, or use tanh"
            )

    def wanted(self, y: Array, labels: Array) -> Array:
        """Return what the outputs y (K, N) should be, for labels (N,)."""
        xp, most = self.ops.xp, y.dtype.type(self.factor)
        return xp.where(xp.arange(y.shape[0])[:, None] == labels, most, -most)

    def best(self, y: Array) -> Array:
        return (y[0] < 0).astype("int64") if self.binary else y.argmax(0)

    def answer(self, y: Array) -> tuple[Array, Array]:
        xp, most = self.ops.xp, self.factor
        if self.binary:
            y = xp.concatenate([y, -y])  # as two outputs would have it
        best = y.argmax(0)
        if self.kind == 0:
            total = ((y + most) ** 2).sum(0)  # the squared distance to -factor everywhere
            top = y.max(0)
            distance = total - (top + most) ** 2 + (top - most) ** 2
            return best, xp.maximum(1 - distance / (y.shape[0] * 4 * most * most), 0)
        top = xp.clip(xp.partition(y, max(0, y.shape[0] - 2), axis=0)[-2:], -most, most)
        second = top[0] if self.kind == 2 and y.shape[0] > 1 else -most
        return best, (top[-1] - second) / (2 * most)
