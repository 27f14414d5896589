"""onnxruntime's side of the work: our net as ONNX, answered into memory that is there already."""

from typing import Any

import numpy as np
import onnxruntime

from netkit.types import Array


class OnnxRuntime:
    """One way of onnxruntime, which only infers. Inputs and outputs are bound (IoBinding).

    model: the bytes of an ONNX model.  threads: within an operator.
    """

    answers = 1

    def __init__(self, model: bytes, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )
        self.first = self.session.get_inputs()[0].name
        self.last = self.session.get_outputs()[0].name

    def prepare(self, images: Array, labels: Array) -> tuple[Any, Any]:
        """Return a batch that is bound, with memory for its outputs, and the latter."""
        x = images.astype(np.float32) * np.float32(0.01)
        (y,) = self.session.run([self.last], {self.first: x})
        given, made = (onnxruntime.OrtValue.ortvalue_from_numpy(a) for a in (x, y))
        binding = self.session.io_binding()
        binding.bind_ortvalue_input(self.first, given)
        binding.bind_ortvalue_output(self.last, made)
        return binding, made

    def infer(self, binding: Any, made: Any) -> Array:
        """Return the outputs (N, K) for a batch, in memory that the next call uses again."""
        self.session.run_with_iobinding(binding)
        y = made.numpy()
        return y.reshape(len(y), -1)
