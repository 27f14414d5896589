"""What a layer's author runs to know that it is right: gradients, types, shapes, a strict
device.
"""

import numpy as np

from netkit.backends.numpy import NumpyBackend
from netkit.backends.strict import StrictBackend
from netkit.energy import Energy
from netkit.layer import Layer
from netkit.net import Net
from netkit.passes import Shards


class Random(Energy):
    """An energy that is a fixed random function of the outputs, any number of them, so that every
    one counts.
    """

    def forward(self, y, labels):
        shape = y.shape
        draw = self.ops.uniform(shape[:3], 7, 7).astype(y.dtype)[..., None] - 0.5
        return (draw * y).sum((0, 1, 2)), lambda scale: (draw * scale).astype(y.dtype) + 0 * y

    def answer(self, y):
        return y.argmax(0), y.max(0)


class Offset(Layer):
    """Add a trained number to each input."""

    def build(self, shape):
        self.weight("b", shape)
        return shape

    def forward(self, x, ctx):
        def backward(dy):
            ctx.g.b += dy.sum(3)
            return dy

        return x + ctx.p.b[..., None], backward


def check_layer(make, shape, samples=3, tolerance=1e-6, seed=0):
    """Check a layer: its gradients against central differences in float64, its types, shapes and a
    strict device.

    make: a function without arguments that returns a new layer.  shape: an input shape (C, H, W)
    that it takes. A trained number is added to each of its inputs, so that its gradient there is
    checked too. Raises AssertionError.
    """
    rng = np.random.default_rng(seed)
    images = rng.normal(size=(samples, *shape))
    labels = np.zeros(samples, np.int64)
    nets = {}
    for dtype, ops in (
        ("float64", NumpyBackend(1)),
        ("float32", NumpyBackend(1)),
        ("float32", StrictBackend()),
    ):
        net = Net({"before": Offset(), "layer": make()}, shape, ops, dtype=dtype, seed=seed)
        values = np.random.default_rng(seed + 1).uniform(0.2, 0.9, net.values.shape[0])
        net.values[...] = ops.asarray(values, dtype)
        shards, energy = Shards(net), Random()
        energy.ops = ops
        shards.gradient(*ops.samples(images.astype(dtype), labels), energy, (seed,))
        outputs = shards.outputs(ops.samples(images.astype(dtype), labels)[0])
        nets[dtype, ops.name] = ops.to_host(net.grads), outputs
        assert outputs.dtype == dtype, f"{dtype} in, {outputs.dtype} out"
        assert outputs.shape[:3] == net.shapes[-1], (
            f"build() said {net.shapes[-1]}, forward gave {outputs.shape[:3]}"
        )
        if dtype == "float64":
            check_gradient(net, shards, energy, images, labels, (seed,), tolerance)
    for other in nets.values():
        for exact, rounded in zip(nets["float64", "numpy"], other, strict=True):
            scale = max(1.0, float(np.abs(exact).max()))
            assert np.allclose(rounded, exact, atol=2e-4 * scale, rtol=2e-4), (
                "float32 or strict differ from float64"
            )


def check_gradient(
    net, shards, energy, images, labels, key=(0,), tolerance=1e-6, most=60, step=1e-5
):
    """Compare net.grads with central differences of the mean energy, at `most` weights drawn at
    random.
    """
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


def name_of(net, i):
    """Return which weight stands at place i of the flat vector."""
    for name, (kind, place, _) in net.places.items():
        if kind == "weights" and place.start <= i < place.stop:
            return f"{name}[{i - place.start}]"
    return str(i)
