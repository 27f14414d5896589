"""Backend: the primitives that layers are written with, in plain array code.

They are the reference that every faster backend is tested against.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from netkit.backends import splitmix
from netkit.backends.image_maps import ImageMaps
from netkit.backends.rules import Rules
from netkit.types import Array, Shape

if TYPE_CHECKING:
    from netkit.worker import Worker

Size = tuple[int, int]  # height, width: of a kernel, a stride or a dilation
ONE: Size = (1, 1)
Step = tuple[Any, Any]  # a layer and its context, or what stands for several of them


class Backend(ImageMaps, Rules):
    """An array module `xp` and the operations whose best form depends on it.

    Arrays are images last, (C, H, W, N). A subclass sets `name` and `xp` and replaces what it does
    faster. Every `out` is written entirely; every result is given in the type of its input.
    """

    name: ClassVar[str] = "base"
    shards: int = 1  # threads that a batch is divided over
    min_work: ClassVar[int] = 1  # multiply-adds that are worth waking one more thread for
    divides: ClassVar[bool] = False  # whether a batch is trained on in parts, for threads to share
    rounds: ClassVar[bool] = True  # whether a net may round its weights and maps: quantize=true
    block_size: ClassVar[int | None] = None  # images to work on at a time; None: all of a thread's

    @property
    def about(self) -> str:
        """What a log says of it."""
        return self.name

    # ---- to and from the host ----

    def asarray(self, a: Any, dtype: Any = None) -> Array:
        """Return `a` (host or device) as a C-contiguous array of this backend."""
        return self.xp.ascontiguousarray(self.xp.asarray(a, dtype=dtype))

    def to_host(self, a: Array) -> Array:
        """Return `a` as a numpy array."""
        raise NotImplementedError

    def samples(self, images: Array, labels: Array) -> tuple[Array, Array]:
        """Return a data set's images and labels where batches of them are best gathered from."""
        return self.asarray(images), self.asarray(labels)

    def gather(self, samples: Array, index: Array) -> Array:
        """Return the samples at `index` (n,), in memory that the next call uses again."""
        return samples[index]

    def to_input(self, images: Array, bias: float, coeff: float, out: Array) -> Array:
        """Write (pixel + bias) * coeff of images (N, C, H, W) into `out` (C, H, W, N)."""
        out[...] = images.transpose(1, 2, 3, 0)
        if bias:
            out += bias
        if coeff != 1:
            out *= coeff
        return out

    def choose_device(self, place: int) -> None:
        """Take a device for process number `place` of those of one run on this host.

        Called before there is any array; as it stands, there is one device.
        """

    def synchronize(self) -> None:
        """Wait until all that was asked of the device is done."""

    def limits(self) -> contextlib.AbstractContextManager[Any]:
        """Return a context in which this backend computes (one BLAS thread per shard, say)."""
        return contextlib.nullcontext()

    # ---- whole layers and whole passes, where one call can do the work of many ----

    def fuse(self, steps: Sequence[Step]) -> Sequence[Step]:
        """Return the steps [(layer, context), ...] of a chain, or others that do the same."""
        return steps

    def run_pass(
        self, worker: "Worker", work: Callable[..., Any], inputs: Sequence[Array], key: tuple
    ) -> Any:
        """Return work(*inputs), a worker's pass over arrays of the device.

        key: what the pass depends on besides its inputs. Two calls with equal keys and equal
        shapes of inputs do the same operations on other numbers, so a backend may record the
        operations of one call and repeat the record for the next.
        """
        return work(*inputs)

    # ---- windows: a convolution is one matrix product with them ----

    def windows(
        self, x: Array, kernel: Size, stride: Size, out: Array, *, dilation: Size = ONE
    ) -> Array:
        """Copy the windows of x (C, H, W, N) into `out` (C, kh, kw, oh, ow, N)."""
        for i, j, pixels in window_pixels(x, kernel, stride, out.shape[3:5], dilation=dilation):
            out[:, i, j] = pixels
        return out

    def unwindow(self, cols: Array, stride: Size, out: Array, *, dilation: Size = ONE) -> Array:
        """Add up the windows `cols` (C, kh, kw, oh, ow, N) in `out`: the adjoint of `windows`."""
        kernel, size = cols.shape[1:3], cols.shape[3:5]
        out.fill(0)
        for i, j, pixels in window_pixels(out, kernel, stride, size, dilation=dilation):
            pixels += cols[:, i, j]
        return out

    # ---- matrix products ----

    def matmul(self, a: Array, b: Array, out: Array) -> Array:
        """Write the product of a (m, k) and b (k, n) into `out` (m, n)."""
        return self.xp.matmul(a, b, out=out)

    def add_outer(self, dy: Array, cols: Array, out: Array, scratch: Array) -> None:
        """Add dy (m, p) times cols (k, p) transposed to `out` (m, k), a weight gradient.

        scratch: an array like `out`.
        """
        self.xp.matmul(dy, cols.T, out=scratch)
        out += scratch

    # ---- whole vectors of weights ----

    def blend(self, out: Array, x: Array, share: float) -> None:
        """Move `out` by a share of the way towards x, an array like it."""
        out += share * (x - out)

    # ---- pooling over windows ----

    def maxpool(self, x: Array, kernel: Size, stride: Size, out: Array) -> Array:
        """Write the largest of each window of x (C, H, W, N) into `out` (C, oh, ow, N)."""
        for i, j, pixels in window_pixels(x, kernel, stride, out.shape[1:3]):
            if i or j:
                self.xp.maximum(out, pixels, out=out)
            else:
                out[...] = pixels
        return out

    def maxpool_back(
        self, x: Array, y: Array, dy: Array, kernel: Size, stride: Size, out: Array
    ) -> Array:
        """Write into `out` the gradient at x of `y = maxpool(x)`, for the gradient dy at y.

        It is dy at the first of the largest of each window, and zero elsewhere.
        """
        out.fill(0)
        left = dy.copy()
        size = y.shape[1:3]
        pairs = zip(
            window_pixels(x, kernel, stride, size),
            window_pixels(out, kernel, stride, size),
            strict=True,
        )
        for (_, _, pixels), (_, _, dpixels) in pairs:
            hit = pixels == y
            dpixels += left * hit
            left *= ~hit  # a window whose largest value stands twice passes its gradient on once
        return out

    def sumpool(self, x: Array, kernel: Size, stride: Size, out: Array) -> Array:
        """Write the sum of each window of x (C, H, W, N) into `out` (C, oh, ow, N)."""
        for i, j, pixels in window_pixels(x, kernel, stride, out.shape[1:3]):
            if i or j:
                out += pixels
            else:
                out[...] = pixels
        return out

    def sumpool_back(self, dy: Array, kernel: Size, stride: Size, out: Array) -> Array:
        """Write into `out` the gradient at x of `sumpool(x)`: each pixel, its windows' dy."""
        out.fill(0)
        for _, _, pixels in window_pixels(out, kernel, stride, dy.shape[1:3]):
            pixels += dy
        return out

    # ---- random numbers ----

    def uniform(self, shape: Shape, *key: int) -> Array:
        """Return numbers in [0, 1) of float64 that depend on `key` (whole numbers) alone."""
        return splitmix.uniform(self.xp, shape, *key)

    def uniform_by_image(self, count: int, images: int, first: int, *key: int) -> Array:
        """Return numbers in [0, 1) of float64, (count, images): splitmix.uniform_by_image."""
        return splitmix.uniform_by_image(self.xp, count, images, first, *key)


def window_pixels(
    x: Array, kernel: Size, stride: Size, size: Size, *, dilation: Size = ONE
) -> Iterator[tuple[int, int, Array]]:
    """Yield (i, j, view) for each place (i, j) in a window: that pixel of all windows.

    x: (C, H, W, N).  size: of the output, (oh, ow).  dilation: steps between neighbouring places.
    The views are (C, oh, ow, N).
    """
    (kh, kw), (sh, sw), (oh, ow), (dh, dw) = kernel, stride, size, dilation
    for i in range(kh):
        rows = slice(i * dh, i * dh + (oh - 1) * sh + 1, sh)
        for j in range(kw):
            yield i, j, x[:, rows, j * dw : j * dw + (ow - 1) * sw + 1 : sw]
