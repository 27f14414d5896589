"""What a net makes of one image: the input of each of its layers, their kernels, the outputs."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from netkit.net import named_layers
from netkit.types import Array
from netkit.worker import Worker

if TYPE_CHECKING:
    from netkit.layer import Layer
    from netkit.net import Net


class Row(NamedTuple):
    """A row of a picture of a net: a layer's name, what is shown of it, and maps (n, h, w)."""

    name: str
    what: str  # "conv in", "kernels", "weights", "outputs"
    maps: np.ndarray

    @property
    def label(self) -> str:
        """Its kind and its size, as in "kernels 6x5x5"; a matrix has no third number."""
        shape = self.maps.shape[1:] if self.what == "weights" else self.maps.shape
        return f"{self.what} {'x'.join(map(str, shape))}"

    @property
    def range(self) -> tuple[float, float]:
        """The least and the largest number in it."""
        return (float(self.maps.min()), float(self.maps.max())) if self.maps.size else (0.0, 0.0)


class States:
    """Run a net over one image and keep what each layer is given, inner layers too."""

    def __init__(self, net: "Net") -> None:
        self.net = net
        self.worker = Worker(net, first=False)

    def __call__(self, image: Array, weights: bool = True) -> list[Row]:
        """Return the Rows of an image (C, H, W), from the input to the outputs.

        weights: with the kernels of each layer that has some.  A layer that hands on what it is
        given, as a jitter does outside training, is left out.
        """
        found: dict[str, list[Row]] = {}

        def see(name: str, layer: "Layer", x: Array, y: Array) -> None:
            if y is x:
                return
            kernels = self.kernels(layer) if weights else None
            found[name] = [Row(name, f"{layer.kind} in", self.host(x))]
            found[name] += [kernels] if kernels else []

        with self.net.ops.limits(), np.errstate(all="ignore"):
            images = self.net.ops.asarray(np.asarray(image))[None]
            y = self.worker.outputs(images, see=see)
        # A layer is seen after those inside it; here it stands before them.
        rows = [row for name, _ in named_layers(self.net.layers) for row in found.get(name, [])]
        return [*rows, Row("", "outputs", self.host(y))]

    def host(self, x: Array) -> np.ndarray:
        """Return the maps (C, H, W) of the first image of x, on the host."""
        return np.array(self.net.ops.to_host(x[..., 0]), np.float32)

    def kernels(self, layer: "Layer") -> Row | None:
        """Return a layer's weights as pictures: its kernels, or one matrix; None without any."""
        if f"{layer.name}.W" not in self.net.weights:
            return None
        W = self.net.ops.to_host(self.net.weights[f"{layer.name}.W"])
        kh, kw = getattr(layer, "kernel", (1, 1))
        if (kh, kw) == (1, 1) or W.size % (kh * kw):
            return Row(layer.name, "weights", np.array(W.reshape(1, len(W), -1), np.float32))
        return Row(layer.name, "kernels", np.array(W.reshape(-1, kh, kw), np.float32))
