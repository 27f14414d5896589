"""The packaged WebAssembly run by wasmtime, as a page runs it in a browser."""

from functools import cache

import numpy as np
import pytest

from netkit.export.page.table import table_of
from netkit.export.page.wasm import WASM

PAGE = 1 << 16  # bytes


@cache
def module():
    wasmtime = pytest.importorskip("wasmtime")
    engine = wasmtime.Engine()
    return engine, wasmtime.Module.from_file(engine, str(WASM))


class Machine:
    """A net in the memory of a WebAssembly instance: machine(image) runs it."""

    def __init__(self, plan):
        engine, loaded = module()
        import wasmtime

        self.plan, self.table = plan, table_of(plan)
        self.store = wasmtime.Store(engine)
        exports = wasmtime.Instance(self.store, loaded, []).exports(self.store)
        self.memory, self.function = exports["memory"], exports["run"]
        self.base = -(-exports["__heap_base"].value(self.store) // 16) * 16
        short = self.base + self.table.bytes - self.memory.data_len(self.store)
        if short > 0:
            self.memory.grow(self.store, -(-short // PAGE))
        self.block = self.base + 4 * len(self.table.words)
        self.memory.write(self.store, self.table.words.tobytes(), self.base)
        self.memory.write(self.store, self.table.constants.tobytes(), self.block)

    def __call__(self, image):
        """Return every value of the plan for an image (C, H, W): {name: (C, H, W)}."""
        pixels = np.asarray(image, np.float32).tobytes()
        self.memory.write(self.store, pixels, self.start(self.plan.input))
        self.function(self.store, self.base)
        return {name: self.value(name) for name in self.table.values}

    def start(self, name):
        return self.block + 4 * self.table.values[name].at

    def value(self, name):
        shape = self.table.values[name].shape
        begin = self.start(name)
        data = self.memory.read(self.store, begin, begin + 4 * int(np.prod(shape)))
        return np.frombuffer(bytes(data), np.float32).reshape(shape)
