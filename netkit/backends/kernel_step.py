"""KernelStep: what a step that kernels run offers a worker, besides what a layer does."""

from netkit.types import Array, Shape


class KernelStep:
    """Layers that kernels run in one call, in a chain in their place: see Backend.fuse.

    writes: whether its pass back writes the gradients of the layers `written` where worker.fresh is
    set, and not adds to them. A worker sets it, for a step that each pass runs once.
    """

    writes: bool = False

    @property
    def written(self) -> list[str] | None:
        """The layers whose gradients its pass back makes; None if there has been no pass."""
        raise NotImplementedError

    def room(self, shape: Shape) -> Array | None:
        """Return where an input (C, H, W, N) is read from, if there has been one of its shape."""
        raise NotImplementedError

    def answer(self, images: Array, bias: float, coeff: float) -> Array | None:
        """Return what forward does, outside training, of images (N, C, H, W) in one call.

        The input is (pixel + bias) * coeff. None for pixels that the kernels do not read.
        """
        raise NotImplementedError
