"""KernelStep: what a step that kernels run offers a worker, besides what a layer does."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from netkit.types import Array, Shape


class Task(NamedTuple):
    """Parts of a batch that a worker's kernels learn from, one after the other.

    images: (parts n, C, H, W), of n images a part.  block: how many are worked on at a time, of
    which n is a multiple.  energy: what Energy.primitive returns.  scale: of the gradient.  fresh:
    whether the kernels write all gradients, adding to none.

    What is written: energies and answers (parts n,), states (parts, S), the running statistics
    behind each part, and rooms, the gradients of all parts but the last, whose are the worker's.
    """

    images: Array
    labels: Array
    n: int
    block: int
    energy: dict[str, Any]
    scale: float
    fresh: bool
    energies: Array
    answers: Array
    states: Array
    rooms: Sequence[Array]


class KernelStep:
    """Layers that kernels run in one call, in a chain in their place: see Backend.fuse.

    writes: whether its pass back writes the gradients of the layers `written` where worker.fresh is
    set, and not adds to them. A worker sets it, for a step that each pass runs once.
    """

    writes: bool = False

    @property
    def written(self) -> list[str] | None:
        """The layers whose gradients its pass back makes; None if there has been no pass."""
        raise NotImplementedError

    def room(self, shape: Shape) -> Array | None:
        """Return where an input (C, H, W, N) is read from, if there has been one of its shape."""
        raise NotImplementedError

    def answer(self, images: Array, bias: float, coeff: float) -> Array | None:
        """Return what forward does, outside training, of images (N, C, H, W) in one call.

        The input is (pixel + bias) * coeff. None for pixels that the kernels do not read.
        """
        raise NotImplementedError

    def ask(self, images: Array, block: int | None) -> Any | None:
        """Return what `answer_all` takes, for images (N, C, H, W) of this step's worker.

        block: how many of them are worked on at a time; None: all.

        None for pixels that the kernels do not read.
        """
        raise NotImplementedError

    def answer_all(self, asked: Sequence[Any]) -> Array:
        """Return the outputs (K, h, w, N) for what several workers are asked, one after the other.

        They work at once, by the backend's threads, outside training.
        """
        raise NotImplementedError

    def lesson(self, task: Task) -> Any | None:
        """Return what `learn` takes to do a task, for a worker whose whole net this step is.

        None where a pass of training needs more than the kernels.
        """
        raise NotImplementedError

    def learn(self, lessons: Sequence[Any]) -> None:
        """Do the tasks of several workers, by the backend's threads."""
        raise NotImplementedError
