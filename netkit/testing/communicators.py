"""check_communicator: what the author of a communicator runs to know that it is right."""

import numpy as np

from netkit.communicator import Communicator

TYPES = "float32", "float64", "int64", "uint8"
SHAPES = (1,), (1000,), (3, 5, 7), (0,)


def check_communicator(comm: Communicator) -> None:
    """Check a communicator, on every rank at once: started as a run of several processes is.

    mpiexec -n 3 python -c "from netkit.testing import check_communicator; ...": sums of arrays of
    several types and shapes, the same on every rank and in place; copies of rank 0's arrays, its
    values, a place among the ranks of this host, a number of threads, and a meeting, after which
    the communicator is of no more use. Raises AssertionError.
    """
    rank, size = comm.rank, comm.size
    assert 0 <= rank < size, f"rank={rank} size={size}: ranks are 0 to size - 1"
    for dtype in TYPES:
        for shape in SHAPES:
            mine = (np.arange(np.prod(shape)).reshape(shape) % 5 + rank).astype(dtype)
            expected = mine.astype("float64") * 0
            for other in range(size):
                expected += np.arange(np.prod(shape)).reshape(shape) % 5 + other
            comm.add(mine)
            assert np.array_equal(mine, expected), (
                f"add: the sum over {size} ranks of {dtype} numbers of shape {shape} is wrong, or "
                "not in place"
            )
            copied = np.full(shape, rank + 3).astype(dtype)
            comm.copy(copied)
            assert (copied == 3).all(), f"copy: {dtype} of shape {shape} is not rank 0's"
    odd = np.full(3, np.nan if rank == 0 else 1.0)
    comm.add(odd)
    assert np.isnan(odd).all(), "add: a number that is none on one rank is lost: it ends a run"
    for value in (None, "word", [1, 2.5], {"a": {"b": "ü"}}):
        said = comm.share(value if rank == 0 else "another")
        assert said == value, f"share: {said!r} in place of rank 0's {value!r}"
    place, there = comm.place()
    assert 0 <= place < there <= size, f"place: ({place}, {there}) of {size} ranks"
    assert comm.threads() >= 1, f"threads: {comm.threads()}: one or more"
    assert comm.about, "about: a log says it of the run"
    assert comm.meet(30), "meet: all ranks called it, and it says that they did not"
    comm.end()
