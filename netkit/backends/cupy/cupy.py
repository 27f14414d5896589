"""An NVIDIA GPU through CuPy: the only file that imports it."""

import logging
import os
import sys

from netkit.backends.base import Backend
from netkit.backends.cupy.cuda import KERNELS
from netkit.errors import NetkitError, flag

log = logging.getLogger("netkit")
REMEDY = "pip install 'netkit[cuda12]' or 'netkit[cuda13]' on a machine with an NVIDIA GPU, or use backend=numpy"
PRECISIONS = "float32", "tf32"


class CupyBackend(Backend):
    """Arrays on a GPU, one shard: the device runs a whole batch at once; a data set stays on the
    device.

    device: the number of the GPU.  precision: float32, or tf32: matrix products with ten bits of
    mantissa (CuPy reads this when it is imported).  graph: record the pass of a batch as a CUDA
    graph the second time and replay it after that, where no layer draws random numbers or keeps
    statistics of a batch. Without CuPy or a GPU that answers it raises: it never falls back to the
    CPU.
    """

    name = "cupy"

    def __init__(self, device=0, precision="float32", graph=True):
        if precision not in PRECISIONS:
            raise NetkitError(f"backend.precision={precision}: there are {', '.join(PRECISIONS)}")
        if precision == "tf32":
            if "cupy" in sys.modules and os.environ.get("CUPY_TF32") != "1":
                raise NetkitError(
                    "backend.precision=tf32: CuPy was imported before: set CUPY_TF32=1 for the process"
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
        if isinstance(device, bool) or not isinstance(device, int) or not 0 <= device < count:
            raise NetkitError(f"backend.device={device}: this machine has GPUs 0 to {count - 1}")
        cupy.cuda.Device(device).use()
        self.take_module(cupy, precision, flag("graph", graph))

    def take_module(self, cupy, precision, graph):
        """Work with the module cupy."""
        self.xp, self.precision, self.graph, self.kernels = cupy, precision, graph, {}

    @property
    def about(self):
        return f"cupy, {self.precision}" + (", CUDA graphs" if self.graph else "")

    def kernel(self, name):
        """Return a kernel of cuda.py, compiled when it is first called."""
        if name not in self.kernels:
            self.kernels[name] = self.xp.ElementwiseKernel(*KERNELS[name], f"netkit_{name}")
        return self.kernels[name]

    def to_host(self, a):
        return self.xp.asnumpy(a)

    def synchronize(self):
        self.xp.cuda.get_current_stream().synchronize()

    # ---- kernels in place of several array operations ----

    def fuse(self, steps):
        return [
            (Pointwise(self, primitive["act"]), ctx)
            if primitive and primitive["kind"] == "pointwise"
            else (layer, ctx)
            for layer, ctx in steps
            for primitive in [layer.primitive()]
        ]

    def pooled(self, name, arrays, kernel, stride, shape, size, out):
        """Call a kernel over windows; shape: of the large array (C, H, W, N), size: (oh, ow)."""
        arrays = [self.xp.ascontiguousarray(a) for a in arrays]
        self.kernel(name)(*arrays, *kernel, *stride, *shape[1:3], *size, shape[3], out)
        return out

    def windows(self, x, kernel, stride, out):
        return self.pooled("windows", [x], kernel, stride, x.shape, out.shape[3:5], out)

    def unwindow(self, cols, stride, out):
        return self.pooled(
            "unwindow", [cols], cols.shape[1:3], stride, out.shape, cols.shape[3:5], out
        )

    def maxpool(self, x, kernel, stride, out):
        return self.pooled("maxpool", [x], kernel, stride, x.shape, out.shape[1:3], out)

    def maxpool_back(self, x, y, dy, kernel, stride, out):
        return self.pooled("maxpool_back", [x, y, dy], kernel, stride, x.shape, y.shape[1:3], out)

    def sumpool(self, x, kernel, stride, out):
        return self.pooled("sumpool", [x], kernel, stride, x.shape, out.shape[1:3], out)

    def sumpool_back(self, dy, kernel, stride, out):
        return self.pooled("sumpool_back", [dy], kernel, stride, out.shape, dy.shape[1:3], out)

    def add_at(self, out, index, values):
        import cupyx

        for row, value in zip(out, values, strict=True):
            cupyx.scatter_add(row, index, value)

    # ---- a pass as a CUDA graph ----

    def run_pass(self, worker, work, inputs, key):
        if not self.graph or worker.uses_random or worker.net.state.size:
            return work(*inputs)
        key = (*key, *((a.shape, a.dtype.str) for a in inputs))
        if (
            key not in worker.recordings
        ):  # the first pass compiles kernels and shows whether random numbers are drawn
            worker.recordings[key] = None
            return work(*inputs)
        if worker.recordings[key] is None:
            worker.recordings[key] = self.record(worker, work, inputs)
        return worker.recordings[key](*inputs)

    def record(self, worker, work, inputs):
        """Return the pass `work` as a Recorded, or `work` itself if it cannot be recorded.

        Memory of the recorded pass comes from a pool and an arena of its own, which live as long as
        it does.
        """
        cuda, arena = self.xp.cuda, worker.arena
        inputs, pool, stream = (
            [a.copy() for a in inputs],
            cuda.MemoryPool(),
            cuda.Stream(non_blocking=True),
        )
        self.synchronize()
        worker.arena = type(arena)(self.xp)
        try:
            with cuda.using_allocator(pool.malloc), stream:
                work(*inputs)  # takes the memory: none may be taken while it is recorded
                stream.synchronize()
                stream.begin_capture()
                result = work(*inputs)
                graph = stream.end_capture()
            return Recorded(graph, inputs, result, (pool, worker.arena), self)
        except self.xp.cuda.runtime.CUDARuntimeError as error:
            log.warning(
                "this pass cannot be recorded as a CUDA graph (%s): it runs kernel by kernel", error
            )
            self.graph = False
            return work
        finally:
            worker.arena = arena
            worker.grads.fill(0)  # the pass that took the memory has added to it


class Recorded:
    """A recorded pass: its graph, the arrays that it reads and those that it writes."""

    def __init__(self, graph, inputs, result, memory, ops):
        self.graph, self.inputs, self.result, self.memory, self.ops = (
            graph,
            inputs,
            result,
            memory,
            ops,
        )

    def __call__(self, *inputs):
        for ours, given in zip(self.inputs, inputs, strict=True):
            ours[...] = given
        self.graph.launch(self.ops.xp.cuda.get_current_stream())
        return self.result


class Pointwise:
    """A layer that treats every number by itself, in one kernel forward and one backward."""

    def __init__(self, ops, act):
        self.forth, self.back = ops.kernel(act), ops.kernel(f"{act}_back")

    def forward(self, x, ctx):
        y = ctx.empty(x.shape)
        self.forth(x, y)

        def backward(dy):
            dx = ctx.empty(x.shape)
            self.back(x, y, dy, dx)
            return dx

        return y, backward
