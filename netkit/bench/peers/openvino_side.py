"""OpenVINO's side of the work: our net as ONNX, compiled for one batch size."""

from typing import Any

import numpy as np
import openvino

from netkit.types import Array


class OpenVino:
    """One way of OpenVINO, which only infers, in float32.

    model: the bytes of an ONNX model.  threads: of all its streams.  hint: latency, one batch at a
    time, or throughput, as many at once as it asks for.
    """

    def __init__(self, model: bytes, threads: int, hint: str) -> None:
        self.core = openvino.Core()
        self.model = model
        self.settings = {
            "PERFORMANCE_HINT": hint.upper(),
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": "f32",  # the same work as the others'
        }
        self.answers = 1
        self.throughput = hint == "throughput"

    def prepare(self, images: Array, labels: Array) -> tuple[Any, Any]:
        """Return a batch and what answers it."""
        x = images.astype(np.float32) * np.float32(0.01)
        model = self.core.read_model(self.model)
        model.reshape(list(x.shape))
        compiled = self.core.compile_model(model, "CPU", self.settings)
        if not self.throughput:
            request = compiled.create_infer_request()
            request.set_input_tensor(openvino.Tensor(x))
            return x, request
        queue = openvino.AsyncInferQueue(compiled)
        self.answers = len(queue)
        for request in queue:
            request.set_input_tensor(openvino.Tensor(x))
        return x, queue

    def infer(self, x: Any, how: Any) -> Array:
        """Answer a batch, in throughput as many times as it takes at once; return the outputs."""
        if not self.throughput:
            how.infer()
            return np.asarray(how.get_output_tensor(0).data).reshape(len(x), -1)
        for _ in range(self.answers):
            how.start_async()
        how.wait_all()
        return np.asarray(how[0].get_output_tensor(0).data).reshape(len(x), -1)
