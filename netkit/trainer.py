"""Trainer: passes over the training set, a test after each, and what is kept of them."""

import logging
import time

import numpy as np

from netkit.checkpoint import Checkpoint
from netkit.errors import NetkitError
from netkit.shards import Shards, quiet

log = logging.getLogger("netkit")


class Trainer:
    """Train a net: `iterations` passes over the training set in an order drawn from (seed, iteration).

    After each pass it tests, saves the weights in `folder`, and appends to `rows`: energy and correct (percent)
    as met during the pass, test_energy and test_correct after it. `meta` goes into every weights file.
    """

    def __init__(
        self, net, dataset, energy, optimizer, folder, iterations, batch_size, seed=0, name="net", meta=None, show=None
    ):
        self.net, self.dataset, self.energy, self.optimizer = net, dataset, energy, optimizer
        self.folder, self.iterations, self.batch_size, self.seed, self.name = folder, iterations, batch_size, seed, name
        self.meta, self.show, self.rows = meta or {}, dict(show or {}), []
        self.slots = optimizer.init(net.x)
        self.iteration, self.age, self.per_iteration = 0, 0, -(-len(dataset.train) // batch_size)
        self.updates, self.shards = iterations * self.per_iteration, Shards(net)
        self.seconds = 0.0
        self.tested = None  # the validation samples' energies and answers in the last test

    @property
    def row(self):
        """The results of the last iteration, {name: number}."""
        return self.rows[-1] if self.rows else {}

    def run(self):
        """Train until the last iteration; an interrupted one leaves what was saved after the one before."""
        with self.net.ops.limits():
            try:
                self.tell("start")
                if not self.iteration:
                    self.save("last", self.slots)
                while self.iteration < self.iterations:
                    self.pass_over()
            except KeyboardInterrupt:
                done = f"interrupted after {self.iteration} of {self.iterations} iterations"
                raise KeyboardInterrupt(f"{done}: go on with netkit train resume={self.folder}") from None
            finally:
                self.tell("end")

    def pass_over(self):
        """Train on every sample once, test, save and tell."""
        began = time.perf_counter()
        energy, correct = self.train_once()
        self.seconds = time.perf_counter() - began
        test_energy, test_correct = self.test()
        self.iteration += 1
        self.rows.append(
            {
                "iteration": self.iteration,
                "energy": energy,
                "correct": correct,
                "test_energy": test_energy,
                "test_correct": test_correct,
                "eta": self.optimizer.rate(min(1.0, self.age / max(1, self.updates))),
                "seconds": self.seconds,
            }
        )
        self.save_iteration()
        self.tell("iteration")

    @quiet
    def train_once(self):
        """Return the mean energy and the percentage of right answers over one pass of updates."""
        images, labels = self.net.ops.samples(*self.dataset.train)
        order = np.random.default_rng([self.seed, self.iteration]).permutation(len(labels))
        energies, right = [], 0
        for at in range(0, len(order), self.batch_size):
            part = self.net.ops.asarray(order[at : at + self.batch_size])
            e, answers = self.shards.gradient(images[part], labels[part], self.energy, (self.seed, self.age))
            progress = self.age / self.updates
            self.age += 1
            self.optimizer.step(self.net.x, self.net.dx, self.slots, self.age, progress)
            energies.append(float(e.sum()))
            if not np.isfinite(energies[-1]):
                raise NetkitError(
                    f"energy is {energies[-1]} in iteration {self.iteration + 1}, update {self.age}, with eta="
                    f"{self.optimizer.eta:g}: train with a smaller eta; {self.folder}/last.safetensors is kept"
                )
            right += int((answers == self.dataset.train.labels[order[at : at + self.batch_size]]).sum())
            self.tell("step")
        return sum(energies) / len(order), 100 * right / len(order)

    def test(self):
        """Return the mean energy and the percentage of right answers over the validation set."""
        self.tested = energies, answers = self.answers(self.dataset.val)
        n = max(1, len(energies))
        return float(energies.sum()) / n, 100 * int((answers == self.dataset.val.labels).sum()) / n

    def answers(self, samples, size=250):
        """Return the energy and the answered class of each sample with the present weights: two arrays (N,)."""
        images, labels = self.net.ops.samples(*samples)
        parts = [(np.zeros(0), np.zeros(0, np.int64))]
        for at in range(0, len(labels), size):
            parts.append(self.shards.test(images[at : at + size], labels[at : at + size], self.energy))
        return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))

    # ---- what is kept ----

    def checkpoint(self, slots=None):
        """Return the present weights with all that it takes to go on from them."""
        return Checkpoint.of(
            self.net, {**self.meta, "iteration": self.iteration, "age": self.age, "rows": self.rows}, slots
        )

    def save(self, name, slots=None):
        self.checkpoint(slots).save(self.folder / f"{name}.safetensors")

    def save_iteration(self):
        """Save this iteration's weights, as `best` too if they are, and as `last` what a resumed run starts from."""
        self.save(f"{self.name}_net{self.iteration:05d}")
        if self.row["test_correct"] >= max(row["test_correct"] for row in self.rows):
            self.save("best")
        self.save("last", self.slots)

    def restore(self, checkpoint):
        """Go on from a checkpoint that was saved with an optimizer's running vectors."""
        checkpoint.restore(self.net)
        self.slots = checkpoint.slots(self.net.ops)
        self.iteration, self.age = checkpoint.meta["iteration"], checkpoint.meta["age"]
        self.rows = checkpoint.meta["rows"]

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
