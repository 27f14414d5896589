"""The primitives of augmentation in compiled kernels (kernels/augmentation.inc), in float32."""

import numpy as np

from netkit.backends import splitmix
from netkit.backends.image_maps import ImageMaps
from netkit.backends.native.library import Library
from netkit.backends.native.refuse import refuse_places, refuse_shape
from netkit.types import Array, Shape

MIXED = 4  # MOST_MIXED of the kernels


class CompiledImageMaps(ImageMaps):
    """What a backend with the library of the kernels does with each image of a batch."""

    library: Library

    def pick(self, x: Array, rows: Array, columns: Array, out: Array) -> Array:
        if not plain(x, out):
            return super().pick(x, rows, columns, out)
        self.move(x, rows, columns, out, shape=x.shape, back=0)
        return out

    def unpick(self, dy: Array, rows: Array, columns: Array, out: Array) -> Array:
        if not plain(dy, out):
            return super().unpick(dy, rows, columns, out)
        out.fill(0)
        self.move(dy, rows, columns, out, shape=out.shape, back=1)
        return out

    def move(
        self, x: Array, rows: Array, columns: Array, out: Array, *, shape: Shape, back: int
    ) -> None:
        """Run netkit_pick from x to out; shape: of the maps that rows and columns are places in."""
        maps, height, width, n = shape
        small = (maps, len(rows), len(columns), n)
        refuse_shape(out if back else x, shape)
        refuse_shape(x if back else out, small)
        rows = refuse_places(rows, (small[1], n), height)
        columns = refuse_places(columns, (small[2], n), width)
        self.library.c.netkit_pick(
            *(x.ctypes.data, maps, height, width, n),
            *(rows.ctypes.data, columns.ctypes.data, *small[1:3]),
            *(out.ctypes.data, back),
        )

    def cut(self, x: Array, box: Array, out: Array) -> Array:
        if not plain(x, out):
            return super().cut(x, box, out)
        maps, height, width, n = x.shape
        refuse_shape(out, x.shape)
        rows = refuse_places(box[:2], (2, n), height + 1, least=0)
        columns = refuse_places(box[2:], (2, n), width + 1, least=0)
        self.library.c.netkit_cut(
            *(x.ctypes.data, maps, height, width, n),
            *(rows.ctypes.data, columns.ctypes.data, out.ctypes.data),
        )
        return out

    def recolour(
        self, x: Array, mix: Array, move: Array, low: float, high: float, out: Array
    ) -> Array:
        if not plain(x, out) or len(x) > MIXED:
            return super().recolour(x, mix, move, low, high, out)
        maps, n = len(x), x.shape[3]
        mix, move = np.ascontiguousarray(mix, np.float32), np.ascontiguousarray(move, np.float32)
        for array, shape in ((mix, (maps, maps, n)), (move, (n,)), (out, x.shape)):
            refuse_shape(array, shape)
        self.library.c.netkit_recolour(
            *(x.ctypes.data, maps, x.shape[1] * x.shape[2], n),
            *(mix.ctypes.data, move.ctypes.data, low, high, out.ctypes.data),
        )
        return out

    def blur(self, x: Array, taps: Array, axis: int, out: Array, back: bool = False) -> Array:
        if not plain(x, out):
            return super().blur(x, taps, axis, out, back)
        maps, height, width, n = x.shape
        taps = np.ascontiguousarray(taps, np.float32)
        refuse_shape(taps, (2 * (len(taps) // 2) + 1, n))
        refuse_shape(out, x.shape)
        if back:
            out.fill(0)
        sizes = (maps, height, width) if axis == 1 else (maps * height, width, 1)
        self.library.c.netkit_blur(
            x.ctypes.data, *sizes, n, taps.ctypes.data, len(taps) // 2, out.ctypes.data, back
        )
        return out

    def uniform_by_image(self, count: int, images: int, first: int, *key: int) -> Array:
        out = np.empty((count, images))
        self.library.c.netkit_uniform_by_image(
            count, images, first, splitmix.start_of(key), out.ctypes.data
        )
        return out


def plain(*arrays: Array) -> bool:
    """Return whether arrays are as the kernels read and write them."""
    return all(a.dtype == np.float32 and a.ndim == 4 and a.flags.c_contiguous for a in arrays)
