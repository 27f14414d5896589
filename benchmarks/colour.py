"""Training steps of the archs for colour images, beside PyTorch: python benchmarks/colour.py

A step is all that an update takes: images of 32x32x3 bytes to floats, forward, cross-entropy,
backward, SGD. PyTorch has the images as floats already. First the gradients of both must agree
(on one thread: batch statistics are a thread's own in netkit); then they take turns, and medians
are printed in images a second. Let nothing else run.
"""

import argparse
from typing import Any

import numpy as np
import torch
from peer.nets import as_module
from peer.steps import Steps
from torch import nn

from netkit.bench.measure import alternate, row
from netkit.build.parts import make_net
from netkit.config.compose import compose
from netkit.registry import Registry

ETA, CLASSES, SHAPE = 1e-3, 10, (3, 32, 32)


class Netkit(Steps):
    """netkit's side: the arch on so many threads."""

    def __init__(self, arch: str, threads: int) -> None:
        registry, cfg = Registry(), compose("train", [f"arch={arch}", "energy=cross_entropy"])
        self.ops = registry.make("backend", {"type": "native", "threads": threads})
        scale = {"bias": -128.0, "coeff": 0.01}
        net = make_net(registry, cfg, SHAPE, classes=CLASSES, ops=self.ops, **scale)
        energy = registry.make("energy", cfg["energy"]).bind(self.ops, net, CLASSES)
        super().__init__(net, energy, ETA)


class Torch:
    """PyTorch's side: eager, its arrays as they come or channels last."""

    def __init__(self, netkit: Netkit, *, last: bool) -> None:
        self.layout = torch.channels_last if last else torch.contiguous_format
        self.model = model = as_module(netkit.net).to(memory_format=self.layout)
        self.sgd = torch.optim.SGD(model.parameters(), lr=ETA)

    def prepare(self, images: np.ndarray, labels: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """Return a batch of floats and its labels."""
        x = torch.from_numpy((images.astype(np.float32) - 128) * np.float32(0.01))
        return x.contiguous(memory_format=self.layout), torch.from_numpy(labels)

    def gradient(self, x: torch.Tensor, labels: torch.Tensor) -> np.ndarray:
        """Return the flat gradient."""
        self.sgd.zero_grad()
        nn.functional.cross_entropy(self.model(x), labels).backward()
        parts = [p.grad.contiguous().numpy().ravel() for p in self.model.parameters()]
        return np.concatenate(parts)

    def step(self, x: torch.Tensor, labels: torch.Tensor) -> None:
        """Do one training step."""
        self.sgd.zero_grad()
        nn.functional.cross_entropy(self.model(x), labels).backward()
        self.sgd.step()


def agree(arch: str, images: np.ndarray, labels: np.ndarray) -> float:
    """Return how far the gradients are apart, as a share of the length of PyTorch's."""
    ours = Netkit(arch, 1)
    theirs = Torch(ours, last=False)
    ours.shards.gradient(images, labels, ours.energy)
    expected = ours.by_parts(theirs.gradient, *theirs.prepare(images, labels))
    return float(np.linalg.norm(ours.net.grads - expected) / np.linalg.norm(expected))


def measure(arch: str, batch: int, threads: int, options: argparse.Namespace) -> dict[str, Any]:
    """Return a row of images a second, as netkit.bench.measure.row has it."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (batch, *SHAPE), dtype=np.uint8)
    labels = rng.integers(0, CLASSES, batch)
    apart = agree(arch, images, labels)
    if not apart < 2e-3:
        raise SystemExit(f"{arch}: the gradients differ by {apart:.1e}: nothing is timed")
    torch.set_num_threads(threads)
    ours = Netkit(arch, threads)
    sides = {"torch": Torch(ours, last=False), "torch channels_last": Torch(ours, last=True)}
    calls = {"netkit": lambda: ours.step(images, labels)}
    for name, side in sides.items():
        x, t = side.prepare(images, labels)
        calls[name] = lambda side=side, x=x, t=t: side.step(x, t)
    with ours.ops.limits():
        rates = alternate(calls, batch, rounds=options.rounds, seconds=options.seconds)
    known = {"arch": arch, "batch": batch, "threads": threads, "apart": apart}
    return known | row(rates, "netkit")


def said(found: dict[str, Any]) -> str:
    """Return a row as a line."""
    medians = "  ".join(f"{name} {value:,.0f}" for name, value in found["medians"].items())
    spread = f"{found['least']:.2f}..{found['most']:.2f}"
    return (
        f"{found['arch']} batch {found['batch']} threads {found['threads']}: {medians} images/s; "
        f"{found['ratio']:.2f} ({spread}) times the best; gradients {found['apart']:.0e} apart"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--archs", nargs="+", default=["resnet8", "mobile"])
    parser.add_argument("--batches", nargs="+", type=int, default=[64, 128])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    for arch in options.archs:
        for threads in options.threads:
            for batch in options.batches:
                print(said(measure(arch, batch, threads, options)), flush=True)


if __name__ == "__main__":
    main()
