"""Windows that step over the maps: what convolutions, pooling and branches share. No layer."""

from netkit.layer import Layer
from netkit.types import Cell

Size = tuple[int, int]  # (height, width)
NONE = (0, 0)


def window_counts(size: Size, kernel: Size, stride: Size, pad: Size = NONE) -> Size:
    """Return how many windows fit whole, down and across, with `pad` zeros on each side."""
    (h, w), (kh, kw), (sh, sw), (ph, pw) = size, kernel, stride, pad
    return (h + 2 * ph - kh) // sh + 1, (w + 2 * pw - kw) // sw + 1


def window_box(
    low: Cell, high: Cell, kernel: Cell, stride: Cell, *, pad: Size = NONE
) -> tuple[Cell, Cell]:
    """Return the pixels that the windows low..high (exclusive) cover together."""
    first = low[0] * stride[0] - pad[0], low[1] * stride[1] - pad[1]
    last = (
        (high[0] - 1) * stride[0] + kernel[0] - pad[0],
        (high[1] - 1) * stride[1] + kernel[1] - pad[1],
    )
    return first, last


class Windowed(Layer):
    """A layer that makes one cell of each window; windows that do not fit whole are left out."""

    kernel: Size
    stride: Size
    pad: Size = NONE
    dilation: Size = (1, 1)  # steps between the pixels of a window

    @property
    def span(self) -> Size:
        """The height and width that a window reaches over, with the pixels that it leaves out."""
        (kh, kw), (dh, dw) = self.kernel, self.dilation
        return dh * (kh - 1) + 1, dw * (kw - 1) + 1

    def size(self, height: int, width: int) -> Size:
        """Return the output's height and width for an input's."""
        return window_counts((height, width), self.span, self.stride, self.pad)

    def box(self, low: Cell, high: Cell) -> tuple[Cell, Cell]:
        return window_box(low, high, self.span, self.stride, pad=self.pad)
