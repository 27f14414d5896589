"""EBLearn's names of layers: netkit's layers with some arguments settled."""

from typing import ClassVar, Literal

from netkit.checks import Pair
from netkit.layer import Layer
from netkit.plugins.layers.activations import StdSigmoid
from netkit.plugins.layers.branch import Branch
from netkit.plugins.layers.convolution import Linear
from netkit.plugins.layers.padding import Mirror, Mpad
from netkit.plugins.layers.pooling import MaxPool
from netkit.plugins.layers.shrink import LinearShrink, Shrink
from netkit.plugins.layers.weighted_pooling import LpPool


class LinearReplicable(Linear):
    """The same as linear, which answers at each place of a larger image too."""


class MaxSS(MaxPool):
    """The same as maxpool: the largest of each window."""


class StdSig(StdSigmoid):
    """The same as stdsigmoid: y = 1.7159 tanh(2x/3) + linear * x."""


class SShrink(Shrink):
    """The same as shrink: a smooth threshold, sharpness and threshold trained."""


class LShrink(LinearShrink):
    """The same as linear_shrink: y = sign(x) max(|x| - b, 0), b trained."""


class MirrorPad(Mpad):
    """A mirror image around each map, its first row and column repeated, the last ones not."""

    mirror: ClassVar[Mirror] = "repeat"


class Merge(Branch):
    """A branch that joins its paths as EBLearn's flat and mflat merges do."""

    def __init__(
        self, layers: dict[str, Layer], join: Literal["concat", "sum", "flat"] = "flat"
    ) -> None:
        super().__init__(layers, join)


# ---- pooling by a power that the name says ----


class PowerPool(LpPool):
    """Take the norm of each window by a power that the class says; stride: the kernel's."""

    fixed = 2.0  # the power

    def __init__(self, kernel: Pair, stride: Pair | None = None) -> None:
        super().__init__(kernel, stride, self.fixed)


class L1Pool(PowerPool):
    """y = G(x), signs kept: the weighted mean of each window."""

    fixed = 1


class L2Pool(PowerPool):
    """y = G(x²)^(1/2) of each window."""


class L4Pool(PowerPool):
    """y = G(x⁴)^(1/4) of each window."""

    fixed = 4


class L6Pool(PowerPool):
    """y = G(x⁶)^(1/6) of each window."""

    fixed = 6


class L8Pool(PowerPool):
    """y = G(x⁸)^(1/8) of each window."""

    fixed = 8


class L10Pool(PowerPool):
    """y = G(x¹⁰)^(1/10) of each window."""

    fixed = 10


class L12Pool(PowerPool):
    """y = G(x¹²)^(1/12) of each window."""

    fixed = 12


class L14Pool(PowerPool):
    """y = G(x¹⁴)^(1/14) of each window."""

    fixed = 14


class L16Pool(PowerPool):
    """y = G(x¹⁶)^(1/16) of each window."""

    fixed = 16


class L32Pool(PowerPool):
    """y = G(x³²)^(1/32) of each window."""

    fixed = 32


class L64Pool(PowerPool):
    """y = G(x⁶⁴)^(1/64) of each window."""

    fixed = 64
