"""Lessons: what a thread learns of a batch, in one call of the kernels from bytes to gradients."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from netkit.backends.kernel_step import Task
from netkit.backends.native.backward import take_gradients
from netkit.backends.native.helpers import LONG, Helpers
from netkit.backends.native.library import TURN, Library
from netkit.backends.native.program import Program
from netkit.backends.native.refuse import refuse_labels, refuse_shape
from netkit.backends.native.structs import LESSON

if TYPE_CHECKING:
    from netkit.worker import Worker

KINDS = {"l2": 1, "binary_l2": 2, "cross_entropy": 3, "margin": 4}  # of energies


class Lesson(NamedTuple):
    """What C is told, and what has to live until it is done."""

    fields: tuple[Any, ...]
    program: Program
    task: Task
    rooms: np.ndarray


def lesson(program: Program, worker: "Worker", task: Task) -> Lesson | None:
    """Return the Lesson of a task whose blocks a program takes, the whole net of a worker.

    None if its outputs are no classes of whole images, if nothing is trained, or if there is no
    kernel for such an energy.
    """
    places, kind = program.y.shape[1:3], task.energy["kind"]
    if places != (1, 1) or program.first == program.count or kind not in KINDS:
        return None
    check(program, task)
    if program.dy is None:
        program.dy = take_gradients(program)
    if program.learnt is None:
        program.learnt = constants(worker)
    program.prepare(True, fresh=False)
    grads, state = program.learnt
    rooms = np.array([address(room) for room in task.rooms], np.int64)
    fields = (
        *(program.address, program.count, program.first, program.library.number, task.fresh),
        *(address(task.images), task.images.dtype == np.uint8),
        *(len(task.images) // task.n, task.n, KINDS[kind]),
        *(address(task.labels), address(task.energies), address(task.answers)),
        *(*grads, address(rooms), *state, address(task.states)),
        *(worker.net.bias, worker.net.coeff, task.energy["setting"], task.scale),
    )
    return Lesson(fields, program, task, rooms)


def constants(worker: "Worker") -> tuple[tuple[int, int], tuple[int, int, int]]:
    """Return where a worker's gradients and statistics lie, whose arrays are the same for good."""
    grads, state = worker.grads, worker.state
    return (address(grads), grads.size), (address(state), state.size, address(worker.net.state))


def check(program: Program, task: Task) -> None:
    """Raise NetkitError if C would read or write where nothing of a task is."""
    n, size = len(task.images), program.x.shape[3]
    parts = n // task.n
    refuse_shape(task.images, (parts * task.n, *program.x.shape[:3]))
    refuse_shape(task.images[: task.n], (task.n // size * size, *program.x.shape[:3]))
    for array in task.labels, task.energies, task.answers:
        refuse_shape(array, (n,))
    refuse_shape(task.states, (parts, task.states.shape[1]))
    refuse_labels(task.labels, 2 if task.energy["kind"] == "binary_l2" else len(program.y))


def address(array: np.ndarray) -> int:
    """Return where an array lies."""
    return array.ctypes.data


def take(lessons: Sequence[Lesson], library: Library, helpers: Helpers) -> None:
    """Take lessons of several workers with so many threads, those of them that come."""
    told = np.array([one.fields for one in lessons], LESSON)
    count, program = len(lessons), lessons[0].program
    if count == 1:
        library.learn(address(told), 1, **program.shared())
        return
    turns = np.empty(TURN * (3 * count + 1), np.int64)
    with helpers.sharing("learn", program.x.shape, count, count=count - 1, looks=LONG) as board:
        library.learn(address(told), count, parts=count, turns=address(turns), board=board)
