"""Questions: images that a thread answers, in one call of the kernels from bytes to outputs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from netkit.backends.native.helpers import Helpers
from netkit.backends.native.lessons import address
from netkit.backends.native.library import TURN, Library
from netkit.backends.native.program import Program
from netkit.backends.native.refuse import refuse_shape
from netkit.backends.native.structs import QUESTION
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.net import Net


class Question(NamedTuple):
    """A program, and the images that it answers: a multiple of those that it takes at a time."""

    program: Program
    images: Array
    helpers: Helpers | None  # who may help with each of its passes


def answered(
    asked: Sequence[Sequence[Question]], net: "Net", library: Library, helpers: Helpers
) -> np.ndarray:
    """Return the outputs (K, h, w, N) of some questions, as many threads at once as come.

    asked: for each thread one or two questions, whose images follow one another.
    """
    shape = asked[0][0].program.y.shape[:3]
    total = sum(len(one.images) for some in asked for one in some)
    y = np.empty((*shape, total), np.float32)
    told = np.zeros((len(asked), 2), QUESTION)
    at = 0
    for row, some in zip(told, asked, strict=True):
        for k, (program, images, help_it) in enumerate(some):
            check(program, images, shape)
            shared = program.begin_answer(help_it)
            row[k] = (
                *(program.address, program.count, library.number, shared["parts"]),
                *(shared["turns"], shared["board"]),
                *(address(images), images.dtype == np.uint8, len(images)),
                *(address(y) + at * y.itemsize, total),
                *(net.bias, net.coeff),
            )
            at += len(images)
    count = len(asked)
    turns = np.empty(TURN * (3 * count + 1), np.int64)
    with helpers.sharing("answer", y.shape, count, count=count - 1) as board:
        library.c.netkit_answers(address(told), count, address(turns), board)
    return y


def check(program: Program, images: Array, shape: tuple[int, ...]) -> None:
    """Raise NetkitError if C would read or write where nothing of a question is."""
    block = program.x.shape[3]
    refuse_shape(images, (len(images) // block * block, *program.x.shape[:3]))
    refuse_shape(program.y, (*shape, block))
