"""What is in each cell of an image, and the box around it: boxes."""

from collections.abc import Callable
from math import log
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from netkit.checks import Amount, Bound, Positive
from netkit.energy import Energy, Grid
from netkit.errors import NetkitError
from netkit.plugins.energies.cell_targets import NEITHER, cell_targets
from netkit.plugins.energies.overlap import generalized_iou, lacking
from netkit.types import Array, Shape

if TYPE_CHECKING:
    from netkit.export.graph import Graph
    from netkit.net import Net

LARGEST = 8.0  # outputs above this count as this: exp(8) cells are wider than any image
SIDES = 4
Sigmoid = Annotated[float, Bound(above=0, below=1)]


class Boxes(Energy):
    """Of each cell: how far each class is believed, and the distances to the four sides of its box.

    A fully convolutional net answers at each cell with an output a class and four more (FCOS, Tian,
    Shen, Chen & He 2019). The cells around the centre of a box, within `radius` of its sides each
    way and the nearest one in any case, are to answer its class and the box; of several boxes the
    smallest. All other cells are to answer no class, but those in a box that need not be found,
    which nothing is asked of.

    Classes have the focal loss on a sigmoid each, with weights gamma and alpha (Lin et al. 2017,
    equation 5); what the net begins with means `prior` of any class. The boxes have the loss
    1 - GIoU (Rezatofighi et al. 2019) and what their sides lack of a quarter of the true ones,
    times box_weight. A distance is step * (exp(output) - 1/2) pixels from the cell's centre, step
    being the pixels from one cell to the next: a box may be smaller than a cell.

    The energy of an image is the sum over its cells, divided by the cells with a box that images of
    its part of the batch have on average.
    """

    targets = "boxes"

    def __init__(
        self,
        radius: Annotated[float, Bound(above=0, most=0.5)] = 0.25,
        gamma: Amount = 2.0,
        alpha: Sigmoid = 0.25,
        prior: Sigmoid = 0.01,
        box_weight: Positive = 1.0,
    ) -> None:
        self.radius = radius
        self.gamma = gamma
        self.alpha = alpha
        self.prior = log(prior / (1 - prior))
        self.box_weight = box_weight

    def outputs(self, classes: int) -> int:
        return classes + SIDES

    def check_outputs(self, net: "Net", classes: int) -> None:
        found = net.shapes[-1] if net.shapes else net.shape
        if found[0] != self.outputs(classes):
            last = list(net.layers)[-1] if net.layers else "input"
            raise NetkitError(
                f"{last}: the net's output is {found}, but {classes} classes with boxes need "
                f"{self.outputs(classes)} maps: write `out: noutputs` in the last layer"
            )
        if tuple(found[1:]) == (1, 1):
            raise NetkitError(
                "energy boxes: this net has no cells, for it answers for the image as a whole: "
                "take arch=finder, or one without linear layers and pooling over all of the image"
            )
        self.grid = net.grid()

    def forward(self, y: Array, labels: Array) -> tuple[Array, Callable[[Any], Array]]:
        xp, classes = self.ops.xp, y.shape[0] - SIDES
        aim = cell_targets(xp, labels, y.shape[1:3], self.grid, radius=self.radius)
        there = (aim.classes >= 0).astype(y.dtype)  # (h, w, N)
        divisor = xp.maximum(there.sum() / y.shape[3], 1)
        boxes, inner = self.decoded(y[classes:], self.grid)
        true = aim.boxes.astype(y.dtype)
        giou, closer = generalized_iou(xp, boxes, true)
        short, longer = lacking(xp, boxes, true)
        hit = (xp.arange(classes)[:, None, None, None] == aim.classes).astype(y.dtype)
        losses, dz = self.focal(y[:classes], hit)
        asked = (aim.classes != NEITHER).astype(y.dtype)
        losses, dz = losses * asked, dz * asked
        far, slope = 1 - giou + short, longer - closer
        losses = losses.sum((0, 1, 2)) + self.box_weight * (far * there).sum((0, 1))

        def backward(scale: Any) -> Array:
            dy = self.ops.xp.empty_like(y)
            share = scale / divisor
            dy[:classes] = dz * share
            dy[classes:] = slope * inner * (self.box_weight * share * there)
            return dy

        return losses / divisor, backward

    def focal(self, z: Array, hit: Array) -> tuple[Array, Array]:
        """Return the losses of class outputs z (K, h, w, N), and their slopes.

        hit: 1 where the class is there, else 0.
        """
        xp = self.ops.xp
        p, no, yes = self.sigmoids(z)  # no = -log(1 - p), yes = -log(p)
        low = p**self.gamma
        high = (1 - p) ** self.gamma
        absent, present = (1 - self.alpha) * low, self.alpha * high
        losses = xp.where(hit > 0, present * yes, absent * no)
        slopes = xp.where(
            hit > 0,
            -present * (self.gamma * p * yes + 1 - p),
            absent * (self.gamma * (1 - p) * no + p),
        )
        return losses, slopes

    def sigmoids(self, z: Array) -> tuple[Array, Array, Array]:
        """Return p, -log(1 - p) and -log(p) for the sigmoid p of outputs z and the prior."""
        xp = self.ops.xp
        z = z + z.dtype.type(self.prior)
        e = xp.exp(-abs(z))
        tail = xp.log1p(e)
        p = xp.where(z >= 0, 1, e) / (1 + e)
        return p, tail + xp.maximum(z, 0), tail - xp.minimum(z, 0)

    def decoded(self, d: Array, grid: Grid) -> tuple[Array, Array]:
        """Return the boxes of outputs d (4, h, w, N), and the slopes of their sides over d."""
        xp = self.ops.xp
        y, x = centres(xp, d.shape[1:3], grid, d.dtype)
        down, across = grid[2]
        steps = xp.asarray([-across, -down, across, down], d.dtype)[:, None, None, None]
        reach = xp.exp(xp.minimum(d, LARGEST))
        boxes = steps * (reach - 0.5)
        boxes[0::2] += x
        boxes[1::2] += y
        return boxes, steps * reach * (d < LARGEST)

    def boxes(self, y: Array, grid: Grid) -> Array:
        return self.decoded(y[-SIDES:], grid)[0]

    def answer(self, y: Array) -> tuple[Array, Array]:
        z = y[:-SIDES]
        best = z.argmax(0)
        return best, self.sigmoids(z.max(0))[0]

    def confidences(self, y: Array) -> Array:
        return self.sigmoids(y[:-SIDES])[0]

    def reading(self) -> dict[str, Any]:
        return {"kind": "boxes", "prior": self.prior, "largest": LARGEST}

    def onnx(self, graph: "Graph", y: str, shape: Shape, grid: Grid) -> tuple[str, str]:
        graph.fixed = True  # the places of the cells are numbers in the model
        classes, size = shape[0] - SIDES, shape[1:]
        z = graph.add("Add", graph.cut(y, {1: slice(0, classes)}), self.prior)
        scores = graph.add("Sigmoid", z)
        d = graph.cut(y, {1: slice(classes, None)})
        reach = graph.add("Sub", graph.add("Exp", graph.add("Min", d, LARGEST)), 0.5)
        down, across = grid[2]
        steps = np.array([-across, -down, across, down], np.float32)[:, None, None]
        middle = np.empty((SIDES, *size), np.float32)
        middle[1::2], middle[0::2] = (a[..., 0] for a in centres(np, size, grid, "float32"))
        boxes = graph.add("Add", graph.add("Mul", reach, steps), middle)
        rows = [
            graph.add("Transpose", graph.add("Reshape", a, graph.whole(0, n, -1)), perm=[0, 2, 1])
            for a, n in ((boxes, SIDES), (scores, classes))
        ]
        return rows[0], rows[1]


def centres(xp: Any, size: tuple[int, ...], grid: Grid, dtype: Any) -> tuple[Array, Array]:
    """Return where the centres of h x w cells are, in pixels: down (h, 1, 1), across (w, 1)."""
    starts, fields, steps = grid
    down, across = (
        (start + field / 2 + step * xp.arange(count)).astype(dtype)
        for count, start, field, step in zip(size, starts, fields, steps, strict=True)
    )
    return down[:, None, None], across[:, None]
