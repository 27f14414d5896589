"""Samples a second of LeNet-5 training beside PyTorch, where it is installed: python benchmarks/train_lenet5.py

The work is arch=lenet5 without contrast normalisation, table or jitter (conv 5x5 1-6, tanh, trained 2x2 subsampling,
conv 6-16, conv 16-120, linear 10), float32, squared error, plain gradient descent: forward, backward and update.
Both start from the same weights, and their gradients are compared before anything is timed. Runs alternate; the
table gives medians, and the ratio of each pair of neighbouring runs with its spread.
"""

import argparse
import statistics
import time

import numpy as np

from netkit.backends.numpy import NumpyBackend
from netkit.commands.build import make_net
from netkit.configs import compose
from netkit.plugins.energies import L2
from netkit.plugins.optimizers import Sgd
from netkit.registry import Registry
from netkit.shards import Shards

ARCH = "arch=lenet5", "arch.normalise=false", "arch.jitter=false", "arch.layers.c2.table=null"
ETA = 1e-4


class Netkit:
    """netkit's side: images (N, 1, 28, 28) of uint8 as a data set has them, converted in the timed part."""

    def __init__(self, threads):
        self.ops = NumpyBackend(threads)
        self.net = make_net(Registry(), compose("train", ARCH), (1, 28, 28), 10, self.ops, 0, 0.01)
        self.energy, self.shards = L2().bind(self.ops, self.net, 10), Shards(self.net)
        self.sgd = Sgd(ETA)
        self.slots = self.sgd.init(self.net.x)

    def step(self, images, labels):
        self.shards.gradient(images, labels, self.energy)
        self.sgd.step(self.net.x, self.net.dx, self.slots, 1, 0.0)


class Torch:
    """PyTorch eager: float images, as a training loop would have converted once."""

    def __init__(self, threads, weights):
        import torch
        from torch import nn

        class Subs(nn.Module):
            def __init__(self, maps):
                super().__init__()
                self.c = nn.Parameter(torch.full((maps, 1, 1), 0.5))
                self.b = nn.Parameter(torch.zeros(maps, 1, 1))

            def forward(self, x):
                return nn.functional.avg_pool2d(x, 2) * 4 * self.c + self.b

        torch.set_num_threads(threads)
        self.torch = torch
        self.model = nn.Sequential(
            nn.ZeroPad2d(2), nn.Conv2d(1, 6, 5), nn.Tanh(), Subs(6), nn.Tanh(), nn.Conv2d(6, 16, 5), nn.Tanh(),
            Subs(16), nn.Tanh(), nn.Conv2d(16, 120, 5), nn.Tanh(), nn.Flatten(), nn.Linear(120, 10), nn.Tanh(),
        )  # fmt: skip
        with torch.no_grad():
            for parameter, w in zip(self.model.parameters(), weights, strict=True):
                parameter.copy_(torch.from_numpy(w.copy()).reshape(parameter.shape))
        self.sgd = torch.optim.SGD(self.model.parameters(), lr=ETA)

    def step(self, images, targets):
        self.sgd.zero_grad()
        y = self.model(images)
        (0.5 * (y - targets).square().sum() / len(y)).backward()
        self.sgd.step()


def rate(step, batch, seconds):
    """Return the samples a second of repeated steps over at least `seconds`."""
    steps, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        step()
        steps += 1
    return steps * batch / (time.perf_counter() - began)


def compare(ours, theirs, images, labels, batch, rounds, seconds):
    """Return the rates of both in alternating rounds."""
    import torch

    x = torch.from_numpy(images[:batch].astype(np.float32) * 0.01)
    t = torch.from_numpy((2.0 * np.eye(10)[labels[:batch]] - 1).astype(np.float32))
    pairs = []
    for _ in range(rounds + 1):
        pairs.append(
            (
                rate(lambda: ours.step(images[:batch], labels[:batch]), batch, seconds),
                rate(lambda: theirs.step(x, t), batch, seconds),
            )
        )
    return pairs[1:]  # the first round warms up


def same_gradient(ours, theirs, images, labels):
    """Return the largest difference between the two gradients, relative to the largest gradient."""
    import torch

    ours.shards.gradient(images, labels, ours.energy)
    targets = torch.from_numpy((2.0 * np.eye(10)[labels] - 1).astype(np.float32))
    theirs.sgd.zero_grad()
    y = theirs.model(torch.from_numpy(images.astype(np.float32) * 0.01))
    (0.5 * (y - targets).square().sum() / len(y)).backward()
    gradient = np.concatenate([p.grad.numpy().ravel() for p in theirs.model.parameters()])
    return float(np.abs(gradient - ours.net.dx).max() / np.abs(gradient).max())


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--batches", type=int, nargs="+", default=[1, 16, 64, 256])
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--seconds", type=float, default=0.7, help="length of one run")
    options.add_argument("--threads", type=int, default=None)
    o = options.parse_args()
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (max(o.batches), 1, 28, 28), dtype=np.uint8)
    labels = rng.integers(0, 10, max(o.batches))
    ours = Netkit(o.threads)
    try:
        theirs = Torch(ours.ops.shards, ours.net.weights.values())
    except ImportError:
        theirs = None
        print("PyTorch is not installed: netkit alone (pip install torch for the ratios)")
    with ours.ops.limits():
        if theirs:
            print(f"gradients differ by {same_gradient(ours, theirs, images, labels):.1e} of the largest")
        print(f"{ours.ops.shards} threads, float32, samples/s\nbatch   netkit  pytorch   ratio (least..most)")
        for batch in o.batches:
            if theirs:
                pairs = compare(ours, theirs, images, labels, batch, o.rounds, o.seconds)
                a, b = (statistics.median(side) for side in zip(*pairs, strict=True))
                ratios = sorted(x / y for x, y in pairs)
                spread = f"({ratios[0]:.2f}..{ratios[-1]:.2f})"
                print(f"{batch:5} {a:8.0f} {b:8.0f}   {statistics.median(ratios):.2f}  {spread}")
            else:
                step = lambda n=batch: ours.step(images[:n], labels[:n])  # noqa: E731
                rates = [rate(step, batch, o.seconds) for _ in range(o.rounds + 1)][1:]
                print(f"{batch:5} {statistics.median(rates):8.0f}")


if __name__ == "__main__":
    main()
