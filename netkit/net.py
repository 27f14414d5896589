"""Net: named layers in order, their weights in one flat vector, and one pass over a batch."""

from types import SimpleNamespace
from zlib import crc32

import numpy as np

from netkit.errors import NetkitError


class Net:
    """A chain of layers, built for one input shape.

    layers: {name: Layer}, in order.  shape: (C, H, W) of one sample.  ops: the backend. `x` holds
    every weight, `dx` every gradient and `state` the running statistics, flat; `weights` and
    `states` are {"layer.name": view} of values and state. The first layer's input is `(pixel + bias) *
    coeff`.
    """

    def __init__(self, layers, shape, ops, dtype="float32", seed=0, bias=0.0, coeff=1.0):
        self.layers, self.shape, self.ops = dict(layers), tuple(int(n) for n in shape), ops
        self.dtype, self.bias, self.coeff = np.dtype(dtype), float(bias), float(coeff)
        self.shapes = build(self.layers, self.shape)
        self.places = {}  # "layer.name" -> (kind, slice, shape)
        self.values = self.flatten("weights", seed)
        self.state = self.flatten("states", seed)
        self.grads = ops.xp.zeros_like(self.values)
        self.weights = {
            name: self.view(name, self.values)
            for name, place in self.places.items()
            if place[0] == "weights"
        }
        self.states = {
            name: self.view(name, self.state)
            for name, place in self.places.items()
            if place[0] == "states"
        }

    def flatten(self, kind, seed):
        """Return the flat vector of all declared arrays of a kind, filled as declared, and note
        their places.
        """
        parts, at = [], 0
        for name, layer in every(self.layers):
            for declared in getattr(layer, kind):
                full, size = f"{name}.{declared.name}", int(np.prod(declared.shape))
                self.places[full] = (kind, slice(at, at + size), declared.shape)
                parts.append(first_values(declared, size, seed, full))
                at += size
        return self.ops.asarray(np.concatenate(parts) if parts else np.zeros(0), self.dtype)

    def grid(self):
        """Return where output cells lie, in pixels, each (down, across): the first one's start,
        size, and the step.
        """
        (low, high), (second, _) = self.box((0, 0), (1, 1)), self.box((1, 1), (2, 2))
        size, step = (
            tuple(b - a for a, b in zip(low, other, strict=True)) for other in (high, second)
        )
        return low, size, step

    @property
    def cost(self):
        """The multiply-adds of one sample."""
        return total_cost(self.layers, [self.shape, *self.shapes])

    def view(self, name, vector):
        """Return the part of a flat vector that belongs to "layer.name", in its shape."""
        _, place, shape = self.places[name]
        return vector[place].reshape(shape)

    def forward(self, x, contexts):
        """Run the layers over x (C, H, W, N): return y and backward(dy), which adds to the
        gradients of `contexts`.
        """
        return chain(self.layers, x, contexts)

    def box(self, low, high):
        """Map output cells low..high (exclusive), along (height, width), to pixels of the image,
        unclipped.
        """
        return chain_box(self.layers, low, high)


class Context:
    """What a layer sees of a pass: its weights p, gradients g, statistics s, the backend and memory
    for results.
    """

    def __init__(self, net, name, layer, worker, wants_dx):
        self.name, self.ops, self.xp, self.dtype, self.worker = (
            name,
            net.ops,
            net.ops.xp,
            net.dtype,
            worker,
        )
        self.p = SimpleNamespace(
            **{w.name: net.view(f"{name}.{w.name}", net.values) for w in layer.weights}
        )
        self.g = SimpleNamespace(
            **{w.name: net.view(f"{name}.{w.name}", worker.grads) for w in layer.weights}
        )
        self.s = SimpleNamespace(
            **{w.name: net.view(f"{name}.{w.name}", worker.state) for w in layer.states}
        )
        self.wants_dx, self.number = wants_dx, crc32(name.encode())
        self.steps = None  # of the chain that begins with this one: see `steps`
        self.children = (
            contexts_of(net, layer.layers, worker, wants_dx, name + ".") if layer.layers else ()
        )
        self.trainable = bool(layer.weights) or any(child.trainable for child in self.children)

    @property
    def training(self):
        """True in training: dropout, jitter and running statistics act."""
        return self.worker.training

    def empty(self, shape, dtype=None):
        """Return an uninitialised array that is this pass's own, from memory that the next pass
        uses again.
        """
        return self.worker.arena.empty(shape, dtype or self.dtype)

    @property
    def scale(self):
        """What multiplies the gradient of a penalty: a number or one a sample (N,)."""
        return self.worker.scale

    def penalise(self, energies):
        """Add to the energy of each sample (N,), in training. Its gradient, times `scale`, is the
        layer's to add.
        """
        self.worker.penalties.append(energies)

    def uniform(self, shape):
        """Return random numbers in [0, 1) of float64, other ones for each step, layer and
        worker.
        """
        self.worker.drew = True
        return self.ops.uniform(shape, *self.worker.key, self.number)


def contexts_of(net, layers, worker, wants_dx=False, prefix=""):
    """Return a Context for each of the layers; `wants_dx` is whether anything below them is trained."""
    contexts = []
    for name, layer in layers.items():
        contexts.append(Context(net, prefix + name, layer, worker, wants_dx))
        wants_dx = wants_dx or contexts[-1].trainable
    return contexts


def chain(layers, x, contexts):
    """Run layers one after the other: return y and backward(dy), as Layer.forward does."""
    backs, path = [], steps(layers, contexts)
    for layer, ctx in path:
        x, back = layer.forward(x, ctx)
        backs.append(back)

    def backward(dy):
        for (_, ctx), back in zip(reversed(path), reversed(backs), strict=True):
            if not (ctx.wants_dx or ctx.trainable):
                return (
                    None  # nothing below is trained, and nobody asks for the gradient of the image
                )
            dy = back(dy)
        return dy

    return x, backward


def steps(layers, contexts):
    """Return pairs (layer, ctx) of a chain, as the backend would rather have them; kept with the
    first context.
    """
    if not contexts:
        return []
    if contexts[0].steps is None:
        path = list(zip(layers.values(), contexts, strict=True))
        contexts[0].steps = contexts[0].ops.fuse(path) if contexts[0].worker.fuses else path
    return contexts[0].steps


def build(layers, shape, prefix=""):
    """Build layers one after the other for an input shape: return the output shape of each."""
    shapes = []
    for name, layer in layers.items():
        layer.name, layer.weights, layer.states = prefix + name, [], []
        if min(shape) < 1:
            raise NetkitError(
                f"{layer.name}: its input {tuple(shape)} is empty: take away a pooling layer before it"
            )
        shape = tuple(int(n) for n in layer.build(tuple(shape)))
        shapes.append(shape)
    return shapes


def chain_box(layers, low, high):
    """Return the input pixels that output pixels low..high (exclusive) of a chain of layers see."""
    for layer in reversed(layers.values()):
        low, high = layer.box(low, high)
    return low, high


def total_cost(layers, shapes):
    """Return the multiply-adds of layers one after the other, for the shapes before, between and
    after them.
    """
    return sum(layer.cost(*shapes[k : k + 2]) for k, layer in enumerate(layers.values()))


def every(layers, prefix=""):
    """Yield (full name, layer) of all layers, the inner ones after the one that holds them."""
    for name, layer in layers.items():
        yield prefix + name, layer
        yield from every(layer.layers or {}, f"{prefix}{name}.")


def first_values(declared, size, seed, full_name):
    """Return the first values of a declared array: they depend on the seed and its name alone."""
    if declared.fan_in is None:
        return np.broadcast_to(np.asarray(declared.start, float), declared.shape).reshape(size)
    width = declared.start * declared.fan_in**-0.5
    return np.random.default_rng([seed, crc32(full_name.encode())]).uniform(-width, width, size)
