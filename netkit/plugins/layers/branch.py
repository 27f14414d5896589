"""Several paths over the same maps, joined, as a multi-scale network has them: branch."""

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING, Literal

from netkit.chain import run_layer
from netkit.errors import NetkitError
from netkit.layer import Layer
from netkit.net import build
from netkit.plugins.layers.arrays import Adjoint
from netkit.plugins.layers.windows import window_box, window_counts
from netkit.types import Array, Backward, Cell, Shape

if TYPE_CHECKING:
    from netkit.context import Context
    from netkit.export.graph import Graph


MOST_STEPS = 64  # of a path until all paths have stepped over the same pixels


class Branch(Layer):
    """Give x to each of the inner layers, and join what they make of it.

    join: concat puts maps of one size one behind the other.  sum adds them.  flat puts all numbers
    of each path into one long vector, for a classifier that sees several scales (EBLearn's mflat
    merge; Sermanet & LeCun 2011). An inner layer is one path: a `chain` if it has several steps, an
    empty one to pass x on as it is.

    Over an image larger than the one it was built for, flat takes at each place the windows that
    the paths had there: paths that subsample less take larger steps, so that all of them answer for
    the same pixels. Paths that step over 2 and 3 pixels answer every 6; those that never step
    together again answer for one window, an image as large as it was built for.
    """

    inner = ("layers",)

    def __init__(
        self, layers: dict[str, Layer], join: Literal["concat", "sum", "flat"] = "concat"
    ) -> None:
        self.layers = layers
        self.join = join
        if not layers:
            raise NetkitError("branch: there are no layers in it: give at least one path")

    def build(self, shape: Shape) -> Shape:
        paths, prefix = self.layers.items(), self.name + "."
        ends = [build({name: layer}, shape, prefix)[0] for name, layer in paths]
        self.ends = ends
        like = 0 if self.join == "sum" else 1  # from which dimension on the paths must agree
        if self.join != "flat" and len({end[like:] for end in ends}) > 1:
            said = ", ".join(f"{name} {end}" for name, end in zip(self.layers, ends, strict=True))
            raise NetkitError(
                f"{self.name}: join={self.join} needs paths of one size: {said}; "
                "join=flat takes any"
            )
        flat = self.join == "flat"
        self.windows = [(end[1], end[2]) if flat else (1, 1) for end in ends]
        self.strides = self.common_steps(ends)
        if flat:
            return sum(c * h * w for c, h, w in ends), 1, 1
        return ends[0] if self.join == "sum" else (sum(end[0] for end in ends), *ends[0][1:])

    def common_steps(self, ends: list[Shape]) -> list[tuple[int, int]]:
        """Return the strides with which all paths step over the same number of pixels.

        Nothing where there are none: the branch answers for one window then.
        """
        steps = [step(layer) for layer in self.layers.values()]
        axes = [strides_of([s[axis] for s in steps]) for axis in (0, 1)]
        strides = list(zip(*axes, strict=True)) if all(axes) else []
        flat, one = self.join == "flat", ends[0][1:] == (1, 1)
        if flat or (one and strides) or all(stride == (1, 1) for stride in strides or [()]):
            return strides
        said = ", ".join(
            f"{name} {s[0]}x{s[1]}" for name, s in zip(self.layers, steps, strict=True)
        )
        raise NetkitError(
            f"{self.name}: the paths step over different numbers of pixels: {said}: "
            "subsample them alike, or give join=flat"
        )

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        paths = zip(self.layers.values(), ctx.children, strict=True)
        ends, backs = zip(*[run_layer(layer, x, child) for layer, child in paths], strict=True)
        parts = [self.taken(y, k, ctx) for k, y in enumerate(ends)]
        h, w = (min(part.shape[axis] for part, _ in parts) for axis in (1, 2))
        y, places = self.joined([part[:, :h, :w] for part, _ in parts], ctx)

        def backward(dy: Array) -> Array | None:
            total = None
            for (part, give), back, place in zip(parts, backs, places, strict=True):
                wide = ctx.empty(part.shape)
                wide.fill(0)
                wide[:, :h, :w] = dy[place]
                dx = back(give(wide))
                if ctx.wants_dx:
                    total = dx if total is None else ctx.xp.add(total, dx, out=ctx.empty(x.shape))
            return total

        return y, backward

    def taken(self, y: Array, k: int, ctx: "Context") -> tuple[Array, Adjoint]:
        """Return path k's windows as maps (C, h, w, N) on the common steps, and the way back."""
        c, height, width, n = y.shape
        window = self.windows[k]
        if not self.strides and (height, width) != window:
            raise NetkitError(
                f"{self.name}: its paths never step over the same number of pixels, so that it "
                f"takes images of the size it was built for: {list(self.layers)[k]} has maps of "
                f"{height}x{width} here, not {window[0]}x{window[1]}"
            )
        stride = self.strides[k] if self.strides else (1, 1)
        if window == stride == (1, 1):
            return y, lambda d: d
        h, w = window_counts((height, width), window, stride)
        windows = ctx.ops.windows(y, window, stride, ctx.empty((c, *window, h, w, n)))

        def give(d: Array) -> Array:
            return ctx.ops.unwindow(d.reshape(windows.shape), stride, ctx.empty(y.shape))

        return windows.reshape(-1, h, w, n), give

    def joined(self, parts: Sequence[Array], ctx: "Context") -> tuple[Array, list[slice]]:
        """Return the parts (C, h, w, N) joined, and the place of each in the result."""
        _, h, w, n = parts[0].shape
        if self.join == "sum":
            y = ctx.empty(parts[0].shape)
            y[...] = parts[0]
            for part in parts[1:]:
                y += part
            return y, [slice(None)] * len(parts)
        places, at = [], 0
        for part in parts:
            places.append(slice(at, at + part.shape[0]))
            at += part.shape[0]
        y = ctx.empty((at, h, w, n))
        for place, part in zip(places, parts, strict=True):
            y[place] = part
        return y, places

    def refuse_larger(self, shapes: "list[Shape | None]") -> None:
        """Raise NetkitError for ends of paths (C, H, W) of a larger image than the built one."""
        for path, shape, built in zip(self.layers, shapes, self.ends, strict=True):
            if shape is not None and shape != built:
                raise NetkitError(
                    f"{self.name}: join=flat is written for images of the size that the net was "
                    f"built for: {path} has maps of {shape[1]}x{shape[2]} here, not "
                    f"{built[1]}x{built[2]}: leave the size away"
                )

    def box(self, low: Cell, high: Cell) -> tuple[Cell, Cell]:
        strides = self.strides or [(1, 1)] * len(self.layers)
        paths = zip(self.layers.values(), self.windows, strides, strict=True)
        boxes = [layer.box(*window_box(low, high, win, stride)) for layer, win, stride in paths]
        first = min(box[0][0] for box in boxes), min(box[0][1] for box in boxes)
        last = max(box[1][0] for box in boxes), max(box[1][1] for box in boxes)
        return first, last  # the pixels of all paths together

    def cost(self, shape: Shape, out: Shape) -> int:
        paths = zip(self.layers.values(), self.ends, strict=True)
        return sum(layer.cost(shape, end) for layer, end in paths)

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        ends = [graph.layer(f"{self.name}.{name}", path, x) for name, path in self.layers.items()]
        if self.join == "sum":
            return graph.add("Sum", *ends)
        if self.join == "flat":
            graph.fixed = True
            self.refuse_larger([graph.shape(end) for end in ends])
            ends = [graph.add("Reshape", end, graph.whole(0, -1, 1, 1)) for end in ends]
        return graph.add("Concat", *ends, axis=1)


def step(layer: Layer) -> Cell:
    """Return how many pixels (down, across) lie between neighbouring cells of a layer's output."""
    (here, _), (there, _) = layer.box((0, 0), (1, 1)), layer.box((1, 1), (2, 2))
    return there[0] - here[0], there[1] - here[1]


def strides_of(steps: Sequence[float]) -> list[int]:
    """Return how many of each path's steps make the least that all paths have in common.

    Nothing if one does not step, or over a part of a pixel that no whole number of steps mends.
    """
    exact = [Fraction(s).limit_denominator(MOST_STEPS) for s in steps]
    if any(s <= 0 or abs(s - given) > 1e-6 for s, given in zip(exact, steps, strict=True)):
        return []
    common = Fraction(lcm(*(s.numerator for s in exact)), gcd(*(s.denominator for s in exact)))
    strides = [int(common / s) for s in exact]
    return strides if max(strides) <= MOST_STEPS else []
