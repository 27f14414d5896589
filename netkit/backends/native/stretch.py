"""Stretches: neighbouring layers that the kernels run in one call."""

import functools
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.backends.kernel_step import KernelStep, Task
from netkit.backends.native.helpers import Helpers
from netkit.backends.native.lessons import Lesson, lesson, take
from netkit.backends.native.library import Library
from netkit.backends.native.memory import SharedMemory
from netkit.backends.native.over_ranks import OverRanks
from netkit.backends.native.primitives import Primitive, merged, primitives
from netkit.backends.native.program import Program
from netkit.backends.native.questions import Question, answered
from netkit.types import Array, Backward, Shape

if TYPE_CHECKING:
    from netkit.backends.base import Step
    from netkit.context import Context

PIXELS = np.dtype(np.uint8), np.dtype(np.float32)  # of images that the kernels take as they are
KEPT = 32  # programs of a stretch: shapes of input that take turns


class Stretch(KernelStep):
    """Layers that the kernels run in one call.

    It stands in a chain in place of a layer and, having what a chain asks of one, of its context;
    it is a KernelStep. For each shape of input it keeps a Program.
    """

    def __init__(
        self,
        library: Library,
        steps: "Sequence[tuple[Primitive, Context]]",
        helpers: Helpers,
    ) -> None:
        contexts = [ctx for _, ctx in steps]
        self.name = f"{contexts[0].name} to {contexts[-1].name}"
        self.wants_dx = contexts[0].wants_dx
        self.trainable = any(ctx.trainable for ctx in contexts)
        self.worker = contexts[0].worker
        self.library = library
        self.helpers = helpers
        self.steps = merged(steps)
        self.memory = SharedMemory()
        self.over_ranks = OverRanks(self.worker)
        self.programs: OrderedDict[Shape, Program] = OrderedDict()

    def forward(self, x: Array, ctx: Any) -> tuple[Array, Backward]:
        """Return y and backward(dy) -> dx, as Layer.forward does."""
        worker = self.worker
        threads = self.threads if worker.answering or x.shape[3] == 1 else 1
        program = self.program(x.shape, threads)
        if worker.answering:
            return program.answer(x, self.helpers if threads > 1 else None), program.backward
        over = self.over_ranks.address
        program.helpers = self.helpers if threads > 1 and not over else None
        y = program.forward(x, worker.training, over, fresh=worker.fresh and self.writes)
        if not over:
            return y, program.backward
        self.over_ranks.check()
        return y, functools.partial(self.backward_of_all, program)

    def lesson(self, task: Task) -> Lesson | None:
        images, alone = task.images, len(task.images) == 1
        if not readable(images) or self.over_ranks.address:
            return None
        program = self.program((*images.shape[1:], task.block), self.threads if alone else 1)
        program.helpers = self.helpers if alone else None
        return lesson(program, self.worker, task)

    def learn(self, lessons: Sequence[Lesson]) -> None:
        take(lessons, self.library, self.helpers)

    @property
    def threads(self) -> int:
        """How many may run a pass that is not divided into parts of its batch."""
        return 1 + min(self.worker.free_threads, self.helpers.threads)

    def program(self, shape: Shape, threads: int) -> Program:
        """Return the Program for inputs (C, H, W, N) that so many threads may run."""
        program = self.programs.get(shape)
        if program is None or program.threads < threads:
            program = Program(self.library, self.steps, shape, memory=self.memory, threads=threads)
            self.keep(shape, program)
        self.programs.move_to_end(shape)
        return program

    def room(self, shape: Shape) -> np.ndarray | None:
        """Return where an input (C, H, W, N) is read from, if there has been one of its shape."""
        program = self.programs.get(shape)
        return None if program is None else program.x

    def answer(self, images: Array, bias: float, coeff: float) -> np.ndarray | None:
        """Return y for images (N, C, H, W), the input being (pixel + bias) * coeff.

        None for pixels that the kernels do not read; outside of training, as `Worker.answering`.
        """
        if not readable(images):
            return None
        n, *shape = images.shape
        threads = self.threads
        program = self.program((*shape, n), threads)
        return program.answer_images(images, bias, coeff, self.helpers if threads > 1 else None)

    def ask(self, images: Array, block: int | None) -> list[Question] | None:
        if not readable(images):
            return None
        n, *shape = images.shape
        block = min(n, block or n)
        helpers = self.helpers if self.threads > 1 else None
        programs = [(self.program((*shape, block), self.threads), images[: n // block * block])]
        if rest := n % block:
            programs.append((self.program((*shape, rest), self.threads), images[-rest:]))
        return [Question(program, some, helpers) for program, some in programs]

    def answer_all(self, asked: Sequence[Sequence[Question]]) -> Array:
        return answered(asked, self.worker.net, self.library, self.helpers)

    @property
    def written(self) -> list[str] | None:
        """The layers whose gradients a pass backward makes; None if there has been no pass."""
        for program in self.programs.values():
            return program.layers
        return None

    def backward_of_all(self, program: Program, dy: Array) -> Array | None:
        """Run a program backward, in which sums over several processes may have failed."""
        dx = program.backward(dy)
        self.over_ranks.check()
        return dx

    def keep(self, shape: Shape, program: Program) -> None:
        """Keep a program for the next input of its shape, and none that holds replaced memory."""
        self.programs[shape] = program
        for other, one in list(self.programs.items()):
            if one.replaced < self.memory.replaced:
                del self.programs[other]
        if len(self.programs) > KEPT:
            self.programs.popitem(last=False)


def readable(images: Array) -> bool:
    """Return whether the kernels read images as they are."""
    return images.dtype in PIXELS and images.flags.c_contiguous


def stretches(library: Library, steps: "Sequence[Step]", helpers: Helpers) -> "list[Step]":
    """Return the steps (layer, context) of a chain, each run of primitives in it as one Stretch."""
    done: list[Step] = []
    pending: list[tuple[Primitive, Context]] = []  # of the run that is being read

    def close() -> None:
        if pending:
            stretch = Stretch(library, pending, helpers)
            done.append((stretch, stretch))
            pending.clear()

    for layer, ctx in steps:
        found = primitives(layer, ctx) if ctx.dtype == np.float32 else None
        if found is None:
            close()
            done.append((layer, ctx))
        else:
            pending.extend(found)
    close()
    return done
