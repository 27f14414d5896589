"""Passes as CUDA graphs: recorded once, then launched as one."""

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from netkit.types import Array

if TYPE_CHECKING:
    from netkit.backends.cupy.cupy import CupyBackend
    from netkit.worker import Worker

log = logging.getLogger("netkit")
Work = Callable[..., Any]


class RecordedPass:
    """A CUDA graph of a pass, the arrays that it reads, and those that it writes.

    A graph is a list of kernels with the addresses that they work on. So the arrays of a new batch
    are copied to where the recorded pass read its own, and the results lie where that left them.
    """

    def __init__(
        self, ops: "CupyBackend", graph: Any, *, inputs: list[Array], result: Any, memory: Any
    ) -> None:
        self.ops = ops
        self.graph = graph
        self.inputs = inputs
        self.result = result
        self.memory = memory  # kept alive: the graph holds addresses in it, no references

    def __call__(self, *inputs: Array) -> Any:
        for ours, given in zip(self.inputs, inputs, strict=True):
            ours[...] = given
        self.graph.launch(self.ops.xp.cuda.get_current_stream())
        return self.result


def run_recorded(
    ops: "CupyBackend", worker: "Worker", work: Work, inputs: Sequence[Array], key: tuple
) -> Any:
    """Return work(*inputs), recorded at the second call of a key and shapes, launched from then on.

    The first call runs kernel by kernel: it compiles kernels, which a recording must not do, and
    shows whether a layer draws random numbers. Those depend on a key that the host computes for
    each step, and a graph would draw the same ones for ever; running statistics are averaged by the
    host, too. Such nets are never recorded.
    """
    if worker.uses_random or worker.net.state.size:
        return work(*inputs)
    key = (*key, *((a.shape, a.dtype.str) for a in inputs))
    if key not in worker.recordings:
        worker.recordings[key] = None
        return work(*inputs)
    if worker.recordings[key] is None:
        worker.recordings[key] = record(ops, worker, work, inputs)
    return worker.recordings[key](*inputs)


def record(ops: "CupyBackend", worker: "Worker", work: Work, inputs: Sequence[Array]) -> Work:
    """Return the pass `work` as a RecordedPass, or `work` itself if it cannot be recorded.

    A recorded pass has an arena and a memory pool of its own, which live as long as it does: in the
    worker's, other passes would write over its arrays.
    """
    cuda, arena = ops.xp.cuda, worker.arena
    own, pool = [a.copy() for a in inputs], cuda.MemoryPool()
    stream = cuda.Stream(non_blocking=True)  # the default one cannot be recorded
    ops.synchronize()
    worker.arena = type(arena)(ops.xp)
    try:
        with cuda.using_allocator(pool.malloc), stream:
            work(*own)  # takes the memory: none may be taken while it is recorded
            stream.synchronize()
            stream.begin_capture()
            result = work(*own)
            graph = stream.end_capture()
        return RecordedPass(ops, graph, inputs=own, result=result, memory=(pool, worker.arena))
    except cuda.runtime.CUDARuntimeError as error:
        log.warning(
            "this pass cannot be recorded as a CUDA graph (%s): it runs kernel by kernel", error
        )
        ops.graph = False
        return work
    finally:
        worker.arena = arena
        worker.grads.fill(0)  # the pass that took the memory has added to it
