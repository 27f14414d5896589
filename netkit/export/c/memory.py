"""A place in memory for every array of a net, used again by others when nobody needs it."""

from typing import NamedTuple

from netkit.export.c.calls import Call

LINE = 16  # floats of a cache line: every array begins with one


class Memory(NamedTuple):
    """at: {value or (call, "strip"): its first float}.  size: floats in all."""

    at: dict[object, int]
    size: int


class Buffer:
    """Numbers that lie in memory from one call to another, for one value or several in place."""

    def __init__(self, size: int, first: int) -> None:
        self.size = size
        self.first = first
        self.last = first
        self.at = 0


def placed(calls: list[Call], sizes: dict[str, int], output: str) -> Memory:
    """Return where to put the values of calls, so that those needed together do not overlap.

    sizes: {value: floats}.  output: stays to the end. The largest buffers are placed first, each at
    the lowest place that is free while it is needed; no order is known that is always best.
    """
    buffers: dict[object, Buffer] = {}
    for k, call in enumerate(calls):
        if call.in_place:
            buffers[call.y] = buffers[call.x[0]]
        elif call.y not in buffers:
            buffers[call.y] = Buffer(sizes[call.y], k)
        for value in (call.y, *call.x):
            buffers[value].last = k
        if call.strip:
            buffers[k, "strip"] = Buffer(call.strip, k)
    buffers[output].last = len(calls)
    there: list[Buffer] = []
    for buffer in sorted(dict.fromkeys(buffers.values()), key=lambda b: -b.size):
        busy = sorted(
            (b for b in there if b.first <= buffer.last and buffer.first <= b.last),
            key=lambda b: b.at,
        )
        for other in busy:
            if buffer.at + buffer.size <= other.at:
                break
            buffer.at = max(buffer.at, -(-(other.at + other.size) // LINE) * LINE)
        there.append(buffer)
    at = {name: buffer.at for name, buffer in buffers.items()}
    return Memory(at, max((b.at + b.size for b in there), default=0))
