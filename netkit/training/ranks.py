"""Ranks: a run divided over processes, which sum their gradients and stay alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from netkit.communicator import Communicator
from netkit.interrupts import Noted, noting
from netkit.training.division import Share, nth, share_of
from netkit.training.resuming import go_on, kept
from netkit.training.shared import arrays_of_rank_0
from netkit.types import Array
from netkit.visualizer import tell

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer


class Ranks:
    """What a Trainer does with others: nothing, in a run of one process.

    Each rank computes its share of every batch; one sum over all of them, of a flat vector, brings
    the gradient, the learned statistics, the samples' energies and answers, and whether a rank was
    asked to stop. All then make the same update. Rank 0 alone shows and writes.

    With comm.every above 1 each rank goes its own way for so many steps, and weights, statistics
    and the optimizer's vectors are averaged after them (see Communicator).
    """

    def __init__(self, comm: Communicator, trainer: "Trainer") -> None:
        self.comm = comm
        self.trainer = trainer
        self.many = comm.size > 1
        self.writes = comm.rank == 0
        self.apart = self.many and comm.every > 1
        self.noted: Noted | None = None
        self.packed = np.zeros(0)
        self.last_sum = 0  # the step after which the weights were last averaged
        if self.many:
            trainer.folder = Path(comm.share(str(trainer.folder)))
            if not self.writes:
                trainer.show.clear()

    def part(self, n: int) -> slice:
        """Return which of n things are this rank's: as many as the others', or one more."""
        return nth(n, self.comm.rank, self.comm.size)

    # ---- the course of a run ----

    @contextmanager
    def running(self) -> Iterator[None]:
        """Return a context for a run: what it begins with, and how Ctrl-C ends it everywhere."""
        if not self.many:
            yield
            return
        self.level()
        self.comm.note = lambda: f": {kept(self.trainer)}{go_on(self.trainer)}"
        try:
            with noting() as self.noted:
                yield
        finally:
            self.comm.note = lambda: ""

    def level(self) -> None:
        """Give every rank rank 0's weights, statistics and running vectors.

        They are alike but for what processors of other kinds round in another way.
        """
        if self.many:
            trainer = self.trainer
            vectors = [trainer.net.values, trainer.net.state, *trainer.slots.values()]
            for vector in (*vectors, *trainer.averaging.saved().values()):
                if vector.size:
                    self.comm.copy(vector)

    def prepare(self) -> None:
        """Let the data set look at the net before an iteration: rank 0's does, for all."""
        data = self.trainer.dataset
        if self.writes:
            data.before(self.trainer)
        if self.many:
            arrays = arrays_of_rank_0(self.comm, data.saved() if self.writes else {})
            if arrays and not self.writes:
                data.restore(arrays)

    def tell(self, moment: str) -> None:
        """Call a method of every visualizer; a user who ends the run there ends all ranks."""
        try:
            tell(self.trainer.show, moment, self.trainer)
        except KeyboardInterrupt:
            if self.noted is None:
                raise
            self.noted.interrupts += 1

    def wait(self) -> None:
        """Wait for what rank 0 draws and writes when a run is over."""
        if self.many:
            self.comm.share(None)

    # ---- steps ----

    def mine(self, chosen: Array) -> Array:
        """Return which samples of a batch this rank's step is about: all, unless it goes alone."""
        if not self.apart or len(chosen) < self.comm.size:
            return chosen
        return chosen[self.part(len(chosen))]

    def gradient(self, chosen: Array) -> tuple[Array, Array]:
        """Fill net.grads for the samples `chosen`; return the energies and answers of all views."""
        trainer = self.trainer
        trainer.quantized.before_update(trainer)
        shown = np.repeat(chosen, trainer.sampling.views)
        if not self.many or self.apart:
            return trainer.pass_of(shown)
        whole, ranks = trainer.energy.targets == "boxes", (self.comm.rank, self.comm.size)
        share = share_of(trainer.shards, len(shown), *ranks, whole=whole)
        if share is not None:
            with self.summing(share):
                found = trainer.pass_of(shown[share.images], share.piece)
            return self.sum(found, share.images, len(shown), share.state)
        if self.writes:
            return self.sum(trainer.pass_of(shown), slice(0, len(shown)), len(shown), 1.0)
        trainer.net.grads.fill(0)
        return self.sum((np.zeros(0), np.zeros(0)), slice(0, 0), len(shown), 0.0)

    @contextmanager
    def summing(self, share: Share) -> Iterator[None]:
        """Return a context in which layers take what they take over a part over all its ranks."""
        number, count = share.part or (0, 1)
        workers = self.trainer.shards.workers if share.part else []
        for worker in workers:
            worker.over_ranks = lambda sums: self.add_up(sums, number, count)
        try:
            yield
        finally:
            for worker in workers:
                worker.over_ranks = None

    def add_up(self, sums: Array, number: int, count: int) -> None:
        """Put the sum over the ranks of part `number`, of `count`, into `sums`.

        All ranks sum at once, each in the row of its part: the vectors are small.
        """
        rows = self.trainer.net.ops.xp.zeros((count, *sums.shape), sums.dtype)
        rows[number] = sums
        self.comm.add(rows)
        sums[...] = rows[number]

    def sum(
        self, found: tuple[Array, Array], images: slice, n: int, weight: float
    ) -> tuple[Array, Array]:
        """Sum the ranks' gradients, energies and answers; return those of the whole batch (n,).

        found: the energies and answers of this rank's images.  weight: of its learned statistics.
        """
        net, noted = self.trainer.net, self.noted or Noted()
        states = [net.state[at] for at in net.learned_states]
        ends = np.cumsum([net.grads.size, *(a.size for a in states), n, n, 2]).tolist()
        if len(self.packed) < ends[-1]:
            self.packed = net.ops.xp.zeros(ends[-1], net.dtype)
        packed = self.packed[: ends[-1]]
        grads, *parts = (packed[a:b] for a, b in zip([0, *ends], ends, strict=False))
        *means, energies, answers, asked = parts
        grads[...] = net.grads
        for mean, state in zip(means, states, strict=True):
            mean[...] = state * weight
        packed[ends[-4] :] = 0
        energies[images], answers[images] = (net.ops.asarray(a, net.dtype) for a in found)
        asked[...] = net.ops.asarray(noted.counts(), net.dtype)
        self.comm.add(packed)
        net.grads[...] = grads
        for mean, state in zip(means, states, strict=True):
            state[...] = mean
        noted.end(net.ops.to_host(asked))
        return net.ops.to_host(energies).copy(), net.ops.to_host(answers).astype(np.int64)

    def after_step(self) -> None:
        """Average the ranks' weights, if it is time."""
        if self.apart and self.trainer.step - self.last_sum >= self.comm.every:
            self.average()

    def average(self) -> None:
        """Make weights, learned statistics and running vectors the mean of all ranks'."""
        trainer, noted = self.trainer, self.noted or Noted()
        net = trainer.net
        vectors = [net.values, *(net.state[at] for at in net.learned_states)]
        vectors += [*trainer.slots.values(), *trainer.averaging.saved().values()]
        asked = net.ops.asarray(noted.counts(), net.dtype)
        packed = net.ops.xp.concatenate([*vectors, asked])
        self.comm.add(packed)
        at = 0
        for vector in vectors:
            vector[...] = packed[at : (at := at + vector.size)] / self.comm.size
        self.last_sum = trainer.step
        noted.end(net.ops.to_host(packed[at:]))

    def whole(self, total: float, right: float) -> tuple[float, float]:
        """Return an iteration's sum of energies and of right answers over all ranks.

        After it the ranks are alike again, also where each went its own way.
        """
        if not self.apart:
            return total, right
        self.average()
        sums, trainer = np.array([total, right]), self.trainer
        self.comm.add(sums)
        known = np.nan_to_num(trainer.energies), np.isfinite(trainer.energies) * 1.0
        both = np.stack(known)
        self.comm.add(both)
        with np.errstate(invalid="ignore"):
            trainer.energies = both[0] / both[1]  # NaN: no rank has ever shown it
        return float(sums[0]), float(sums[1])

    def weight(self, whole: int) -> float:
        """Return what a rank's sums of a batch of so many samples count in those of all."""
        return 1 / self.comm.size if self.apart and whole < self.comm.size else 1.0
