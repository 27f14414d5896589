"""A fully convolutional net over whole images, beside PyTorch: python benchmarks/finder.py

The net is a one-stage detector's, over colour images of 240x320: conv 3x3 3-16-32-48 of stride 2,
six more of 48, each with batchnorm and relu, and 1x1 to 7 outputs at 30x40 places. Timed in turns
with PyTorch eager (arrays as they come, and channels last):

    train    a step: bytes to floats, forward, half the squared error of all outputs, backward, SGD.
             PyTorch has the images as floats already.
    answer   one image of 240x320 to 7x30x40 outputs.
    whole    the same from 480x640 pixels: resized, then answered. Both resize by Pillow.

First the outputs and gradients of both must agree (part by part of a batch: batch normalisation has
statistics of its own in each). Medians, in images a second or in milliseconds. --output FILE writes
all single runs as JSON; --profile prints each kernel of netkit's program instead.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peer.nets import as_module
from peer.steps import Steps

from netkit.backends.native.op import KINDS, OP
from netkit.bench.measure import alternate, row, sgemm
from netkit.energy import Energy
from netkit.files.images import resize
from netkit.net import Net
from netkit.registry import Registry

SHAPE, PHOTO, OUTPUTS, ETA = (3, 240, 320), (3, 480, 640), (7, 30, 40), 1e-5
CONVOLUTIONS = [(16, 2), (32, 2), (48, 2), *[(48, 1)] * 6]  # (maps, stride)


def layers() -> dict[str, dict[str, Any]]:
    """Return the net's layers, as an arch has them."""
    named: dict[str, dict[str, Any]] = {}
    for k, (out, stride) in enumerate(CONVOLUTIONS):
        named[f"c{k}"] = {"type": "conv", "out": out, "kernel": 3, "stride": stride, "pad": 1}
        named[f"c{k}"]["bias"] = False
        named[f"norm{k}"] = {"type": "batchnorm"}
        named[f"relu{k}"] = {"type": "relu"}
    return named | {"out": {"type": "conv", "out": OUTPUTS[0], "kernel": 1}}


class Squares(Energy):
    """Half the squared error of all outputs; labels (N, 7, 30, 40) are what they should be."""

    def forward(self, y: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, Callable]:
        """Return the energies (N,) and backward(scale) -> dy."""
        off = y - labels.transpose(1, 2, 3, 0)
        return 0.5 * np.square(off).sum((0, 1, 2)), lambda scale: scale * off

    def answer(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the largest output's number, and it (h, w, N)."""
        return y.argmax(0), y.max(0)


class Netkit(Steps):
    """netkit's side, on so many threads."""

    def __init__(self, threads: int) -> None:
        registry = Registry()
        self.ops = registry.make("backend", {"type": "native", "threads": threads})
        made = registry.layers(layers(), OUTPUTS[0])
        net = Net(made, SHAPE, self.ops, seed=1, bias=-128.0, coeff=0.01)
        energy = Squares()
        energy.ops = self.ops
        super().__init__(net, energy, ETA)

    def answer(self, images: np.ndarray) -> np.ndarray:
        """Return the outputs (N, 7, 30, 40) for images of bytes."""
        return self.shards.outputs(images).transpose(3, 0, 1, 2)


class Torch:
    """PyTorch's side: eager, its arrays as they come or channels last."""

    def __init__(self, netkit: Netkit, *, last: bool) -> None:
        self.layout = torch.channels_last if last else torch.contiguous_format
        self.model = model = as_module(netkit.net).to(memory_format=self.layout)
        self.sgd = torch.optim.SGD(model.parameters(), lr=ETA)

    def floats(self, images: np.ndarray) -> torch.Tensor:
        """Return images of bytes as floats."""
        x = torch.from_numpy((images.astype(np.float32) - 128) * np.float32(0.01))
        return x.contiguous(memory_format=self.layout)

    def gradient(self, x: torch.Tensor, labels: torch.Tensor) -> np.ndarray:
        """Return the flat gradient."""
        self.sgd.zero_grad()
        (0.5 * (self.model(x) - labels).square().sum() / len(x)).backward()
        parts = [p.grad.contiguous().numpy().ravel() for p in self.model.parameters()]
        return np.concatenate(parts)

    def step(self, x: torch.Tensor, labels: torch.Tensor) -> None:
        """Do one training step."""
        self.sgd.zero_grad()
        (0.5 * (self.model(x) - labels).square().sum() / len(x)).backward()
        self.sgd.step()

    def answer(self, x: torch.Tensor) -> np.ndarray:
        """Return the outputs for images of floats."""
        with torch.inference_mode():
            return self.model(x).numpy()


def batch_of(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return random images of bytes, and what their outputs should be."""
    rng = np.random.default_rng(n)
    images = rng.integers(0, 256, (n, *SHAPE), dtype=np.uint8)
    return images, rng.normal(0, 1, (n, *OUTPUTS)).astype(np.float32)


def apart(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Return how far two arrays are apart, as a share of the length of the other's."""
    return float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs))


def agree() -> tuple[float, float]:
    """Return how far outputs and gradients are apart; end if it is not the same work.

    A relu in a million is so near zero that float32 takes it for the other side in one of them: the
    gradients of a few places then differ, by up to a hundredth of all.
    """
    ours, (images, labels) = Netkit(1), batch_of(4)
    theirs = Torch(ours, last=False)
    x, wanted = theirs.floats(images), torch.from_numpy(labels)
    ours.shards.gradient(images, labels, ours.energy)
    gradient = apart(ours.net.grads, ours.by_parts(theirs.gradient, x, wanted))
    running = {name: torch.from_numpy(a) for name, a in ours.net.states.items()}
    for k in range(len(CONVOLUTIONS)):  # theirs are of the last part alone
        norm = theirs.model[3 * k + 1]
        norm.running_mean.copy_(running[f"norm{k}.mean"])
        norm.running_var.copy_(running[f"norm{k}.variance"])
    theirs.model.eval()
    answer = apart(ours.answer(images), theirs.answer(x))
    if not (answer < 1e-4 and gradient < 1e-2):
        raise SystemExit(
            f"outputs differ by {answer:.1e}, gradients by {gradient:.1e}: nothing is timed"
        )
    return answer, gradient


def calls_of(work: str, n: int, threads: int) -> dict[str, Callable[[], Any]]:
    """Return what is timed: {side: call}."""
    ours, (images, labels) = Netkit(threads), batch_of(n)
    sides = {"torch": Torch(ours, last=False), "torch channels_last": Torch(ours, last=True)}
    photo = np.random.default_rng(1).integers(0, 256, PHOTO, dtype=np.uint8)
    calls: dict[str, Callable[[], Any]] = {}
    if work == "train":
        calls["netkit"] = lambda: ours.step(images, labels)
        for name, side in sides.items():
            x, t = side.floats(images), torch.from_numpy(labels)
            calls[name] = lambda side=side, x=x, t=t: side.step(x, t)
        return calls
    for side in sides.values():
        side.model.eval()
    if work == "answer":
        calls["netkit"] = lambda: ours.answer(images)
        for name, side in sides.items():
            x = side.floats(images)
            calls[name] = lambda side=side, x=x: side.answer(x)
    else:
        small = SHAPE[1:]
        calls["netkit"] = lambda: ours.answer(resize(photo, *small)[None])
        for name, side in sides.items():
            calls[name] = lambda side=side: side.answer(side.floats(resize(photo, *small)[None]))
    return calls


WORK = [("train", 8), ("train", 16), ("answer", 1), ("whole", 1)]


def measure(work: str, n: int, threads: int, options: argparse.Namespace) -> dict[str, Any]:
    """Return one row of results, and print it."""
    torch.set_num_threads(threads)
    calls = calls_of(work, n, threads)
    with Registry().make("backend", {"type": "native", "threads": threads}).limits():
        rates = alternate(calls, n, rounds=options.rounds, seconds=options.seconds)
    found = row(rates, "netkit") | {"work": work, "batch": n, "threads": threads}
    said = [
        f"{name} {value:,.0f}" if work == "train" else f"{name} {1e3 / value:.2f}"
        for name, value in found["medians"].items()
    ]
    unit = "images/s" if work == "train" else "ms"
    print(
        f"{work} {n} threads {threads}: {'  '.join(said)} {unit}; {found['ratio']:.2f} "
        f"({found['least']:.2f}..{found['most']:.2f}) times the best",
        flush=True,
    )
    return found


def profile(n: int) -> None:
    """Print the time of each kernel for n images on one thread, forward and backward."""
    ours, (images, _) = Netkit(1), batch_of(n)
    worker = ours.shards.workers[0]
    worker.training = True
    y, backward = ours.net.forward(worker.to_input(images), worker.contexts)
    backward(np.ones_like(y))
    program = next(iter(worker.contexts[0].fused[0][0].programs.values()))
    names = {number: name for name, number in KINDS.items()}
    print(f"{n} images, one thread; sgemm {sgemm(1):.0f} GFLOP/s; least of 7, processor ms")
    for k, op in enumerate(program.ops):
        maps = int(op["C"]) * int(op["kh"]) * int(op["kw"]) if names[op["kind"]] == "conv" else 0
        work = 2e-6 * maps * int(op["O"]) * int(op["oh"]) * int(op["ow"]) * n  # MFLOP / 1e3
        at = program.address + k * OP.itemsize
        said = f"{names[op['kind']]:9} {op['C']:3}-{op['O']:<3} {op['oh']:3}x{op['ow']:<3}"
        # The gradient of a batchnorm behind a convolution is made with that convolution's.
        ways = [(0, 1, 1), (1, 2 if op["norm"] else 1, 1 + int(op["wants_dx"]))]
        alone = not (k and program.ops[k - 1]["norm"])
        for back, count, times in ways[: 1 + alone]:
            spent = []
            for _ in range(7):
                began = time.thread_time()
                program.library.run(at, count, back)
                spent.append(time.thread_time() - began)
            said += f"  {'backward' if back else 'forward'} {1e3 * min(spent):7.3f}"
            said += f" {work * times / min(spent) / 1e3:4.0f} GFLOP/s" if work else " " * 13
        print(said)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--work", nargs="+", default=["train", "answer", "whole"])
    parser.add_argument("--output", type=Path, help="a file of JSON to write")
    parser.add_argument("--profile", type=int, metavar="N", help="profile N images and end")
    options = parser.parse_args()
    if options.profile:
        profile(options.profile)
        return
    answer, gradient = agree()
    print(f"outputs are {answer:.0e} apart, gradients {gradient:.0e}", flush=True)
    rows = [
        measure(work, n, threads, options)
        for threads in options.threads
        for work, n in WORK
        if work in options.work
    ]
    if options.output:
        found = {"numpy": np.__version__, "torch": torch.__version__, "rows": rows}
        options.output.write_text(json.dumps(found | {"sgemm": sgemm(2)}, indent=1) + "\n")


if __name__ == "__main__":
    main()
