"""What a search finds for LeNet-5, chosen on training digits alone and tested once.

    python benchmarks/search.py [--trials 100] [--processes 2] [--seeds 5] [NAME=VALUE ...]
    python benchmarks/search.py --time           # 100 trials of the README's job, how long

Of the 2,000 digits to train on, the last 400 choose among settings that are trained on the other
1,600. What was chosen is trained anew on all 2,000, once for each seed, and tested on the 1,000
test digits, which the search has not seen. The words are more settings of all runs, or `tune.`
ones; `tune.folder=DIR` keeps the search, and goes on with one that was ended.
"""

import argparse
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import netkit
from netkit.config.compose import compose
from netkit.runs.record import read_record
from netkit.search.results import best_of, outcomes
from netkit.search.settings import read_line
from netkit.search.study import Study

CHOOSE = 400  # of the training digits, those that choose
SPACE = (
    "tune.space={optimizer: {adam: {eta: log(3e-4,1e-2)}, adamw: {eta: log(3e-4,1e-2), "
    "reg: log(1e-4,1e-1)}, muon: {eta: log(3e-3,1e-1)}}, energy: [l2, cross_entropy], "
    "augment: [none, digits], batch_size: [4, 8, 16, 32], views: [1, 2, 4], "
    "average: [null, 0.98, 0.99]}"
)
TIMED = "tune.space={eta: log(1e-4,1e-1), arch.layers.c0.out: int(6,32), optimizer: [adam,sgd]}"


def write_digits(folder: Path) -> list[str]:
    """Write the training digits in two parts; return the words that name them."""
    digits = netkit.make("dataset", "mnist", train_size=2000).train
    cut = len(digits.labels) - CHOOSE
    parts = {"train": slice(None, cut), "val": slice(cut, None)}
    words = ["data=files", f"root={folder}", "train_size=null", "val_size=null"]
    for name, part in parts.items():
        np.save(folder / f"{name}.npy", np.asarray(digits.images[part]))
        np.save(folder / f"{name}_labels.npy", np.asarray(digits.labels[part]))
        words += [f"{name}={name}.npy", f"{name}_labels={name}_labels.npy"]
    return words


def search(words: list[str]) -> float:
    """Run netkit tune; return how many seconds it took."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "netkit.cli", "tune", *words], check=True)
    return time.perf_counter() - began


def chosen(words: list[str], about_data: list[str]) -> list[str]:
    """Return the words of the best trial, without those about its data."""
    study = Study(read_line(words))
    best = best_of(outcomes(study))
    if best is None:
        sys.exit("no trial came to an end")
    record = read_record(study.folder / f"{best.number:05d}")
    print(f"chosen by {CHOOSE} digits, {best.value:.2f} % of them right: trial {best.number}")
    apart = {word.partition("=")[0] for word in about_data} | {"report", "threads"}
    said = shlex.split(str(record.config["command"]))[2:]
    return [word for word in said if word.partition("=")[0] not in apart]


def main() -> None:
    """Search, train what was chosen, and print what came of it."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--trials", type=int, default=100)
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--seeds", type=int, default=5)
    options.add_argument("--time", action="store_true", help="only how long a search takes")
    options.add_argument("words", nargs="*")
    o = options.parse_args()
    words = [f"tune.trials={o.trials}", f"tune.processes={o.processes}", "arch=lenet5", *o.words]
    with tempfile.TemporaryDirectory() as home:
        kept = [w.partition("=")[2] for w in words if w.startswith("tune.folder=")]
        if kept:  # the digits stay, too: the search goes by the words that name them
            home = f"{kept[-1]}-digits"
            Path(home).mkdir(parents=True, exist_ok=True)
        else:
            words.append(f"tune.folder={home}/search")
        if o.time:
            print(f"{o.trials} trials, {o.processes} processes: {search([*words, TIMED]):.1f} s")
            return
        compose("train", ["arch=lenet5"])  # what is missing is said before anything is written
        about_data = write_digits(Path(home))
        line = [*words, *about_data, "report=false", "threads=1", SPACE]
        print(f"searched for {search(line):.1f} s", flush=True)
        best = chosen(line, about_data)
    print("netkit train", shlex.join(best), flush=True)
    results = []
    for seed in range(o.seeds):
        with tempfile.TemporaryDirectory() as folder:
            run = netkit.train(*best, folder=folder, seed=seed, report=False)
            results.append(run.rows[-1]["test_correct"])
        print(f"seed {seed}: test_correct={results[-1]:.2f}%", flush=True)
    spread = statistics.stdev(results) if len(results) > 1 else 0.0
    print(f"mean of {o.seeds}: {statistics.mean(results):.2f}%, standard deviation {spread:.2f}")


if __name__ == "__main__":
    main()
