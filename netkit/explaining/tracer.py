"""Tracer: a net run forward and back to its input, for whoever asks what an answer hangs on."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from netkit.errors import NetkitError
from netkit.image_checks import check_images
from netkit.net import named_layers
from netkit.passes import no_float_warnings
from netkit.rounding import refresh
from netkit.types import Array
from netkit.worker import Worker

if TYPE_CHECKING:
    from netkit.layer import Layer
    from netkit.net import Net

AT_ONCE = 64  # images of a pass
PIXELS = 1 << 20  # of a pass: fewer large images are taken at once
Choose = Callable[[Array], Array]  # outputs (K, h, w, N) -> the gradient there, of the same shape


class Target(NamedTuple):
    """Which number is explained of each of N images: an output, times 1 or -1, at a place.

    outputs: (N,).  signs: (N,), -1 where one output stands for two classes and the second one is
    meant.  places: (N, 2), row and column of the output maps; zeros for a net with one answer.
    """

    outputs: Array
    signs: Array
    places: Array

    @classmethod
    def of(cls, labels: Array, outputs: int, place: tuple[int, int] = (0, 0)) -> "Target":
        """Return the Target of classes (N,), for a net with so many outputs."""
        labels = np.asarray(labels, np.int64)
        alone = outputs == 1  # 1 says the first of two classes, -1 the second
        signs = np.where(alone & (labels == 1), -1, 1)
        return cls(np.where(alone, 0, labels), signs, np.tile(place, (len(labels), 1)))

    def taken(self, index: Array) -> "Target":
        """Return the Target of the images `index`."""
        return Target(self.outputs[index], self.signs[index], self.places[index])

    def read(self, y: Array) -> Array:
        """Return the numbers (N,) that are meant, from outputs y (K, h, w, N)."""
        return self.signs * y[self.at(y)]

    def gradient(self, y: Array) -> Array:
        """Return the gradient of the sum of those numbers at y, an array like it."""
        dy = np.zeros_like(y)
        dy[self.at(y)] = self.signs
        return dy

    def at(self, y: Array) -> tuple[Array, ...]:
        """Return where they stand in y."""
        return self.outputs, self.places[:, 0], self.places[:, 1], np.arange(y.shape[3])


class Tracer:
    """Run a net as it answers, and back from one of its numbers to the input.

    Inputs are what the first layer is given, (pixel + bias) * coeff, as arrays of the host
    (N, C, H, W); gradients are with respect to those. Layers act as outside of training. One thread
    may use it at a time.
    """

    def __init__(self, net: "Net") -> None:
        self.net = net
        self.worker = Worker(net, first=False, wants_dx=True)
        self.layers = dict(named_layers(net.layers))

    def inputs(self, images: Array) -> Array:
        """Return images (N, C, H, W) of pixels as the first layer's input."""
        pixels = np.asarray(images).astype(self.net.dtype)
        return (pixels + self.net.dtype.type(self.net.bias)) * self.net.dtype.type(self.net.coeff)

    def outputs(self, x: Array) -> Array:
        """Return the net's outputs (K, h, w, N)."""
        return np.concatenate([self.forward(x[part])[0] for part in self.parts(x)], axis=3)

    def scores(self, x: Array, target: Target) -> Array:
        """Return the numbers (N,) that a target means."""
        return target.read(self.outputs(x))

    def gradient(self, x: Array, target: Target) -> Array:
        """Return the gradient of the target's numbers at the input, like x."""
        parts = self.parts(x)
        return np.concatenate([self.back(x[part], target.taken(part).gradient) for part in parts])

    def at_layer(self, x: Array, target: Target, layer: str) -> tuple[Array, Array]:
        """Return a layer's outputs and the gradient of the target's numbers there.

        Both are (N, C, h, w).  layer: its full name, "res0.c1" of one inside another.
        """
        self.check_layer(layer)
        maps: list[Array] = []
        slopes: list[Array] = []

        def see(name: str, of: "Layer", given: Array, y: Array) -> None:
            if name == layer:
                maps.append(self.host(y))

        def feel(name: str, dy: Array) -> Array:
            if name == layer:
                slopes.append(self.host(dy))
            return dy

        for part in self.parts(x):
            self.back(x[part], target.taken(part).gradient, see=see, feel=feel)
        if not slopes:
            raise NetkitError(f"layer={layer}: nobody can look at it: name the one that holds it")
        return np.concatenate(maps), np.concatenate(slopes)

    def map_gradient(self, x: Array, layer: str, numbers: Array) -> tuple[Array, Array]:
        """Return the mean of one map of a layer for each image, and its gradient at the input.

        numbers: (N,), which map.  Returns (N,) and an array like x.
        """
        self.check_layer(layer)
        means: list[Array] = []
        slopes: list[Array] = []
        for part in self.parts(x):
            wanted = numbers[part]

            def see(name: str, of: "Layer", given: Array, y: Array, wanted: Array = wanted) -> None:
                if name == layer:
                    means.append(self.host(y)[np.arange(len(wanted)), wanted].mean((1, 2)))

            def feel(name: str, dy: Array, wanted: Array = wanted) -> Array:
                if name != layer:
                    return dy
                # Nothing comes from above: here the gradient of the map's mean begins.
                mine = np.zeros(dy.shape, self.net.dtype)
                mine[wanted, :, :, np.arange(len(wanted))] = 1 / (dy.shape[1] * dy.shape[2])
                return self.net.ops.asarray(mine)

            slopes.append(self.back(x[part], np.zeros_like, see=see, feel=feel))
        return np.concatenate(means), np.concatenate(slopes)

    def activations(self, x: Array, layer: str, *, before: bool = False) -> Array:
        """Return a layer's outputs (N, C, h, w); before: what it is given instead."""
        self.check_layer(layer)
        maps: list[Array] = []

        def see(name: str, of: "Layer", given: Array, y: Array) -> None:
            if name == layer:
                maps.append(self.host(given if before else y))

        for part in self.parts(x):
            self.forward(x[part], see=see)
        if not maps:
            raise NetkitError(f"layer={layer}: nobody can look at it: name the one that holds it")
        return np.concatenate(maps)

    # ---- passes ----

    def parts(self, x: Array) -> list[Array]:
        """Return the numbers of the images of each pass."""
        size = max(1, min(AT_ONCE, PIXELS // max(1, int(np.prod(x.shape[2:])))))
        return [np.arange(at, min(len(x), at + size)) for at in range(0, len(x), size)]

    @no_float_warnings
    def forward(self, x: Array, see: "Callable | None" = None) -> tuple[Array, Callable]:
        """Run a pass; return the outputs (K, h, w, N) on the host, and the way back."""
        worker, ops = self.worker, self.net.ops
        check_images(x, self.net.shape)
        refresh(self.net)
        worker.training = False
        worker.key = (0,)
        worker.state[...] = self.net.state
        worker.arena.used = 0
        worker.mixes = []
        worker.moves = []
        given = ops.asarray(x.transpose(1, 2, 3, 0), self.net.dtype)
        y, backward = self.net.forward(given, worker.contexts, see=see or look_away)
        return np.array(ops.to_host(y)), backward

    @no_float_warnings
    def back(
        self,
        x: Array,
        choose: Choose,
        *,
        see: "Callable | None" = None,
        feel: "Callable | None" = None,
    ) -> Array:
        """Return the gradient at x of what `choose` says of the outputs."""
        ops, worker = self.net.ops, self.worker
        worker.feel = feel
        try:
            with ops.limits():
                y, backward = self.forward(x, see)
                dx = backward(ops.asarray(choose(y), self.net.dtype))
        finally:
            worker.feel = None
        return self.host(dx)

    def host(self, a: Array) -> Array:
        """Return an array (C, h, w, N) of a pass as one of the host, (N, C, h, w), to be kept."""
        return np.array(self.net.ops.to_host(a).transpose(3, 0, 1, 2))

    def check_layer(self, layer: str) -> None:
        """Raise NetkitError unless the net has a layer of that name."""
        if layer not in self.layers:
            raise NetkitError(f"layer={layer}: the net has {', '.join(self.layers)}")


def look_away(name: str, layer: "Layer", x: Array, y: Array) -> None:
    """Watch a pass without keeping anything: watched layers run one by one."""
