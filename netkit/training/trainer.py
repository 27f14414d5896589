"""Trainer: passes over the training set, a test after each, and what is saved of them."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from netkit.communicator import Communicator, Solo
from netkit.dataset import Dataset, Samples
from netkit.energy import Energy
from netkit.files import lasting
from netkit.interrupts import waiting
from netkit.net import Net
from netkit.optimizer import Optimizer
from netkit.passes import Piece, Shards
from netkit.training.averaging import Averaging
from netkit.training.checkpoint import Checkpoint
from netkit.training.dead import warn_if_dead
from netkit.training.divergence import check_iteration
from netkit.training.iteration import train_once
from netkit.training.quantized import Quantized
from netkit.training.ranks import Ranks
from netkit.training.resuming import restore, save, saying_what_is_kept
from netkit.training.sampling import Sampling
from netkit.training.steering import Steering
from netkit.training.validation import Result, Row, Validation, answers
from netkit.transfer.rates import LayerRates
from netkit.types import Array
from netkit.visualizer import Visualizer


class Trainer:
    """Train a net for so many iterations over the training set.

    The order of the samples is drawn from (seed, iteration). After each iteration it tests, saves
    the weights in `folder`, and appends to `rows`: energy and correct (percent) as met during it,
    test_energy and test_correct (of boxes: test_map) after it. What is tested, saved and shown are
    the averaged weights if `averaging` makes some; what goes on being trained is kept beside them.

    name: what weights files begin with.  meta: goes into every weights file.  show: the visualizers
    by name, in the order in which they are told.  sampling: which samples an iteration shows.
    validation: what is tested.  rates: which layers learn, and how fast.  comm: what tells the
    processes of a run what the others have; there is one if not given.
    """

    def __init__(
        self,
        net: Net,
        dataset: Dataset,
        energy: Energy,
        *,
        optimizer: Optimizer,
        folder: Path,
        iterations: int,
        batch_size: int,
        seed: int = 0,
        name: str = "net",
        meta: dict[str, Any] | None = None,
        show: Mapping[str, Visualizer] | None = None,
        sampling: Sampling | None = None,
        validation: Validation | None = None,
        averaging: Averaging | None = None,
        rates: LayerRates | None = None,
        comm: Communicator | None = None,
    ) -> None:
        self.net = net
        self.dataset = dataset
        self.energy = energy
        self.optimizer = optimizer
        self.folder = folder
        self.iterations = iterations
        self.batch_size = batch_size
        self.seed = seed
        self.name = name
        self.meta = meta or {}
        self.show = dict(show or {})
        self.sampling = sampling or Sampling()
        self.validation = validation or Validation()
        self.averaging = averaging or Averaging()
        self.rates = rates or LayerRates(net)  # first: it says what a Worker need not compute
        self.quantized = Quantized()  # when and how a net that rounds does so
        self.steering = Steering()  # what is changed in mid-run
        self.shards = Shards(net)
        self.ranks = Ranks(comm or Solo(), self)
        self.optimizer.begin(net, iterations)
        self.slots = optimizer.init(net.values)  # the optimizer's running vectors, by name

        self.samples_per_iteration = self.sampling.length(dataset.train.labels)
        updates = -(-self.samples_per_iteration // batch_size)  # in an iteration
        self.averaging.begin(net, updates)
        self.steps = iterations * updates  # in all
        self.iteration = 0  # iterations done
        self.step = 0  # updates done, over all iterations
        self.shown = 0  # samples shown so far in this iteration
        self.samples_seen = 0  # samples shown over all iterations
        self.rows: list[Row] = []  # the results of each iteration
        self.seconds = 0.0  # that the last iteration trained
        self.saved: int | None = None  # iterations done when `last` was written
        self.lost = False  # whether the run folder can no longer be written
        self.dead = False  # whether its outputs were once the same for all images
        self.stopped = ""  # why it ended before its last iteration
        self.tested: Result | None = None  # the last test of the validation samples
        self.samples: tuple[Any, Any] = (None, None)  # this iteration's, on the backend
        self.energies = np.full(len(dataset.train), np.nan)  # of each sample when last shown

    @property
    def row(self) -> Row:
        """The results of the last iteration, {name: number}."""
        return self.rows[-1] if self.rows else {}

    @property
    def key(self) -> tuple[int, int, int]:
        """Whole numbers to draw random ones from, other ones at each update of each iteration."""
        return self.seed, self.iteration, self.shown

    def run(self) -> None:
        """Train until the last iteration; if interrupted, what was saved after each one stays."""
        with self.net.ops.limits(), self.ranks.running():
            try:
                with saying_what_is_kept(self):
                    self.iterate()
            finally:
                self.averaging.swap()  # for good: the averaged weights are the run's result
                self.tell("end")

    def iterate(self) -> None:
        """Make the iterations that are left, until a test says to stop."""
        self.stopped = self.validation.stop(self)
        self.tell("start")
        if not self.iteration:
            self.save("last", whole=True)
        while self.iteration < self.iterations and not self.stopped:
            self.pass_over()
            self.stopped = self.stopped or self.validation.stop(self)

    def pass_over(self) -> None:
        """Train on the samples of an iteration, test, save and tell."""
        began = time.perf_counter()
        energy, correct = train_once(self)
        self.ranks.level()
        self.seconds = time.perf_counter() - began
        with self.averaging.in_place():
            self.finish_iteration(energy, correct)

    def finish_iteration(self, energy: float, correct: float) -> None:
        """Test, save and tell; energy, correct: as met during the iteration."""
        results, self.tested = self.validation.row(self, energy, correct)
        results = self.ranks.comm.share(results) if self.ranks.many else results
        check_iteration(self, results)
        with waiting():  # an interrupted iteration that is done is saved all the same
            self.save_iteration(results)
        self.tell("iteration")
        if self.ranks.writes:
            warn_if_dead(self)

    def save_iteration(self, results: Row) -> None:
        """Count an iteration as done, and save its weights and results."""
        self.iteration += 1
        eta = self.optimizer.rate(min(1.0, self.step / max(1, self.steps)), self.samples_seen)
        row = {"iteration": self.iteration, **results}
        self.rows.append(row | {"eta": eta, "seconds": self.seconds})
        with lasting():
            self.save(f"{self.name}_net{self.iteration:05d}")
            if self.validation.best(self.rows):
                self.save("best")
            self.save("last", whole=True)

    def begin_iteration(self, iteration: int) -> Array:
        """Take the samples of an iteration; return the indices of those to show, in order."""
        samples = self.dataset.epoch(iteration, self.seed)
        self.samples = self.net.ops.samples(*samples)
        self.labels = samples.labels
        self.learnt = self.sampling.learns(self.energy)
        self.shown = 0
        return self.sampling.order(samples.labels, iteration, self.seed, self.energies)

    def gradient(self, chosen: Array) -> tuple[Array, Array]:
        """Fill net.grads for the samples `chosen`; return the energies and answers of all views.

        Of several processes all must ask; each computes a part of it.
        """
        return self.ranks.gradient(chosen)

    def pass_of(self, shown: Array, piece: Piece | None = None) -> tuple[Array, Array]:
        """Do so in this process alone, for samples as often as they are shown."""
        images, labels = self.samples
        part = self.net.ops.asarray(shown)
        batch, key = self.net.ops.gather(images, part), (self.seed, self.step)
        return self.shards.gradient(batch, labels[part], self.learnt, key, piece=piece)

    def update(self, shown: int, skip: bool = False) -> None:
        """Change the weights by the gradient of `shown` samples; to `skip` it, only count it."""
        self.step += 1
        self.shown += shown
        self.samples_seen += shown
        if not skip:
            done, samples = (self.step - 1) / self.steps, self.samples_seen
            self.rates.step(self.optimizer, self.slots, self.step, progress=done, samples=samples)
        self.averaging.update(self.step)

    def answers(self, samples: Samples) -> tuple[Array, Array]:
        """Return the energy and the answered class of each sample, (N,)."""
        return answers(self.shards, self.energy, samples)

    def tell(self, moment: str) -> None:
        """Call a method of every visualizer: start, step, iteration or end."""
        self.ranks.tell(moment)

    def save(self, name: str, whole: bool = False) -> None:
        """Write the present weights into the run folder; whole: with what a resumed run needs."""
        if self.ranks.writes:
            save(self, self.folder / f"{name}.safetensors", whole)
        elif whole:
            self.saved = self.iteration  # by rank 0, in this moment

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint that was saved with its resume_state."""
        restore(self, checkpoint)
