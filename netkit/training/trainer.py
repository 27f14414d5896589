"""Trainer: passes over the training set, a test after each, and what is kept of them."""

import logging
import time

import numpy as np

from netkit.errors import NetkitError
from netkit.passes import Shards, no_float_warnings
from netkit.training.checkpoint import Checkpoint
from netkit.training.sampling import Sampling
from netkit.training.validation import Validation

log = logging.getLogger("netkit")


class Trainer:
    """Train a net for so many iterations over the training set, in an order drawn from (seed,
    iteration).

    After each one it tests, saves the weights in `folder`, and appends to `rows`: energy and
    correct (percent) as met during it, test_energy and test_correct after it. `sampling` says which
    samples an iteration shows, `validation` what is tested. `meta` goes into every weights file.
    """

    def __init__(
        self,
        net,
        dataset,
        energy,
        optimizer,
        folder,
        iterations,
        batch_size,
        seed=0,
        name="net",
        meta=None,
        show=None,
        sampling=None,
        validation=None,
    ):
        self.net, self.dataset, self.energy, self.optimizer = net, dataset, energy, optimizer
        self.folder, self.iterations, self.batch_size, self.seed, self.name = (
            folder,
            iterations,
            batch_size,
            seed,
            name,
        )
        self.meta, self.show, self.rows = meta or {}, dict(show or {}), []
        self.sampling, self.validation = sampling or Sampling(), validation or Validation()
        self.slots = optimizer.init(net.values)
        self.length = self.sampling.length(dataset.train.labels)  # samples an iteration
        self.per_iteration = -(-self.length // batch_size)  # updates an iteration
        self.iteration, self.age, self.shown, self.seen = 0, 0, 0, 0
        self.updates, self.shards = iterations * self.per_iteration, Shards(net)
        self.samples, self.energies = (None, None), np.full(len(dataset.train), np.nan)
        self.seconds = 0.0
        self.tested = None  # the validation samples of the last test, their energies and answers

    @property
    def row(self):
        """The results of the last iteration, {name: number}."""
        return self.rows[-1] if self.rows else {}

    @property
    def key(self):
        """Whole numbers to draw random ones from, other ones at each update of each iteration."""
        return self.seed, self.iteration, self.shown

    def run(self):
        """Train until the last iteration; an interrupted one leaves what was saved after the one
        before.
        """
        with self.net.ops.limits():
            try:
                self.tell("start")
                if not self.iteration:
                    self.save("last", self.running)
                while self.iteration < self.iterations and not self.validation.stop(self.rows):
                    self.pass_over()
            except KeyboardInterrupt:
                done = f"interrupted after {self.iteration} of {self.iterations} iterations"
                raise KeyboardInterrupt(
                    f"{done}: go on with netkit train resume={self.folder}"
                ) from None
            finally:
                self.tell("end")

    def pass_over(self):
        """Train on the samples of an iteration, test, save and tell."""
        began = time.perf_counter()
        met = self.train_once()
        self.seconds = time.perf_counter() - began
        results = self.validation.row(self, *met)
        self.iteration += 1
        eta = self.optimizer.rate(min(1.0, self.age / max(1, self.updates)), self.seen)
        self.rows.append(
            {"iteration": self.iteration, **results, "eta": eta, "seconds": self.seconds}
        )
        self.save_iteration()
        self.tell("iteration")

    @no_float_warnings
    def train_once(self):
        """Return the mean energy and the percentage of right answers, as met over the updates of an
        iteration.
        """
        self.dataset.before(self)
        samples = self.dataset.epoch(self.iteration, self.seed)
        self.samples = images, labels = self.net.ops.samples(*samples)
        order = self.sampling.order(samples.labels, self.iteration, self.seed, self.energies)
        energy, self.shown, total, right = self.sampling.learns(self.energy), 0, 0.0, 0
        for at in range(0, len(order), self.batch_size):
            chosen = order[at : at + self.batch_size]
            part = self.net.ops.asarray(chosen)
            self.optimizer.prepare(self)
            e, answers = self.shards.gradient(
                self.net.ops.gather(images, part), labels[part], energy, (self.seed, self.age)
            )
            self.energies[chosen], hits = e, int((answers == samples.labels[chosen]).sum())
            self.update(len(chosen), skip=self.sampling.ignore_correct and hits == len(chosen))
            total, right = total + self.finite(float(e.sum())), right + hits
            self.tell("step")
        return total / len(order), 100 * right / len(order)

    def answers(self, samples, size=250):
        """Return the energy and the answered class of each sample with the present weights: two
        arrays (N,).
        """
        images, labels = self.net.ops.samples(*samples)
        parts = [(np.zeros(0), np.zeros(0, np.int64))]
        for at in range(0, len(labels), size):
            parts.append(
                self.shards.test(images[at : at + size], labels[at : at + size], self.energy)
            )
        return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))

    def update(self, shown, skip=False):
        """Change the weights by the gradient of `shown` samples; count it only, to `skip` it."""
        progress = self.age / self.updates
        self.age, self.shown, self.seen = self.age + 1, self.shown + shown, self.seen + shown
        if not skip:
            self.optimizer.step(
                self.net.values, self.net.grads, self.slots, self.age, progress, self.seen
            )

    def finite(self, energy):
        """Return a batch's energy, or end the run if it is infinite or not a number."""
        if not np.isfinite(energy):
            raise NetkitError(
                f"energy is {energy} in iteration {self.iteration + 1}, update {self.age}, with eta="
                f"{self.optimizer.eta:g}: train with a smaller eta; {self.folder}/last.safetensors is kept"
            )
        return energy

    # ---- what is kept ----

    @property
    def running(self):
        """What a resumed run needs beside the weights: {name: vector}, the optimizer's and the
        sampling's.
        """
        kept = (
            {"sampling/energies": self.net.ops.asarray(self.energies)}
            if self.sampling.sample_probabilities
            else {}
        )
        kept |= {f"dataset/{name}": array for name, array in self.dataset.kept().items()}
        return {f"optimizer/{name}": vector for name, vector in self.slots.items()} | kept

    def checkpoint(self, running=None):
        """Return the present weights with all that it takes to go on from them."""
        counts = {
            "iteration": self.iteration,
            "age": self.age,
            "seen": self.seen,
            "rows": self.rows,
        }
        return Checkpoint.of(self.net, {**self.meta, **counts}, running)

    def save(self, name, running=None):
        self.checkpoint(running).save(self.folder / f"{name}.safetensors")

    def save_iteration(self):
        """Save this iteration's weights, as `best` too if they are, and as `last` what a resumed
        run starts from.
        """
        self.save(f"{self.name}_net{self.iteration:05d}")
        if self.validation.best(self.rows):
            self.save("best")
        self.save("last", self.running)

    def restore(self, checkpoint):
        """Go on from a checkpoint that was saved with an optimizer's running vectors."""
        checkpoint.restore(self.net)
        self.slots = checkpoint.running("optimizer/", self.net.ops)
        self.energies = checkpoint.tensors.get("sampling/energies", self.energies).copy()
        start = "dataset/"
        self.dataset.restore(
            {k.removeprefix(start): a for k, a in checkpoint.tensors.items() if k.startswith(start)}
        )
        self.iteration, self.age = checkpoint.meta["iteration"], checkpoint.meta["age"]
        self.seen, self.rows = checkpoint.meta["seen"], checkpoint.meta["rows"]

    def show_checkpoint(self, checkpoint):
        """Tell the visualizers of an iteration that was kept, as if it had just ended."""
        checkpoint.restore(self.net)
        meta = checkpoint.meta
        self.iteration, self.age, self.rows = meta["iteration"], meta["age"], meta["rows"]
        self.tested = None
        with self.net.ops.limits():
            self.tell("iteration")

    def tell(self, moment):
        """Call a method of every visualizer; one that fails is reported and switched off."""
        for name, visualizer in list(self.show.items()):
            try:
                getattr(visualizer, moment)(self)
            except Exception as error:  # the plugin door: a picture must not end a training run
                del self.show[name]
                log.warning(
                    "visualizer '%s' failed in %s and is switched off: %s: %s",
                    name,
                    moment,
                    type(error).__name__,
                    error,
                )
                log.debug("visualizer '%s'", name, exc_info=True)
