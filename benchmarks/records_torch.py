"""The jobs of records.py in PyTorch: python benchmarks/records_torch.py NAME --mnist DIR

The net, its first weights, the samples, the changes of the images, the energy, the update rule and
its schedule are those of the recipe; peer/ has them in PyTorch's terms. Before anything is timed,
outputs and gradient must agree with netkit's, and an update too. Batch normalisation is over the
whole batch here, and over each of the parts that a batch is divided into in netkit. The results
stand beside netkit's in benchmarks/results/records.json.

--passes K: time K passes alone, for jobs that take hours.
"""

import argparse
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peer.images import Changes
from peer.nets import as_module
from peer.rules import Rule
from records import RECORDS, keep, said, samples_of
from torch import Tensor, nn

from netkit.build.training import make_trainer
from netkit.config.compose import compose
from netkit.dataset import Samples
from netkit.net import named_layers
from netkit.plugins.augmentation.augmentation import Augmentation
from netkit.plugins.layers.regularisation import Dropout
from netkit.registry import Registry
from netkit.training.trainer import Trainer

FAR = 1e-6  # how far arrays of doubles may be apart, as a share of their length


class Job:
    """A recipe's training in PyTorch, with what a Trainer of netkit was made of."""

    def __init__(self, trainer: Trainer) -> None:
        self.net = trainer.net
        self.trainer = trainer
        self.model = as_module(trainer.net)
        self.changes = Changes(trainer.net)
        self.rule = Rule(trainer.net, trainer.optimizer, self.model)
        smoothing = trainer.energy.smoothing
        self.energy = nn.CrossEntropyLoss(label_smoothing=smoothing)

    def floats(self, images: np.ndarray) -> Tensor:
        """Return images (N, C, H, W) as the net is given them."""
        x = torch.from_numpy(np.asarray(images)).to(torch.get_default_dtype())
        return (x + self.net.bias) * self.net.coeff

    def gradient(self, images: np.ndarray, labels: np.ndarray, *, change: bool) -> None:
        """Fill the weights' gradients."""
        x = self.floats(images)
        self.model.train()
        y = self.model(self.changes(x) if change else x)
        self.energy(y, torch.from_numpy(labels)).backward()

    def train(self, passes: int) -> None:
        """Train for so many of the recipe's passes."""
        trainer, samples = self.trainer, self.trainer.dataset.train
        views, size = trainer.sampling.views, trainer.batch_size
        done = 0
        for iteration in range(passes):
            order = trainer.sampling.order(samples.labels, iteration, trainer.seed)
            for at in range(0, len(order), size):
                chosen = np.sort(np.repeat(order[at : at + size], views))
                rate = trainer.optimizer.rate(done / trainer.steps)
                self.gradient(samples.images[chosen], samples.labels[chosen], change=True)
                self.rule.step(rate)
                done += 1

    @torch.inference_mode()
    def outputs(self, images: np.ndarray) -> Tensor:
        """Return the net's outputs (N, K)."""
        self.model.eval()
        return self.model(self.floats(images))

    def accuracy(self, samples: Samples) -> float:
        """Return the percentage of right answers."""
        right = 0
        for at in range(0, len(samples), 1000):
            part = slice(at, at + 1000)
            answers = self.outputs(samples.images[part]).argmax(1).numpy()
            right += int((answers == samples.labels[part]).sum())
        return 100 * right / len(samples)


def apart(ours: np.ndarray, theirs: Tensor) -> float:
    """Return the distance of two arrays as a share of the length of the first."""
    other = theirs.detach().numpy().reshape(ours.shape)
    return float(np.linalg.norm(ours - other) / np.linalg.norm(ours))


def check(words: list[str]) -> None:
    """Compare outputs, gradient and one update with netkit's, in doubles, without what is random.

    SystemExit says what differs.
    """
    torch.set_default_dtype(torch.float64)
    trainer = trainer_of([*words, "threads=1", "views=1", "dtype=float64"])
    for _, layer in named_layers(trainer.net.layers):
        if isinstance(layer, Augmentation):
            layer.augment = unchanged
        if isinstance(layer, Dropout):
            layer.rate = 0.0
    job, samples, rate = Job(trainer), trainer.dataset.train, 0.01
    images, labels = np.array(samples.images[:64]), np.array(samples.labels[:64])
    outputs = trainer.shards.outputs(images)[:, 0, 0].T
    if not (far := apart(outputs, job.outputs(images))) < FAR:
        raise SystemExit(f"the outputs differ by {far:.1e} of their length")
    trainer.shards.min_images = len(images)  # in one part, over which batch normalisation averages
    trainer.shards.gradient(images, labels, trainer.energy)
    job.gradient(images, labels, change=False)
    theirs = torch.cat([w.grad.flatten() for w in job.model.parameters()])
    if not (far := apart(trainer.net.grads, theirs)) < FAR:
        raise SystemExit(f"the gradients differ by {far:.1e} of their length")
    ours = trainer.net.weights.items()
    before = {name: weights.copy() for name, weights in ours}
    trainer.optimizer.update(trainer.net.values, trainer.net.grads, trainer.slots, 1, rate)
    job.rule.step(rate)
    for (name, weights), other in zip(ours, job.model.parameters(), strict=True):
        start = before[name]
        far = apart(weights - start, other.detach().reshape(start.shape) - torch.tensor(start))
        if not far < FAR:
            raise SystemExit(f"{name}: its update differs by {far:.1e} of its length")
    torch.set_default_dtype(torch.float32)


def unchanged(x: np.ndarray, ctx: Any) -> tuple[np.ndarray, Any]:
    """Do what an augmentation does outside training: nothing."""
    return x, lambda dy: dy


def trainer_of(words: list[str]) -> Trainer:
    """Return the Trainer that a command's words describe."""
    return make_trainer(Registry(), compose("train", words) | {"show": {}}, Path())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=RECORDS)
    parser.add_argument("--mnist", type=Path, default=Path("../shared/data/mnist"))
    parser.add_argument("--cifar", type=Path, default=Path("cifar10"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--passes", type=int, help="time so many passes alone")
    options = parser.parse_args()
    options.choose = False
    record = RECORDS[options.name]
    words = [word.format(mnist=options.mnist, cifar=options.cifar) for word in record.words]
    check(words)
    torch.set_num_threads(options.threads)
    runs = []
    for seed in range(options.seeds):
        torch.manual_seed(seed)
        began = time.perf_counter()
        job = Job(trainer_of([*words, f"seed={seed}"]))
        job.train(options.passes or job.trainer.iterations)
        seconds = time.perf_counter() - began
        if options.passes:
            whole = seconds / options.passes * job.trainer.iterations
            print(f"{whole:.0f} s for {job.trainer.iterations} passes")
            keep(options.name, {"torch_seconds_of_all_passes": round(whole)})
            return
        found = {t: job.accuracy(samples_of(t, options.name, options)) for t in record.tests}
        runs.append({"seed": seed, "seconds": round(seconds, 1), **found})
        print(runs[-1], flush=True)
        keep(options.name, {"torch_runs": runs, "torch": torch.__version__})
    for test in record.tests if runs else ():
        print(f"{test}: {said([run[test] for run in runs])}")


if __name__ == "__main__":
    main()
