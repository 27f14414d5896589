"""What the page knows of each layer: what it gives, from what, by which kernels and formula."""

import inspect
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from netkit.net import Net
from netkit.play.merged import merged
from netkit.quantization.net import IntegerNet
from netkit.types import Array, Shape
from netkit.worker import Worker

if TYPE_CHECKING:
    from netkit.layer import Layer

IMAGE = 0  # the number of the image's own row


class Row(NamedTuple):
    """A row of the page: what a layer gives, (C, H, W).

    name: as in the arch, "r3.c0" for a layer inside another.  before: the number of the row that
    it is made of, None where that is no row as it stands.  low, size, step: of its cell (0, 0), the
    first pixel of that row that it sees, how many, and how far the next cell's are, (down, across).
    local: False if it sees all of that row.  int8: of whole numbers q of eight bits, the scale and
    the zero in what they stand for, scale * (q - zero); None of floats.
    """

    name: str
    kind: str
    shape: Shape
    about: str
    before: int | None = None
    low: tuple[float, float] = (0, 0)
    size: tuple[float, float] = (1, 1)
    step: tuple[float, float] = (1, 1)
    local: bool = True
    int8: tuple[float, int] | None = None

    def facts(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return self._asdict()


class Watcher:
    """Runs a net over one image after the other, and keeps what each of its layers gives.

    `rows` are of those layers that make something new, in the order in which they do; the first
    row is the image itself, the last one the outputs. A layer that hands on what it is given, as a
    dropout does outside training, has none; nor has, in a net of eight bits, a layer that became
    one step with the next.
    """

    def __init__(self, net: Net) -> None:
        self.net = net
        self.worker = Worker(net, first=False)
        self.rows: list[Row] = [Row("image", "pixels", net.shape, "What the net is shown.")]
        made: list[Array] = []  # what each row gives; kept alive, so that no two share an address
        first: list[Array] = []

        def see(name: str, layer: "Layer", x: Array, y: Array) -> None:
            first.append(x)
            if y is x or any(y is other for other in made):
                return
            number = next((k for k, other in enumerate(made) if other is x), None)
            if number is None and x is first[0]:
                number = IMAGE - 1  # the image is not in `made`
            before = None if number is None else number + 1
            made.append(y)
            self.rows.append(row_of(name, layer, tuple(map(int, y.shape[:3])), before))

        image = np.zeros(net.shape, np.uint8)
        if isinstance(net, IntegerNet):
            self.rows = whole(self.in_floats(image, see), net)
        else:
            self.pass_over(image, see)
        self.kept = {row.name for row in self.rows}

    def pass_over(self, image: Array, see: Any) -> Array:
        """Run the net over an image (C, H, W), calling see after each layer; return its outputs."""
        with self.net.ops.limits(), np.errstate(all="ignore"):
            images = self.net.ops.asarray(np.ascontiguousarray(image))[None]
            return self.worker.outputs(images, see=see)

    def in_floats(self, image: Array, see: Any) -> list[Row]:
        """Run the layers of a net in eight bits as if it were none: return their rows."""
        images = self.net.ops.asarray(image)[None]
        with self.net.ops.limits(), np.errstate(all="ignore"):
            Net.forward(self.net, self.worker.to_input(images), self.worker.contexts, see=see)
        return self.rows

    def __call__(self, image: Array) -> list[Array]:
        """Return what each row gives for an image (C, H, W): float32 (C, H, W), on the host."""
        given: dict[str, Array] = {}

        def see(name: str, layer: "Layer", x: Array, y: Array) -> None:
            if name in self.kept:
                given[name] = self.host(y)

        outputs = self.host(self.pass_over(image, see))
        rows = self.rows[1:-1]
        return [np.asarray(image, np.float32), *(given[row.name] for row in rows), outputs]

    def host(self, y: Array) -> Array:
        """Return the maps (C, H, W) of the first image of y, on the host."""
        return np.array(self.net.ops.to_host(y[..., 0]), np.float32)


def whole(rows: list[Row], net: IntegerNet) -> list[Row]:
    """Return the rows of a net in eight bits, for those of its layers in floats."""
    shapes = net.given()
    seen = [row.name for row in rows[1:-1] if shapes.get(row.name) == row.shape]
    made = merged(rows, {rows[0].name, *seen, rows[-1].name})
    return [row._replace(int8=net.format(row.name)) for row in made]


def row_of(name: str, layer: "Layer", shape: Shape, before: int | None) -> Row:
    """Return the Row of a layer that gives maps of `shape` (C, H, W)."""
    (low, high), (second, _) = layer.box((0, 0), (1, 1)), layer.box((1, 1), (2, 2))
    return Row(
        name,
        layer.kind,
        shape,
        about(layer),
        before,
        low=(float(low[0]), float(low[1])),
        size=(float(high[0] - low[0]), float(high[1] - low[1])),
        step=(float(second[0] - low[0]), float(second[1] - low[1])),
        local=bool(layer.local),
    )


def about(layer: "Layer") -> str:
    """Return the first paragraph of a layer's docstring, which has its formula, in one line."""
    text = inspect.getdoc(type(layer)) or ""
    return " ".join(text.split("\n\n")[0].split())
