"""Augmentation: the base of layers that act in training alone."""

from typing import TYPE_CHECKING

from netkit.layer import Layer
from netkit.types import Array, Backward

if TYPE_CHECKING:
    from netkit.context import Context
    from netkit.export.graph import Graph


class Augmentation(Layer):
    """A layer that shows training images changed at random; outside training it does nothing.

    A subclass writes `augment`. Random numbers come from ctx.uniform_by_image, so that an image is
    changed in the same way however its batch is divided, and a resumed run repeats exactly.

    keeps_boxes: whether boxes are still right after it: it leaves pixels where they are, or says by
    ctx.moved where they went. A layer that does not say so cannot be used with data of boxes.
    """

    keeps_boxes = False

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        return self.augment(x, ctx) if ctx.training else (x, lambda dy: dy)

    def augment(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        """Return what `forward` does in training."""
        raise NotImplementedError

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        return x
