"""check_layer: what the author of a layer runs to know that it is right."""

from collections.abc import Callable
from typing import Any

import numpy as np

from netkit.context import Context
from netkit.energy import Energy
from netkit.layer import Layer
from netkit.net import Net
from netkit.passes import Shards
from netkit.testing.alike import check_alike, devices
from netkit.types import Array, Backward, Shape


class Random(Energy):
    """A fixed random function of the outputs, any number of them, so that every one counts."""

    def forward(self, y: Array, labels: Array) -> tuple[Array, Callable[[Any], Array]]:
        shape = y.shape
        draw = self.ops.uniform(shape[:3], 7, 7).astype(y.dtype)[..., None] - 0.5
        return (draw * y).sum((0, 1, 2)), lambda scale: (draw * scale).astype(y.dtype) + 0 * y

    def answer(self, y: Array) -> tuple[Array, Array]:
        return y.argmax(0), y.max(0)


class Offset(Layer):
    """Add a trained number to each input."""

    def build(self, shape: Shape) -> Shape:
        self.weight("b", shape)
        return shape

    def forward(self, x: Array, ctx: Context) -> tuple[Array, Backward]:
        def backward(dy: Array) -> Array:
            ctx.g.b += dy.sum(3)
            return dy

        return x + ctx.p.b[..., None], backward


def check_layer(
    make: Callable[[], Layer],
    shape: Shape,
    samples: int = 3,
    *,
    tolerance: float = 1e-6,
    seed: int = 0,
) -> None:
    """Check a layer: gradients against differences in float64, types, shapes, a strict device.

    make: a function without arguments that returns a new layer.  shape: an input shape (C, H, W)
    that it takes. A trained number is added to each of its inputs, so that its gradient there is
    checked too. Raises AssertionError.
    """
    rng = np.random.default_rng(seed)
    images = rng.normal(size=(samples, *shape))
    labels = np.zeros(samples, np.int64)
    found = []
    for dtype, ops in devices():
        net = Net({"before": Offset(), "layer": make()}, shape, ops, dtype=dtype, seed=seed)
        values = np.random.default_rng(seed + 1).uniform(0.2, 0.9, net.values.shape[0])
        net.values[...] = ops.asarray(values, dtype)
        shards, energy = Shards(net), Random()
        energy.ops = ops
        shards.gradient(*ops.samples(images.astype(dtype), labels), energy, (seed,))
        outputs = shards.outputs(ops.samples(images.astype(dtype), labels)[0])
        found.append([ops.to_host(net.grads).copy(), outputs])
        assert outputs.dtype == dtype, f"{dtype} in, {outputs.dtype} out"
        assert outputs.shape[:3] == net.shapes[-1], (
            f"build() said {net.shapes[-1]}, forward gave {outputs.shape[:3]}"
        )
        if dtype == "float64":
            check_gradient(net, shards, energy, images, labels, key=(seed,), tolerance=tolerance)
    check_alike(found)


def check_gradient(
    net: Net,
    shards: Shards,
    energy: Energy,
    images: Array,
    labels: Array,
    *,
    key: tuple[int, ...] = (0,),
    tolerance: float = 1e-6,
    most: int = 60,
    step: float = 1e-5,
) -> None:
    """Compare net.grads with differences of the mean energy, at `most` weights drawn at random."""
    shards.gradient(images, labels, energy, key)
    analytic = net.grads.copy()
    chosen = np.random.default_rng(1).permutation(net.values.size)[:most]
    scale = max(1e-3, float(np.abs(analytic).max()))
    for i in chosen:
        value, sides = net.values[i], []
        for moved in (value + step, value - step):
            net.values[i] = moved
            sides.append(float(np.mean(shards.gradient(images, labels, energy, key)[0])))
        net.values[i] = value
        numeric = (sides[0] - sides[1]) / (2 * step)
        error = abs(numeric - analytic[i]) / scale
        assert error < tolerance, (
            f"{name_of(net, i)}: gradient {analytic[i]:.9g}, differences {numeric:.9g}"
        )


def name_of(net: Net, i: int) -> str:
    """Return which weight stands at place i of the flat vector."""
    for name, (kind, place, _) in net.places.items():
        if kind == "weights" and place.start <= i < place.stop:
            return f"{name}[{i - place.start}]"
    return str(i)
