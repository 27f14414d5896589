"""Padding and cutting: zpad (zeros around), mpad (a mirror image around), narrow (a part)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, TypeAlias

from netkit.checks import Bound, Count, Pair, Twice, Whole
from netkit.errors import NetkitError
from netkit.layer import Layer
from netkit.plugins.layers.arrays import Adjoint, Sides, pad_zeros
from netkit.types import Array, Backward, Cell, Shape

if TYPE_CHECKING:
    from netkit.context import Context
    from netkit.export.graph import Graph


# A mirror image around maps; repeat: EBLearn's, whose outermost pixel stands twice at the top and
# at the left, and not at the bottom and right.
Mirror: TypeAlias = Literal[False, True, "repeat"]


class FourSides(NamedTuple):
    """A check (checks.py) of pixels around: one number, two or four; always taken as four."""

    each: Bound = Bound(least=0, whole=True)

    def take(self, value: Any) -> Sides:
        if isinstance(value, (list, tuple)) and len(value) == 4:
            top, left, bottom, right = map(self.each.take, value)
            return top, left, bottom, right
        return Twice(self.each).take(value) * 2

    def __str__(self) -> str:
        return f"{self.each}, or two as [height, width], or four as [top, left, bottom, right]"


class Zpad(Layer):
    """Put zeros around each map.

    pad: how many on every side, or [height, width], or [top, left, bottom, right] (EBLearn's dims).
    Or kernel: kernel // 2 at the top and left, (kernel - 1) // 2 at the bottom and right, which
    keep a convolution's size.
    """

    example = "pad: 1"

    def __init__(
        self, pad: Annotated[Sides, FourSides()] | None = None, kernel: Pair | None = None
    ) -> None:
        if pad is not None and kernel is None:
            self.sides = pad
        elif kernel is not None and pad is None:
            self.sides = half_windows(kernel)
        else:
            raise NetkitError(f"pad={pad} kernel={kernel}: give one of the two")

    def build(self, shape: Shape) -> Shape:
        top, left, bottom, right = self.sides
        return shape[0], shape[1] + top + bottom, shape[2] + left + right

    def primitive(self) -> dict[str, Any] | None:
        top, left, bottom, right = self.sides
        return {"kind": "pad", "pad": (top, left)} if (top, left) == (bottom, right) else None

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        y, inside = pad_zeros(x, self.sides, ctx)
        return y, lambda dy: dy[inside]

    def box(self, low: Cell, high: Cell) -> tuple[Cell, Cell]:
        top, left = self.sides[:2]
        return (low[0] - top, low[1] - left), (high[0] - top, high[1] - left)

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        return graph.pad(x, self.sides)


class Mpad(Zpad):
    """Put a mirror image of each map around it; the outermost pixel is the mirror, not repeated.

    pad or kernel, as in zpad.
    """

    local = False
    mirror: ClassVar[Mirror] = True

    def build(self, shape: Shape) -> Shape:
        named = zip(self.sides, shape[1:] * 2, ("top", "left", "bottom", "right"), strict=True)
        for pad, size, side in named:
            if pad >= size:
                raise NetkitError(
                    f"{self.name}: {pad} pixels at the {side} do not fit a mirror of {size}: "
                    "pad less"
                )
        return super().build(shape)

    def primitive(self) -> None:
        return None

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        return pad_mirrored(x, self.sides, ctx, self.mirror)

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        return onnx_mirrored(graph, x, self.sides, self.mirror)


class Narrow(Layer):
    """Keep `size` of the maps (dim 0), rows (dim 1) or columns (dim 2), from `offset` on.

    Of rows and columns it cuts a border: over a larger image, detection cuts as much from the
    sides.
    """

    def __init__(self, dim: Literal[0, 1, 2], size: Count, offset: Whole = 0) -> None:
        self.dim = dim
        self.size = size
        self.offset = offset

    def build(self, shape: Shape) -> Shape:
        self.after = shape[self.dim] - self.offset - self.size
        if self.after < 0:
            raise NetkitError(
                f"{self.name}: {self.size} from {self.offset} do not fit into dim {self.dim} "
                f"of its input {shape}: make them fit {shape[self.dim]}"
            )
        return tuple(self.size if dim == self.dim else n for dim, n in enumerate(shape))

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        kept = (slice(None),) * self.dim + (slice(self.offset, x.shape[self.dim] - self.after),)

        def backward(dy: Array) -> Array:
            dx = ctx.empty(x.shape)
            dx.fill(0)
            dx[kept] = dy
            return dx

        return x[kept], backward

    def box(self, low: Cell, high: Cell) -> tuple[Cell, Cell]:
        down, across = (self.offset if self.dim == dim else 0 for dim in (1, 2))
        return (low[0] + down, low[1] + across), (high[0] + down, high[1] + across)

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        return graph.cut(x, {self.dim + 1: slice(self.offset, -self.after or None)})


def half_windows(kernel: tuple[int, int]) -> Sides:
    """Return the padding with which windows of this size keep the size of the maps."""
    kh, kw = kernel
    return kh // 2, kw // 2, (kh - 1) // 2, (kw - 1) // 2


def pad_mirrored(
    x: Array, sides: Sides, ctx: "Context", mirror: Mirror = True
) -> tuple[Array, Adjoint]:
    """Return x (C, H, W, N) with its mirror image around, and the way back."""
    (_, height, width, _), (top, left, bottom, right) = x.shape, sides
    y, inside = pad_zeros(x, sides, ctx)
    twice = int(mirror == "repeat")
    rows = list(reflections(top, bottom, height, twice))
    columns = list(reflections(left, right, width, twice))
    for outer, inner in rows:
        y[:, outer] = y[:, inner]
    for outer, inner in columns:
        y[:, :, outer] = y[:, :, inner]

    def backward(dy: Array) -> Array:
        if not any(sides):
            return dy
        dx = ctx.empty(dy.shape)
        dx[...] = dy
        for outer, inner in columns:
            dx[:, :, inner] += dx[:, :, outer]
        for outer, inner in rows:
            dx[:, inner] += dx[:, outer]
        return dx[inside]

    return y, backward


def reflections(before: int, after: int, size: int, twice: int = 0) -> Iterator[tuple[int, int]]:
    """Yield pairs (place outside, place whose mirror image it is) along a padded axis.

    twice: 1 if the first pixel is its own mirror image.
    """
    first, last = before, before + size - 1
    yield from ((first - k, first + k - twice) for k in range(1, before + 1))
    yield from ((last + k, last - k) for k in range(1, after + 1))


def onnx_mirrored(graph: "Graph", x: str, sides: Sides, mirror: Mirror = True) -> str:
    """Append pad_mirrored to an ONNX graph: return its output's name."""
    top, left, bottom, right = sides
    if mirror != "repeat":
        return graph.pad(x, sides, "reflect")
    for axis, before in ((2, top), (3, left)):
        if before:  # the first so many, backwards
            head = graph.cut(x, {axis: slice(before - 1, -(1 << 31), -1)})
            x = graph.add("Concat", head, x, axis=axis)
    return graph.pad(x, (0, 0, bottom, right), "reflect")
