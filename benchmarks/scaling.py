"""Training over several ranks: how much faster, how accurate, and what a network would make of it.

    python benchmarks/scaling.py speed               1 and 2 ranks, one thread each: strong and weak
                                                     scaling, the sum of 0.2, 1 and 10 MB, and what
                                                     these say of 64 hosts
    python benchmarks/scaling.py accuracy            comm.every=1, 4, 16 on 2 and 4 ranks
    python benchmarks/scaling.py model --speeds '{"lenet5": 5000, "resnet8": 1000}'
    python benchmarks/scaling.py speed --quick       whether it runs; its figures say nothing

Needs `pip install 'netkit[mpi]'`. Each rank needs a core of its own, and nothing else running.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from netkit.files.tensors import read_tensors
from netkit.passes import MOST_PARTS

JOBS = {  # words of a run
    "lenet5": ["arch=lenet5", "data=mnist"],
    "resnet8": [
        *("arch=resnet8", "energy=cross_entropy"),
        *("data=synthetic", "data.classes=10", "data.shape=[3,32,32]"),
    ],
    "detector": ["arch=detector", "data=mnist"],  # digits, whose windows need no time of their own
}
SAMPLES = {"lenet5": 8192, "resnet8": 2048, "detector": 8192}
BATCH = 256
SIZES = 0.2, 1, 10  # MB
SUM = """
import statistics, sys, time
import numpy as np
from netkit.registry import Registry
comm = Registry().make("communicator", {"type": "mpi"})
for size in map(float, sys.argv[2:]):
    array = np.ones(int(size * 1e6 / 4), np.float32)
    seconds = []
    for _ in range(int(sys.argv[1])):
        comm.copy(np.zeros(1))  # all begin together
        began = time.perf_counter()
        comm.add(array)
        seconds.append(time.perf_counter() - began)
    if comm.rank == 0:
        print(size, statistics.median(seconds))
comm.end()
"""
WEIGHTS = {"lenet5": 51_046, "resnet8": 78_042}
NORMS = {"lenet5": [], "resnet8": [16, 16, 16, 32, 32, 32, 64, 64, 64]}  # maps of each batchnorm
HOSTS = 64
NETWORKS = {"1 Gbit/s": (1e9, 50e-6), "10 Gbit/s": (1e10, 20e-6), "100 Gbit/s": (1e11, 3e-6)}
EVERY = 1, 8, 32


def mpiexec(ranks: int, *command: str, folder: str = ".") -> str:
    """Run a command of this Python's environment on so many ranks; return what it printed."""
    bin = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{bin}{os.pathsep}{os.environ['PATH']}"}
    start = [str(bin / "mpiexec"), "-n", str(ranks), sys.executable, *command]
    if ranks == 0:  # without a launcher
        start = start[3:]
    done = subprocess.run(start, cwd=folder, env=env, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(start)}\n{done.stdout}{done.stderr}")
    return done.stdout


def trained(ranks: int, words: list[str]) -> list[dict]:
    """Train on so many ranks, 0 for a run without a launcher; return the rows of its results."""
    with tempfile.TemporaryDirectory() as folder:
        more = ["report=false", "hydra.run.dir=run", "threads=1"]
        mpiexec(ranks, "-m", "netkit", "train", *words, *more, folder=folder)
        return read_tensors(Path(folder) / "run" / "last.safetensors")[1]["rows"]


def samples_a_second(ranks: int, words: list[str], samples: int) -> float:
    """Return how many samples a second a run trains on, the median of its later iterations."""
    return samples / statistics.median(row["seconds"] for row in trained(ranks, words)[1:])


def speed(quick: bool) -> None:
    """Print what one and two ranks do, in turns, and the model of 64 hosts."""
    rounds, iterations = (1, 3) if quick else (3, 4)
    found = {}
    print("| job | without MPI | 1 rank | 2 ranks | strong | 2 ranks, batch 512 | weak |")
    print("| --- | --: | --: | --: | --: | --: | --: |")
    for name, words in JOBS.items():
        samples = 512 if quick else SAMPLES[name]
        size = f"train_size={samples}"
        given = [*words, size, "val_size=100", f"iterations={iterations}", "no_testing_test=true"]
        batch, double = f"batch_size={BATCH}", f"batch_size={2 * BATCH}"
        sides = (0, batch), (1, batch), (2, batch), (2, double)
        turns = [
            [samples_a_second(ranks, [*given, size], samples) for ranks, size in sides]
            for _ in range(rounds)
        ]
        solo, one, two, weak = (statistics.median(each) for each in zip(*turns, strict=True))
        found[name] = one
        print(
            f"| {name} | {solo:,.0f}/s | {one:,.0f}/s | {two:,.0f}/s | {two / one:.2f} | "
            f"{weak:,.0f}/s | {weak / one:.2f} |",
            flush=True,
        )
    times = mpiexec(2, "-c", SUM, "5" if quick else "100", *map(str, SIZES))
    for line in times.splitlines():
        size, seconds = map(float, line.split())
        print(f"the sum of {size:g} MB over 2 ranks: {1e3 * seconds:.3f} ms")
    print(model({name: found[name] for name in WEIGHTS}))


def model(speeds: dict[str, float], share: int = 64) -> str:
    """Return a table of what HOSTS hosts would do, of `share` images each at a step.

    speeds: samples a second of one host.  A batch has MOST_PARTS parts at most: beyond as many
    hosts, some share a part and sum what batchnorm needs, forward and backward, unless each goes
    its own way (every above 1).
    """
    lines = [f"| job | network | a step's sums | {' | '.join(f'every={k}' for k in EVERY)} |"]
    lines.append("| --- | --- | --: |" + " --: |" * len(EVERY))
    for name, speed in speeds.items():
        step = share / speed
        for network, (bits, latency) in NETWORKS.items():
            flat = seconds_of(4 * (WEIGHTS[name] + 2 * share * HOSTS + 2), bits, latency)
            norms = 2 * sum(
                seconds_of(8 * MOST_PARTS * (2 * maps + 1), bits, latency) for maps in NORMS[name]
            )
            taken = [flat / k + norms * (k == 1) for k in EVERY]
            cells = " | ".join(f"{HOSTS * step / (step + each):.0f} x" for each in taken)
            lines.append(f"| {name} | {network} | {1e3 * taken[0]:.2f} ms | {cells} |")
    return "\n".join(lines)


def seconds_of(size: float, bits: float, latency: float) -> float:
    """Return how long a sum of `size` bytes over HOSTS hosts takes, of a line's bits a second.

    Over R hosts 2 (R - 1) / R times the bytes go over each host's line, in 2 log2 R turns of the
    network's latency (recursive halving and doubling: Thakur, Rabenseifner & Gropp 2005).
    """
    return 2 * (HOSTS - 1) / HOSTS * 8 * size / bits + 2 * math.log2(HOSTS) * latency


def accuracy(quick: bool) -> None:
    """Print the accuracy of runs whose ranks meet less often, the mean of three seeds."""
    words = ["arch=lenet5", "optimizer=adam", "batch_size=64"]
    words += ["train_size=300", "iterations=1"] if quick else ["train_size=2000", "iterations=8"]
    print("| ranks | every | " + "test_correct of each seed | mean |\n| --: | --: | --- | --: |")
    for ranks, every in ((0, 1), (2, 1), (2, 4), (2, 16), (4, 1), (4, 4), (4, 16)):
        scores = []
        for seed in range(1 if quick else 3):
            rows = trained(ranks, [*words, f"seed={seed}", f"comm.every={every}"])
            scores.append(rows[-1]["test_correct"])
        each = " ".join(f"{score:.2f}" for score in scores)
        print(f"| {ranks or 1} | {every} | {each} | {statistics.mean(scores):.2f} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["speed", "accuracy", "model"])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--speeds", type=json.loads, help='for model: {"lenet5": 5000, ...}')
    given = parser.parse_args()
    if given.what == "model":
        print(model(given.speeds))
    else:
        {"speed": speed, "accuracy": accuracy}[given.what](given.quick)
