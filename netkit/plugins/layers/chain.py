"""Layers made of layers: residual blocks and chains."""

from netkit.errors import NetkitError
from netkit.layer import Layer
from netkit.net import build, chain, total_cost


class Residual(Layer):
    """Add what the inner layers make of x to x: y = x + layers(x) (He, Zhang, Ren & Sun 2016).

    `shortcut`: layers on the other way, where shapes change (a 1x1 convolution, say).
    """

    def __init__(self, layers, shortcut=None):
        self.main, self.shortcut = layers, shortcut or {}
        self.layers = {**layers, **self.shortcut}
        if len(self.layers) != len(self.main) + len(self.shortcut):
            raise NetkitError(
                "residual: layers and shortcut share a name: name each of them differently"
            )

    def build(self, shape):
        main, short = (
            build(self.main, shape, self.name + "."),
            build(self.shortcut, shape, self.name + "."),
        )
        ends = [(shapes or [shape])[-1] for shapes in (main, short)]
        if ends[0] != ends[1]:
            raise NetkitError(
                f"{self.name}: layers end with {ends[0]}, the shortcut with {ends[1]}: make them equal"
            )
        self.shapes = main, short
        return ends[0]

    def forward(self, x, ctx):
        main, short = ctx.children[: len(self.main)], ctx.children[len(self.main) :]
        y, back = chain(self.main, x, main)
        z, short_back = chain(self.shortcut, x, short)
        total = ctx.xp.add(y, z, out=ctx.empty(y.shape))

        def backward(dy):
            dx, dz = back(dy), short_back(dy)
            if not ctx.wants_dx:
                return None
            return ctx.xp.add(dx, dz, out=ctx.empty(x.shape))

        return total, backward

    def box(self, low, high):
        for layer in reversed(self.main.values()):
            low, high = layer.box(low, high)
        return low, high

    def cost(self, shape, out):
        ways = zip((self.main, self.shortcut), self.shapes, strict=True)
        return sum(total_cost(layers, [shape, *shapes]) for layers, shapes in ways)


class Chain(Layer):
    """Run the inner layers one after the other: a path of a branch, say."""

    def __init__(self, layers):
        self.layers = layers

    def build(self, shape):
        self.shapes = [shape, *build(self.layers, shape, self.name + ".")]
        return self.shapes[-1]

    def cost(self, shape, out):
        return total_cost(self.layers, self.shapes)

    def forward(self, x, ctx):
        return chain(self.layers, x, ctx.children)

    def box(self, low, high):
        for layer in reversed(self.layers.values()):
            low, high = layer.box(low, high)
        return low, high
