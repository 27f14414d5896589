"""A run over several ranks in one process: a communicator between threads, one thread a rank."""

import threading
from functools import reduce

from netkit.build import training
from netkit.communicator import Communicator
from netkit.config.compose import compose
from netkit.registry import Registry
from netkit.types import Array


class Meeting:
    """What the ranks of a run share."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.barrier = threading.Barrier(size, timeout=60)
        # Not broken by a rank that fails, for others may not have left it yet.
        self.leaving = threading.Barrier(size, timeout=60)
        self.given: list[Array | None] = [None] * size
        self.sums = 0  # how often arrays were added


class Threads(Communicator):
    """A stranger's communicator, which writes no more than it has to."""

    def __init__(self, meeting: Meeting, rank: int, every: int = 1) -> None:
        super().__init__(every)
        self.meeting = meeting
        self.rank = rank
        self.size = meeting.size

    def add(self, a: Array) -> None:
        self.meeting.given[self.rank] = a
        self.meeting.barrier.wait()
        total = reduce(lambda one, other: one + other, self.meeting.given)
        self.meeting.barrier.wait()
        a[...] = total
        self.meeting.sums += self.rank == 0
        self.meeting.leaving.wait()

    def meet(self, seconds: float) -> bool:
        self.meeting.barrier.wait(seconds)
        return True

    def abort(self, code: int) -> None:
        self.meeting.barrier.abort()

    def threads(self) -> int:
        return 1


def on_ranks(size: int, work, every: int = 1) -> list:
    """Call work(communicator) in a thread for each rank; return what each returned."""
    meeting, found = Meeting(size), [None] * size

    def one(rank: int) -> None:
        try:
            found[rank] = work(Threads(meeting, rank, every))
        except BaseException as error:
            found[rank] = error
            if not isinstance(error, threading.BrokenBarrierError):
                meeting.barrier.abort()

    threads = [threading.Thread(target=one, args=(rank,)) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in found:
        if isinstance(error, BaseException) and not isinstance(error, threading.BrokenBarrierError):
            raise error
    return found


def trained(monkeypatch, folder, words, size: int = 1, *, every: int = 1, change=None) -> list:
    """Train what words describe on so many ranks; return their Trainers.

    change: called with each Trainer before it runs.
    """
    here = threading.local()
    monkeypatch.setattr(training, "make_communicator", lambda registry, cfg: here.comm)
    cfg = compose("train", ["threads=1", "report=false", *words])

    def work(comm):
        here.comm = comm
        trainer = training.make_trainer(Registry(), cfg, folder)
        if trainer.ranks.writes:
            folder.mkdir(parents=True, exist_ok=True)
            for name in ("console", "opening"):
                trainer.show.pop(name, None)
        if change:
            change(trainer)
        trainer.run()
        return trainer

    return on_ranks(size, work, every)
