"""What a net makes of one image: the input of each of its layers, their kernels, and the
outputs.
"""

from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from netkit.net import every
from netkit.passes import Worker


class Row(NamedTuple):
    """A row of a picture of a net: whose it is, what it shows ("conv in", "kernels"), and the maps
    (n, h, w).
    """

    name: str
    what: str
    maps: np.ndarray

    @property
    def label(self):
        """Its kind and its size, as in "kernels 6x5x5"; a matrix has no third number."""
        shape = self.maps.shape[1:] if self.what == "weights" else self.maps.shape
        return f"{self.what} {'x'.join(map(str, shape))}"

    @property
    def range(self):
        """The least and the largest number in it."""
        return (float(self.maps.min()), float(self.maps.max())) if self.maps.size else (0.0, 0.0)


class States:
    """Run a net over one image, layer by layer, and keep what each layer is given.

    The layers inside others are seen too: each tells as it is called.
    """

    def __init__(self, net):
        self.net, self.worker = net, Worker(net, first=False, fuses=False)

    def __call__(self, image, weights=True):
        """Return the Rows of an image (C, H, W), from the input to the outputs; without kernels if
        not `weights`.
        """
        net, worker, rows = self.net, self.worker, []

        def see(layer, x):
            """Return the rows of one layer."""
            kernels = self.kernels(layer) if weights else None
            return [
                Row(layer.name, f"{kind(layer)} in", self.host(x)),
                *([kernels] if kernels else []),
            ]

        with net.ops.limits(), watched(net.layers, see, rows), np.errstate(all="ignore"):
            worker.training, worker.key = False, (0,)
            worker.state[...] = net.state
            x = worker.begin(net.ops.asarray(np.asarray(image))[None])
            for layer, ctx in zip(net.layers.values(), worker.contexts, strict=True):
                x, _ = layer.forward(x, ctx)
        return [*rows, Row("", "outputs", self.host(x))]

    def host(self, x):
        return np.array(self.net.ops.to_host(x[..., 0]), np.float32)

    def kernels(self, layer):
        """Return a layer's weights as pictures: kernels of the size of its window, or one matrix;
        None without.
        """
        W = self.net.weights.get(f"{layer.name}.W")
        if W is None:
            return None
        W, (kh, kw) = self.net.ops.to_host(W), getattr(layer, "kernel", (1, 1))
        if (kh, kw) == (1, 1) or W.size % (kh * kw):
            return Row(layer.name, "weights", np.array(W.reshape(1, len(W), -1), np.float32))
        return Row(layer.name, "kernels", np.array(W.reshape(-1, kh, kw), np.float32))


def kind(layer):
    """Return what a layer is called in a picture: its class, in small letters."""
    return type(layer).__name__.lower()


@contextmanager
def watched(layers, see, rows):
    """While it lasts, put see(layer, x) into `rows` at each forward(x, ctx) of the layers and of
    those inside them.

    A layer that hands on what it is given, as a jitter does outside training, is left out.
    """
    watching = [layer for _, layer in every(layers)]

    def watch(layer):
        def forward(x, ctx):
            at, seen = len(rows), see(layer, x)
            rows.extend(seen)
            y, backward = type(layer).forward(layer, x, ctx)
            if y is x:
                del rows[at : at + len(seen)]
            return y, backward

        return forward

    for layer in watching:
        layer.forward = watch(layer)
    try:
        yield
    finally:
        for layer in watching:
            del layer.forward
