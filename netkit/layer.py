"""Layer: one step of a net. A new layer is a subclass with build() and forward()."""

from types import SimpleNamespace

from netkit.checks import Checked
from netkit.errors import NetkitError


class Weight(SimpleNamespace):
    """A declared array of a layer: its name, shape, and how it starts (a number, or uniform by
    fan-in).
    """


class Layer(Checked):
    """One step of a net, without the state of any batch, so that several threads can run it at
    once.

    The constructor's signature is what its YAML takes. `name` is its key there, set before `build`.
    """

    name = "layer"
    layers = ()  # the layers inside this one, for those that have any

    def build(self, shape):
        """Declare weights with `self.weight` and return the output shape (C, H, W) for input
        `shape` (C, H, W).
        """
        return shape

    def forward(self, x, ctx):
        """Return y and a function backward(dy) -> dx, for x (C, H, W, N).

        `ctx` has the weights `ctx.p.NAME`, their gradients `ctx.g.NAME` (add to them in place),
        running statistics `ctx.s.NAME`, the backend `ctx.ops`, its arrays `ctx.xp`,
        `ctx.empty(shape)` for results, `ctx.training`, and `ctx.uniform(shape)`. `backward` may
        return None if not `ctx.wants_dx`.
        """
        raise NotImplementedError

    def primitive(self):
        """Return what compiled kernels ctx in its place, {"kind": ...} and settings (program.py),
        or None.

        `forward` stays the definition: the two give the same numbers, up to rounding.
        """
        return None

    def box(self, low, high):
        """Map pixels low..high (exclusive) of its output, along (height, width), to the pixels of
        its input.
        """
        return low, high

    def cost(self, shape, out):
        """Return the multiply-adds of one sample, for the shapes of input and output."""
        return 0

    # ---- for subclasses to call in build() ----

    def weight(self, name, shape, fan_in=None, start=None):
        """Declare the trainable array ctx.p.NAME: `start` (a number, or one each), or uniform in
        ±start/sqrt(fan_in).

        With fan_in, start is 1 if not given: EBLearn's forget_param_linear(1, 0.5). Without, it is
        0.
        """
        start = (0.0 if fan_in is None else 1.0) if start is None else start
        self.weights.append(Weight(name=name, shape=tuple(shape), fan_in=fan_in, start=start))

    def state(self, name, shape, start=0.0):
        """Declare the array ctx.s.NAME that is kept with the weights but not trained, as running
        means are.
        """
        self.states.append(Weight(name=name, shape=tuple(shape), fan_in=None, start=start))

    def fits(self, kernel, shape):
        """Raise if a window `kernel` (kh, kw) does not fit into an input of `shape` (C, H, W)."""
        if kernel[0] > shape[1] or kernel[1] > shape[2]:
            raise NetkitError(
                f"{self.name}: kernel {kernel[0]}x{kernel[1]} does not fit its input {tuple(shape)}: "
                f"make it smaller, or pad the input (zpad)"
            )


def pair(value, what, least=1):
    """Return `value`, a number or two (height, width), as a pair of whole numbers of at least
    `least`.
    """
    two = tuple(value) if isinstance(value, (list, tuple)) else (value, value)
    whole = len(two) == 2 and all(
        isinstance(v, int) and not isinstance(v, bool) and v >= least for v in two
    )
    if not whole:
        raise NetkitError(
            f"{what}={value}: give a whole number from {least}, or two as [height, width]"
        )
    return two


def count(value, what, least=1):
    """Return `value` if it is a whole number of at least `least`."""
    return pair(value if not isinstance(value, (list, tuple)) else None, what, least)[0]
