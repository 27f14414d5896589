"""An NVIDIA GPU through CuPy: the only file that imports it."""

from netkit.backends.base import Backend
from netkit.errors import NetkitError

REMEDY = "pip install 'netkit[cuda12]' or 'netkit[cuda13]' on a machine with an NVIDIA GPU, or use backend=numpy"


class CupyBackend(Backend):
    """Arrays on a GPU, one shard: the device runs a whole batch at once.

    device: the number of the GPU. Without CuPy or a GPU that answers it raises: it never falls back to the CPU.
    """

    name = "cupy"

    def __init__(self, device=0):
        try:
            import cupy
        except ImportError as error:
            raise NetkitError(f"backend=cupy: CuPy is not installed here ({error}): {REMEDY}") from None
        if not cupy.cuda.is_available():
            raise NetkitError(f"backend=cupy: CuPy finds no GPU or no driver here: {REMEDY}")
        count = cupy.cuda.runtime.getDeviceCount()
        if isinstance(device, bool) or not isinstance(device, int) or not 0 <= device < count:
            raise NetkitError(f"backend.device={device}: this machine has GPUs 0 to {count - 1}")
        cupy.cuda.Device(device).use()
        self.xp = cupy
        self._max_back = cupy.ElementwiseKernel(*MAX_BACK, "netkit_maxpool_back")
        self._unwindow = cupy.ElementwiseKernel(*UNWINDOW, "netkit_unwindow")

    def to_host(self, a):
        return self.xp.asnumpy(a)

    def synchronize(self):
        self.xp.cuda.get_current_stream().synchronize()

    def windows(self, x, kernel, stride, out):
        view = self.xp.lib.stride_tricks.sliding_window_view(x, kernel, axis=(1, 2))
        view = view[:, :: stride[0], :: stride[1]]  # (C, oh, ow, N, kh, kw)
        out[...] = view[:, : out.shape[3], : out.shape[4]].transpose(0, 4, 5, 1, 2, 3)
        return out

    def unwindow(self, cols, stride, out):
        # One thread a pixel gathers from its windows: one pass over memory, where slices would take kh * kw.
        _, kh, kw, oh, ow, n = cols.shape
        self._unwindow(cols, kh, kw, oh, ow, n, *stride, out.shape[1], out.shape[2], out)
        return out

    def maxpool_back(self, x, y, dy, kernel, stride, out):
        # One thread a pixel asks each of its windows whether it is the first of the largest there.
        height, width, n = x.shape[1:]
        sizes = *kernel, *stride, height, width, y.shape[1], y.shape[2], n
        contiguous = self.xp.ascontiguousarray
        self._max_back(contiguous(x), contiguous(y), contiguous(dy), *sizes, out)
        return out

    def add_at(self, out, index, values):
        import cupyx

        for row, value in zip(out, values, strict=True):
            cupyx.scatter_add(row, index, value)


UNWINDOW = (
    "raw T cols, int32 kh, int32 kw, int32 oh, int32 ow, int32 n, int32 sh, int32 sw, int32 height, int32 width",
    "T dx",
    """
    long long image = i % n, at = i / n;
    int column = at % width, row = (at / width) % height;
    long long map = at / width / height;
    T sum = 0;
    for (int a = 0; a < kh; ++a) {
        int top = row - a;
        if (top < 0 || top % sh || top / sh >= oh) continue;
        for (int b = 0; b < kw; ++b) {
            int left = column - b;
            if (left < 0 || left % sw || left / sw >= ow) continue;
            sum += cols[((((map * kh + a) * kw + b) * oh + top / sh) * ow + left / sw) * n + image];
        }
    }
    dx = sum;
    """,
)

MAX_BACK = (
    "raw T x, raw T y, raw T dy, int32 kh, int32 kw, int32 sh, int32 sw, int32 height, int32 width, int32 oh, "
    "int32 ow, int32 n",
    "T dx",
    """
    long long image = i % n, at = i / n;
    int column = at % width, row = (at / width) % height;
    long long map = at / width / height;
    T sum = 0;
    for (int a = 0; a < kh; ++a) {
        int top = row - a;
        if (top < 0 || top % sh || top / sh >= oh) continue;
        for (int b = 0; b < kw; ++b) {
            int left = column - b;
            if (left < 0 || left % sw || left / sw >= ow) continue;
            long long window = ((map * oh + top / sh) * ow + left / sw) * n + image;
            if (x[i] != y[window]) continue;
            bool first = true;
            for (int p = 0; first && p <= a; ++p)
                for (int q = 0; q < (p < a ? kw : b); ++q)
                    if (x[((map * height + top + p) * width + left + q) * n + image] == y[window]) first = false;
            if (first) sum += dy[window];
        }
    }
    dx = sum;
    """,
)
