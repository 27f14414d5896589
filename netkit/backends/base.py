"""Backend: the primitives that layers are written with, in plain array code; the reference for
every faster one.
"""

import contextlib

from netkit.checks import Checked


class Backend(Checked):
    """An array module `xp` and the operations on images-last arrays (C, H, W, N) whose best form
    depends on it.

    A subclass sets `name` and `xp` and replaces what it does faster. `shards` is the number of
    threads that a batch is divided over. Every `out` is written entirely; every result is given in
    the type of its input.
    """

    name = "base"
    xp = None
    shards = 1
    worth = 1  # multiply-adds of a shard that are worth waking a thread for

    @property
    def about(self):
        """What a log says of it."""
        return self.name

    # ---- to and from the host ----

    def asarray(self, a, dtype=None):
        """Return `a` (host or device) as a C-contiguous array of this backend."""
        return self.xp.ascontiguousarray(self.xp.asarray(a, dtype=dtype))

    def to_host(self, a):
        """Return `a` as a numpy array."""
        raise NotImplementedError

    def samples(self, images, labels):
        """Return a data set's images and labels where batches of them are best taken from."""
        return self.asarray(images), self.asarray(labels)

    def take(self, samples, index):
        """Return the samples at `index` (n,), in memory that the next call uses again."""
        return samples[index]

    def synchronize(self):
        """Wait until all that was asked of the device is done."""

    def limits(self):
        """Return a context in which this backend computes (one BLAS thread per shard, say)."""
        return contextlib.nullcontext()

    # ---- whole layers: what a compiled backend does at once ----

    block = None  # images to work on at a time; None: all that a thread has

    def fuse(self, steps):
        """Return the steps [(layer, ctx), ...] of a chain, some of them replaced by one that does
        the same.
        """
        return steps

    def replay(self, worker, work, inputs, key):
        """Return work(*inputs), a pass of a worker over device arrays. Those of one key differ in
        the arrays alone.
        """
        return work(*inputs)

    def begin(self, images, bias, coeff, out):
        """Write (pixel + bias) * coeff of images (N, C, H, W) into `out` (C, H, W, N)."""
        out[...] = images.transpose(1, 2, 3, 0)
        if bias:
            out += bias
        if coeff != 1:
            out *= coeff
        return out

    def soften(self, boxes, confidences, least):
        """Return host confidences (n,) after soft suppression of boxes (n, 4), or None: this
        backend has no way.

        The best box takes from each that it overlaps the factor exp(-2 IoU²), then the next best of
        the others, until none has `least`; those get 0.
        """

    def affine(self, x, places, out):
        """Write x (C, H, W, N) read between its pixels into `out`, zeros outside; return whether
        this backend can.

        The pixel (r, c) of image n comes from row m[0] r + m[1] c + m[2] and column m[3] r + m[4] c
        + m[5], for m = places[:, n], of shape (6, N).
        """
        return False

    # ---- windows: a convolution is one matrix product with them ----

    def windows(self, x, kernel, stride, out):
        """Copy the windows of x (C, H, W, N) into `out` (C, kh, kw, oh, ow, N)."""
        (kh, kw), (sh, sw), (oh, ow) = kernel, stride, out.shape[3:5]
        for i in range(kh):
            for j in range(kw):
                out[:, i, j] = x[:, i : i + oh * sh : sh, j : j + ow * sw : sw]
        return out

    def unwindow(self, cols, stride, out):
        """Add the windows `cols` (C, kh, kw, oh, ow, N) up where they came from: the adjoint of
        `windows`.
        """
        _, kh, kw, oh, ow, _ = cols.shape
        (sh, sw) = stride
        out.fill(0)
        for i in range(kh):
            for j in range(kw):
                out[:, i : i + oh * sh : sh, j : j + ow * sw : sw] += cols[:, i, j]
        return out

    # ---- matrix products ----

    def matmul(self, a, b, out):
        """Write the product of a (m, k) and b (k, n) into `out` (m, n)."""
        return self.xp.matmul(a, b, out=out)

    def add_outer(self, dy, cols, out, scratch):
        """Add dy (m, p) times cols (k, p) transposed to `out` (m, k), a weight gradient; scratch is
        like `out`.
        """
        self.xp.matmul(dy, cols.T, out=scratch)
        out += scratch

    def add_at(self, out, index, values):
        """Add values (C, p) to out (C, q) at the columns `index` (p,), which may repeat."""
        self.xp.add.at(out, (slice(None), index), values)

    # ---- pooling over windows ----

    def maxpool(self, x, kernel, stride, out):
        """Write the largest of each window of x (C, H, W, N) into `out` (C, oh, ow, N)."""
        for k, part in enumerate(_parts(x, kernel, stride, out.shape)):
            if k:
                self.xp.maximum(out, part, out=out)
            else:
                out[...] = part
        return out

    def maxpool_back(self, x, y, dy, kernel, stride, out):
        """Write into `out` the gradient at x of `y = maxpool(x)`: dy, at the first of the largest
        of each window.
        """
        out.fill(0)
        left = dy.copy()
        parts = zip(
            _parts(x, kernel, stride, y.shape), _parts(out, kernel, stride, y.shape), strict=True
        )
        for part, dpart in parts:
            hit = part == y
            dpart += left * hit
            left *= ~hit  # a window whose largest value stands twice passes its gradient on once
        return out

    def sumpool(self, x, kernel, stride, out):
        """Write the sum of each window of x (C, H, W, N) into `out` (C, oh, ow, N)."""
        for k, part in enumerate(_parts(x, kernel, stride, out.shape)):
            if k:
                out += part
            else:
                out[...] = part
        return out

    def sumpool_back(self, dy, kernel, stride, out):
        """Write into `out` the gradient at x of `sumpool(x)`: every pixel receives its windows'
        dy.
        """
        out.fill(0)
        for part in _parts(out, kernel, stride, dy.shape):
            part += dy
        return out

    # ---- random numbers from a key, never from a state ----

    def uniform(self, shape, *key):
        """Return numbers in [0, 1) that depend on `key` (whole numbers) alone: the same on every
        backend.

        SplitMix64 (Steele, Lea & Flood 2014) of a counter: nothing to store, so a resumed run
        repeats exactly.
        """
        xp, mask = self.xp, (1 << 64) - 1
        start = 0
        for part in key:
            start = _mix(start ^ (int(part) & mask))
        size = 1
        for n in shape:
            size *= n
        z = xp.arange(1, size + 1, dtype=xp.uint64) * xp.uint64(0x9E3779B97F4A7C15) + xp.uint64(
            start
        )
        z = (z ^ (z >> xp.uint64(30))) * xp.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> xp.uint64(27))) * xp.uint64(0x94D049BB133111EB)
        z = z ^ (z >> xp.uint64(31))
        return ((z >> xp.uint64(11)).astype(xp.float64) * 2.0**-53).reshape(shape)


def _mix(z):
    """SplitMix64's finalizer of one Python integer."""
    mask = (1 << 64) - 1
    z = (z + 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return z ^ (z >> 31)


def _parts(x, kernel, stride, shape):
    """Yield, for each place in a window, the view of x that every window has there: (C, oh, ow,
    N).
    """
    (kh, kw), (sh, sw), (oh, ow) = kernel, stride, shape[1:3]
    for i in range(kh):
        for j in range(kw):
            yield x[:, i : i + (oh - 1) * sh + 1 : sh, j : j + (ow - 1) * sw + 1 : sw]
