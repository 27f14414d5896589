"""An NVIDIA GPU through CuPy: the only file that imports it."""

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from netkit.backends.base import ONE, Backend, Size, Step
from netkit.backends.cupy.cuda import KERNELS
from netkit.backends.cupy.recording import run_recorded
from netkit.checks import Whole
from netkit.errors import NetkitError
from netkit.types import Array, Backward, Shape

if TYPE_CHECKING:
    from netkit.context import Context
    from netkit.worker import Worker

REMEDY = (
    "pip install 'netkit[cuda12]' or 'netkit[cuda13]' on a machine with an NVIDIA GPU, "
    "or use backend=numpy"
)


class CupyBackend(Backend):
    """Arrays on a GPU; one shard, because the device runs a whole batch at once.

    device: the number of the GPU; the first one if not given, and for the processes of one run
    each another.  precision: float32, or tf32: matrix products with ten bits of
    mantissa (CuPy reads this when it is imported).  graph: record the pass of a batch as a CUDA
    graph the second time and launch that from then on, where no layer draws random numbers or keeps
    statistics of a batch. A data set stays on the device. Without CuPy or a GPU that answers it
    raises: it never falls back to the CPU.
    """

    name = "cupy"
    rounds = False
    free: int | None = None  # how many GPUs there are that `choose_device` may take

    def __init__(
        self,
        device: Whole | None = None,
        precision: Literal["float32", "tf32"] = "float32",
        graph: bool = True,
    ) -> None:
        if precision == "tf32":
            if "cupy" in sys.modules and os.environ.get("CUPY_TF32") != "1":
                raise NetkitError(
                    "backend.precision=tf32: CuPy was imported before: "
                    "set CUPY_TF32=1 for the process"
                )
            os.environ["CUPY_TF32"] = "1"
        try:
            import cupy
        except ImportError as error:
            raise NetkitError(
                f"backend=cupy: CuPy is not installed here ({error}): {REMEDY}"
            ) from None
        if not cupy.cuda.is_available():
            raise NetkitError(f"backend=cupy: CuPy finds no GPU or no driver here: {REMEDY}")
        count = cupy.cuda.runtime.getDeviceCount()
        if device is not None and device >= count:
            raise NetkitError(f"backend.device={device}: this machine has GPUs 0 to {count - 1}")
        self.free = None if device is not None else count
        cupy.cuda.Device(device or 0).use()
        self.use_module(cupy, precision, graph)

    def use_module(self, cupy: Any, precision: str, graph: bool) -> None:
        """Work with the module cupy, or with what stands for it in a test."""
        self.xp = cupy
        self.precision = precision
        self.graph = graph
        self.compiled: dict[str, Callable[..., Any]] = {}

    @property
    def about(self) -> str:
        return f"cupy, {self.precision}" + (", CUDA graphs" if self.graph else "")

    def choose_device(self, place: int) -> None:
        if self.free:
            self.xp.cuda.Device(place % self.free).use()

    def kernel(self, name: str) -> Callable[..., Any]:
        """Return a kernel of cuda.py, compiled when it is first called."""
        if name not in self.compiled:
            self.compiled[name] = self.xp.ElementwiseKernel(*KERNELS[name], f"netkit_{name}")
        return self.compiled[name]

    def to_host(self, a: Array) -> Array:
        return self.xp.asnumpy(a)

    def synchronize(self) -> None:
        self.xp.cuda.get_current_stream().synchronize()

    # ---- whole layers and whole passes ----

    def fuse(self, steps: Sequence[Step]) -> Sequence[Step]:
        return [(self.in_one_kernel(layer), ctx) for layer, ctx in steps]

    def in_one_kernel(self, layer: Any) -> Any:
        """Return a layer, or for an activation what does the same in a kernel of its own."""
        primitive = layer.primitive()
        if primitive and primitive["kind"] == "pointwise":
            return ActivationKernel(self, primitive["act"])
        return layer

    def run_pass(
        self, worker: "Worker", work: Callable[..., Any], inputs: Sequence[Array], key: tuple
    ) -> Any:
        return run_recorded(self, worker, work, inputs, key) if self.graph else work(*inputs)

    # ---- kernels in place of several array operations ----

    def pooled(
        self,
        name: str,
        arrays: Sequence[Array],
        kernel: Size,
        *,
        stride: Size,
        shape: Shape,
        size: Shape,
        out: Array,
    ) -> Array:
        """Call a kernel over windows.

        shape: of the larger array, (C, H, W, N).  size: the windows, (oh, ow).
        """
        arrays = [self.xp.ascontiguousarray(a) for a in arrays]
        self.kernel(name)(*arrays, *kernel, *stride, *shape[1:3], *size, shape[3], out)
        return out

    def windows(
        self, x: Array, kernel: Size, stride: Size, out: Array, *, dilation: Size = ONE
    ) -> Array:
        if dilation != ONE:
            return super().windows(x, kernel, stride, out, dilation=dilation)
        shape, size = x.shape, out.shape[3:5]
        return self.pooled("windows", [x], kernel, stride=stride, shape=shape, size=size, out=out)

    def unwindow(self, cols: Array, stride: Size, out: Array, *, dilation: Size = ONE) -> Array:
        if dilation != ONE:
            return super().unwindow(cols, stride, out, dilation=dilation)
        kernel, shape, size = cols.shape[1:3], out.shape, cols.shape[3:5]
        return self.pooled(
            "unwindow", [cols], kernel, stride=stride, shape=shape, size=size, out=out
        )

    def maxpool(self, x: Array, kernel: Size, stride: Size, out: Array) -> Array:
        shape, size = x.shape, out.shape[1:3]
        return self.pooled("maxpool", [x], kernel, stride=stride, shape=shape, size=size, out=out)

    def maxpool_back(
        self, x: Array, y: Array, dy: Array, kernel: Size, stride: Size, out: Array
    ) -> Array:
        arrays, shape, size = [x, y, dy], x.shape, y.shape[1:3]
        return self.pooled(
            "maxpool_back", arrays, kernel, stride=stride, shape=shape, size=size, out=out
        )

    def sumpool(self, x: Array, kernel: Size, stride: Size, out: Array) -> Array:
        shape, size = x.shape, out.shape[1:3]
        return self.pooled("sumpool", [x], kernel, stride=stride, shape=shape, size=size, out=out)

    def sumpool_back(self, dy: Array, kernel: Size, stride: Size, out: Array) -> Array:
        shape, size = out.shape, dy.shape[1:3]
        return self.pooled(
            "sumpool_back", [dy], kernel, stride=stride, shape=shape, size=size, out=out
        )

    def add_at(self, out: Array, index: Array, values: Array) -> None:
        import cupyx

        for row, value in zip(out, values, strict=True):
            cupyx.scatter_add(row, index, value)


class ActivationKernel:
    """An activation in one kernel forward and one backward, in place of the layer."""

    def __init__(self, ops: CupyBackend, act: str) -> None:
        self.kernel = ops.kernel(act)
        self.kernel_back = ops.kernel(f"{act}_back")

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        """Return y and backward(dy) -> dx, as Layer.forward does."""
        y = ctx.empty(x.shape)
        self.kernel(x, y)

        def backward(dy: Array) -> Array:
            dx = ctx.empty(x.shape)
            self.kernel_back(x, y, dy, dx)
            return dx

        return y, backward
