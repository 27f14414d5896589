"""Check and measure the cupy backend on a GPU, beside PyTorch on the same one.

    python benchmarks/gpu.py [--dry]

First every layer and energy gives numpy's numbers, by the tests that have a cupy case; then steps
of both networks at batches of 64 to 4096 in alternating runs, beside PyTorch eager, compiled and as
CUDA graphs; then an iteration over 60,000 samples and how soon MNIST (the folder MNIST=..., or
netkit's 10,000 digits) is known to 99 %. One table, under eight minutes. --dry runs all of it on
the CPU at small sizes, to see that it works; its numbers mean nothing.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from netkit.bench import measure, peers
from netkit.bench.work import Netkit
from netkit.commands.train import train
from netkit.config.compose import compose

ROOT = Path(__file__).parent.parent
BATCHES = 64, 256, 1024, 4096
REPEAT = 10  # steps between two waits for the device
GPU_WAYS = {
    "compiled": {"compiled": True},
    "graph": {"graph": True},
    "graph channels_last": {"graph": True, "last": True},
}


def main() -> None:
    """Check, then measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dry", action="store_true", help="on the CPU, at small sizes")
    dry, began = parser.parse_args().dry, time.perf_counter()
    backend, device = ("numpy", "cpu") if dry else ("cupy", "cuda")
    if not dry:
        words = (
            "-q",
            "-k",
            "cupy",
            "tests/plugins/layers/test_layers.py",
            "tests/plugins/test_energies.py",
            "tests/plugins/optimizers/test_optimizers.py",
        )
        subprocess.run([sys.executable, "-m", "pytest", *words], cwd=ROOT, check=True)
    for network in ("lenet5", "conv64"):
        for row in steps(
            network,
            backend,
            device,
            batches=(8, 16) if dry else BATCHES,
            rounds=1 if dry else 5,
            seconds=0.01 if dry else 0.3,
        ):
            show(f"{network} train {row['batch']}", row)
    for name, seconds in iteration(backend, 600 if dry else 60_000):
        print(f"{name:28} {seconds:.3f} s", flush=True)
    print(until(backend, 0.5 if dry else 0.99, 1 if dry else 20), flush=True)
    print(f"in all {time.perf_counter() - began:.0f} s")


def steps(
    network: str,
    backend: str,
    device: str,
    *,
    batches: tuple[int, ...],
    rounds: int,
    seconds: float,
) -> Iterator[dict[str, Any]]:
    """Yield a row for each batch size, once gradients and the weights after 100 steps agree."""
    ours = Netkit(network, backend)
    ways = peers.EAGER | GPU_WAYS if device == "cuda" else peers.EAGER
    there = {name: {**way, "device": device} for name, way in ways.items()}
    theirs = {} if peers.missing("torch") else peers.sides("torch", network, ours, there)
    sides = {f"netkit {backend}": ours, **theirs}
    for name, side in theirs.items():
        far = measure.agree(Netkit(network, backend), side, f"{network}, {name}")
        print(
            f"{network}, {name}: gradients differ by {far[0]:.0e}, "
            f"how far the weights moved in 100 steps by {far[1]:.0e}"
        )
    for batch in batches:
        calls = {}
        for name, side in sides.items():
            prepared = side.prepare(*measure.batch_of(batch))
            calls[name] = timed(side, prepared, ours.ops if side is ours else None, device)
        rates = measure.alternate(calls, batch * REPEAT, rounds=rounds, seconds=seconds)
        yield {"batch": batch, **measure.row(rates, f"netkit {backend}")}


def timed(side: Any, prepared: tuple[Any, Any], ops: Any, device: str) -> Callable[[], None]:
    """Return a function of REPEAT steps that waits until the device has done them."""

    def run() -> None:
        for _ in range(REPEAT):
            side.step(*prepared)
        if ops is not None:
            ops.synchronize()
        elif device == "cuda":
            import torch

            torch.cuda.synchronize()

    return run


def iteration(backend: str, samples: int) -> Iterator[tuple[str, float]]:
    """Yield how long one iteration over so many samples takes both networks, batch 256."""
    rng = np.random.default_rng(0)
    images, labels = (
        rng.integers(0, 256, (samples, 1, 28, 28), np.uint8),
        rng.integers(0, 10, samples),
    )
    for network in ("lenet5", "conv64"):
        side = Netkit(network, backend)
        resident, classes = side.prepare(images, labels)
        for _ in range(2):  # the first compiles and records
            began = time.perf_counter()
            order = rng.permutation(samples)
            for at in range(0, samples, 256):
                part = side.ops.asarray(order[at : at + 256])
                side.step(side.ops.gather(resident, part), classes[part])
            side.ops.synchronize()
            seconds = time.perf_counter() - began
        yield f"{network}, {samples:,} samples", seconds


def until(backend: str, target: float, most: int) -> str:
    """Return in words how long it takes to learn to answer `target` of the test digits rightly.

    most: iterations.
    """
    root = [f"root={os.environ['MNIST']}"] if os.environ.get("MNIST") else []
    words = [
        f"backend={backend}",
        "arch=lenet5",
        "arch.jitter=false",
        "arch.normalise=false",
        "optimizer=adam",
        "eta=4e-3",
        "batch_size=256",
        "train_size=null",
        "val_size=null",
        f"iterations={most}",
        "report=false",
        *root,
    ]
    with tempfile.TemporaryDirectory() as folder:
        train(compose("train", words), folder)
        with open(f"{folder}/results.csv") as file:
            rows = list(csv.DictReader(file))
    total = 0.0
    for row in rows:
        total += float(row["seconds"])
        if float(row["test_correct"]) >= 100 * target:
            return (
                f"{target:.0%} of the test digits after {row['iteration']} iterations, "
                f"{total:.2f} s of training"
            )
    return (
        f"{target:.0%} is not reached in {most} iterations: "
        f"{rows[-1]['test_correct']} %, {total:.2f} s"
    )


def show(name: str, row: dict[str, Any]) -> None:
    """Print one line of results."""
    rates = "  ".join(f"{side} {value:,.0f}" for side, value in row["medians"].items())
    ratio = (
        f"  ratio {row['ratio']:.2f} ({row['least']:.2f}..{row['most']:.2f}) to {row['best']}"
        if "ratio" in row
        else ""
    )
    print(f"{name:20} samples/s: {rates}{ratio}", flush=True)


if __name__ == "__main__":
    main()
