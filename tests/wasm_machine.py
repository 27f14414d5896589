"""The packaged WebAssembly run by wasmtime, as a page runs it in a browser."""

from functools import cache

import numpy as np
import pytest

from netkit.export.page.table import table_of
from netkit.export.page.wasm import WASM
from netkit.quantization.page_table import table_of as whole_table_of

PAGE = 1 << 16  # bytes


@cache
def module():
    wasmtime = pytest.importorskip("wasmtime")
    engine = wasmtime.Engine()
    return engine, wasmtime.Module.from_file(engine, str(WASM))


class Block:
    """A table in the memory of a WebAssembly instance: block(image) runs it."""

    def __init__(self, table, input):
        engine, loaded = module()
        import wasmtime

        self.table, self.input = table, input
        self.store = wasmtime.Store(engine)
        exports = wasmtime.Instance(self.store, loaded, []).exports(self.store)
        self.memory, self.function = exports["memory"], exports["run"]
        self.base = -(-exports["__heap_base"].value(self.store) // 16) * 16
        short = self.base + table.bytes - self.memory.data_len(self.store)
        if short > 0:
            self.memory.grow(self.store, -(-short // PAGE))
        self.block = self.base + 4 * len(table.words)
        self.memory.write(self.store, table.words.tobytes(), self.base)
        self.memory.write(self.store, table.constants.tobytes(), self.block)

    def __call__(self, image):
        """Return every value in floats for an image (C, H, W): {name: (C, H, W)}."""
        pixels = np.asarray(image, np.float32).tobytes()
        self.memory.write(self.store, pixels, self.block + 4 * self.table.values[self.input].at)
        self.function(self.store, self.base)
        return {name: self.read(*at) for name, at in self.table.values.items()}

    def read(self, at, shape, dtype=np.float32):
        """Return the numbers of a shape from a place of the block on."""
        begin = self.block + 4 * at
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        data = self.memory.read(self.store, begin, begin + size)
        return np.frombuffer(bytes(data), dtype).reshape(shape)


class Machine(Block):
    """A net of floats, as a plan, in the memory of a WebAssembly instance."""

    def __init__(self, plan):
        super().__init__(table_of(plan), plan.input)


class WholeMachine(Block):
    """A net of eight bits, as a program for images (C, H, W), all of whose values are seen.

    What it works in is full of other numbers at first: it depends on none of them.
    """

    def __init__(self, program, shape):
        channels, height, width = shape
        names = {name for step in program.steps for name in step.inputs}
        self.whole = whole_table_of(program, (height, width, channels), names)
        table = self.whole.table
        super().__init__(table, program.input)
        begin = self.block + table.constants.nbytes
        dirt = b"\xa5" * (self.base + table.bytes - begin)
        self.memory.write(self.store, dirt, begin)

    def codes(self):
        """Return the whole numbers of every value, {name: int8 (H, W, C)}."""
        return {name: self.read(*at, np.int8) for name, at in self.whole.codes.items()}
