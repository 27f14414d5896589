"""The layers at the front of a net that prepare a whole image, apart from those behind them.

Zeros come around an image after them, as with EBLearn's resizepp: before them, the zeros would
count in the mean and deviation of the image, and a tile would have those of its own.
"""

from itertools import islice, takewhile
from typing import TYPE_CHECKING

import numpy as np

from netkit.net import Net
from netkit.passes import no_float_warnings
from netkit.types import Array, Shape
from netkit.worker import Worker

if TYPE_CHECKING:
    from netkit.detection.pyramid import Size


def divided(net: Net) -> tuple[Net | None, Net]:
    """Return (front, rest): the leading layers that prepare a whole image, and all others.

    The rest has the net's own weights. (None, net) if no layer prepares, or the net is one piece.
    """
    if type(net).forward is not Net.forward:  # it computes all layers together
        return None, net
    leading = list(
        takewhile(lambda one: one[1].prepares and not one[1].weights, net.layers.items())
    )
    if not 0 < len(leading) < len(net.layers):
        return None, net
    front = Net(dict(leading), net.shape, net.ops, dtype=net.dtype, bias=net.bias, coeff=net.coeff)
    behind = dict(islice(net.layers.items(), len(leading), None))
    rest = Net(behind, front.shapes[-1], net.ops, dtype=net.dtype)
    rest.values, rest.grads, rest.state = net.values, net.grads, net.state
    rest.weights, rest.states = net.weights, net.states
    rest.used, front.rounding, rest.rounding = net.used, net.rounding, net.rounding
    return front, rest


@no_float_warnings
def prepared(worker: Worker, image: Array) -> Array:
    """Return what the front of a net makes of an image (C, H, W), in host memory of its own."""
    ops = worker.net.ops
    return np.array(ops.to_host(worker.outputs(ops.asarray(image)[None]))[..., 0])


def pad(image: Array, least: Shape, border: "Size" = (0, 0)) -> tuple[Array, list[int]]:
    """Return the image (C, H, W) with zeros around it, and how many stand before it: [top, left].

    Zeros up to the size `least`, or `border` on each side, whichever is more.
    """
    short = [max(0, need - have) for need, have in zip(least, image.shape[1:], strict=True)]
    before = [max(s // 2, b) for s, b in zip(short, border, strict=True)]
    after = [max(s - s // 2, b) for s, b in zip(short, border, strict=True)]
    if not any(before + after):
        return image, before
    return np.pad(image, [(0, 0), *zip(before, after, strict=True)]), before
