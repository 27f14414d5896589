"""What a program needs for a pass backward: memory for gradients, and who makes which."""

import itertools
from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from netkit.backends.native.op import KINDS, OP, scratch_back
from netkit.types import Shape

if TYPE_CHECKING:
    from netkit.backends.native.program import Program


def let_convolutions_norm(program: "Program") -> None:
    """Let each convolution before a batchnorm make its gradient from the batchnorm's.

    Then the gradient between the two is written nowhere but where the convolution needs it.
    """
    for k in range(program.first, len(program.ops) - 1):
        op, after = program.ops[k], program.ops[k + 1]
        kind = op["kind"] if op["groups"] == 1 or op["kind"] != KINDS["conv"] else 0
        able = kind in (KINDS["conv"], KINDS["depthwise"]) and not op["act"]
        if able and after["kind"] == KINDS["batchnorm"] and after["wants_dx"]:
            op["norm"] = program.address + (k + 1) * OP.itemsize


def take_gradients(program: "Program") -> np.ndarray:
    """Take the memory that only a pass backward needs; return the last op's dy.

    Where ops follow one another, two arrays of the largest gradient serve all, in turns: so what an
    op has written is in the cache when the next one reads it.
    """
    empty = program.empty if any(other for *_, other in program.maps) else in_turns(program)
    last = program.maps[-1][1].grad = empty(program.y.shape)
    for k in range(len(program.ops) - 1, program.first - 1, -1):
        op, (source, target, other) = program.ops[k], program.maps[k]
        assert target.grad is not None
        kind, shape = op["kind"], source.array.shape
        if kind == KINDS["add"]:  # both ways get the same
            source.grad = empty(shape) if op["act"] else target.grad
        elif k and program.ops[k - 1]["norm"]:  # the convolution before it makes that itself
            source.grad = program.empty((0,))
        elif k and (ready := other_way(program, k)) is not None:  # and adds its own to that
            source.grad = ready
            program.point(op, dplus=ready)
        elif other and kind == KINDS["fork"] and other.grad is target.grad:  # the op behind has
            source.grad = target.grad
        else:
            source.grad = empty(shape) if op["wants_dx"] else program.empty((0,))
        program.point(op, dy=target.grad, dx=source.grad)
        if other and kind == KINDS["fork"]:
            assert other.grad is not None
            program.point(op, dplus=other.grad)
        elif other:
            other.grad = source.grad if kind == KINDS["add"] else empty(shape)
            program.point(op, dplus=other.grad)
        needed = scratch_back(op, program.scratch_of(k, back=1))
        program.point(op, **{t: program.empty((size,)) for t, size in needed.items()})
    if program.first < len(program.ops) and program.ops[0]["wants_dx"]:
        program.dx = program.begin.grad
    return last


def other_way(program: "Program", k: int) -> np.ndarray | None:
    """Return the gradient at the other way of a residual block, if op k can add its own to it.

    It is a convolution at the beginning of one way, and runs backward when the other way has. Of
    one image it may run by kernels that write their gradient and do not add it.
    """
    fork, op = program.ops[k - 1], program.ops[k]
    if fork["kind"] != KINDS["fork"] or not (fork["wants_dx"] and op["wants_dx"]):
        return None
    if op["kind"] != KINDS["conv"] or op["groups"] > 1 or op["N"] == 1:
        return None
    _, target, other = program.maps[k - 1]
    assert other is not None
    return other.grad if program.maps[k][0] is target else target.grad


def in_turns(program: "Program") -> Callable[[Shape], np.ndarray]:
    """Return what gives arrays of a program's memory, each where the one before the last was."""
    arrays = [source.array for source, *_ in program.maps[program.first :]] + [program.y]
    most = max(array.size for array in arrays)
    rooms = itertools.cycle([program.empty((most,)), program.empty((most,))])
    return lambda shape: next(rooms)[: prod(shape)].reshape(shape)
