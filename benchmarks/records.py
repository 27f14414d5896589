"""The accuracies of docs/accuracy.md: python benchmarks/records.py NAME --mnist DIR | --cifar DIR

Each record trains by a recipe of conf/recipe with several seeds, as `netkit train` does with the
same words, and then tests the last weights, not the best, on samples that chose nothing.
--choose: trains and tests on parts of the training samples instead: for choosing settings, which
may follow as words. A run's time is that of its whole process. What was measured is kept in
benchmarks/results/records.json, and --table writes it into docs/accuracy.md.

--mnist: the folder of MNIST's four files.  --cifar: a folder with train/CLASS/* and test/CLASS/*.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from common import write_between

import netkit
from netkit.backends.numpy import cores
from netkit.bench.measure import sgemm
from netkit.dataset import Samples

HERE = Path(__file__).parent
KEPT = HERE / "results" / "records.json"
PAGE = HERE.parent / "docs" / "accuracy.md"


class Record(NamedTuple):
    """A job: what it is called in the table, its words, and what its nets are tested on."""

    said: str
    words: tuple[str, ...]
    tests: tuple[str, ...]  # of mnist, packaged, cifar


RECORDS = {
    "lenet5": Record(
        "arch=lenet5, 2,000 digits, 5 iterations", ("recipe=lenet5",), ("mnist", "packaged")
    ),
    "digits": Record(
        "under 100,000 weights, 2,000 digits, 5 iterations",
        ("recipe=digits",),
        ("mnist", "packaged"),
    ),
    "mnist": Record(
        "under 100,000 weights, all of MNIST", ("recipe=mnist", "root={mnist}"), ("mnist",)
    ),
    "mnist99": Record("all of MNIST in two passes", ("recipe=mnist99", "root={mnist}"), ("mnist",)),
    "mnist994": Record(
        "all of MNIST in seven passes", ("recipe=mnist994", "root={mnist}"), ("mnist",)
    ),
    "cifar10": Record(
        "under 100,000 weights, CIFAR-10",
        ("recipe=photos", "data=folder", "root={cifar}"),
        ("cifar",),
    ),
}
CHOOSE = {
    "mnist": ("root={mnist}", "train_size=50000"),
    "mnist99": ("root={mnist}", "train_size=50000"),
    "mnist994": ("root={mnist}", "train_size=50000"),
    "cifar10": ("data=folder", "root={cifar}/train", "data.val_share=0.1"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", nargs="?", choices=RECORDS)
    parser.add_argument("words", nargs="*", help="changes to the recipe, with --choose")
    parser.add_argument("--mnist", type=Path, default=Path("../shared/data/mnist"))
    parser.add_argument("--cifar", type=Path, default=Path("cifar10"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0, help="the first seed; kept runs stay")
    parser.add_argument("--choose", action="store_true", help="on parts of the training samples")
    parser.add_argument("--table", action="store_true", help="write docs/accuracy.md's table")
    options = parser.parse_intermixed_args()
    if options.words and not options.choose:
        parser.error("words belong to --choose: a record is a recipe as it stands")
    if options.name:
        measure(options.name, options)
    if options.table:
        write_table()


def measure(name: str, options: argparse.Namespace) -> None:
    """Train with each seed, print what comes of it, and keep it unless it is for choosing."""
    record = RECORDS[name]
    words = [*record.words, *(CHOOSE.get(name, ()) if options.choose else ()), *options.words]
    words = [word.format(mnist=options.mnist, cifar=options.cifar) for word in words]
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    runs = [run for run in kept.get(name, {}).get("runs", []) if run["seed"] < options.first]
    for seed in range(options.first, options.first + options.seeds):
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            command = [sys.executable, "-m", "netkit", "train", *words, f"seed={seed}"]
            done = subprocess.run(
                [*command, f"hydra.run.dir={folder}/run"], capture_output=True, text=True
            )
            seconds = time.perf_counter() - began
            if done.returncode:
                raise SystemExit(done.stderr)
            model = netkit.load(Path(folder, "run", "last.safetensors"))
            tests = ("choose",) if options.choose else record.tests
            found = {test: accuracy(model, test, name, options) for test in tests}
        runs.append({"seed": seed, "seconds": round(seconds, 1), **found})
        print(runs[-1], flush=True)
        if not options.choose:
            keep(name, {"weights": int(model.net.values.size), "runs": runs})
    for test in tests:
        print(f"{test}: {said([run[test] for run in runs])}")


def keep(name: str, found: dict[str, Any]) -> None:
    """Write what was found of a record into records.json; what else it holds stays."""
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    speed = round(sgemm(cores()))  # GFLOP/s: times of two machines are compared by it
    machine = {"cores": cores(), "sgemm": speed, "netkit": netkit.__version__}
    new = {"words": RECORDS[name].words, "machine": machine, **found}
    kept[name] = kept.get(name, {}) | new
    KEPT.write_text(json.dumps(kept, indent=1) + "\n")


def accuracy(model: netkit.Model, test: str, name: str, options: argparse.Namespace) -> float:
    """Return the percentage of right answers to the samples of a test."""
    samples = samples_of(test, name, options)
    right = 0
    for at in range(0, len(samples), 1000):
        part = slice(at, at + 1000)
        answered = model.predict(np.array(samples.images[part]))
        right += sum(
            answer == model.classes[label]
            for answer, label in zip(answered, samples.labels[part], strict=True)
        )
    return 100 * right / len(samples)


def samples_of(test: str, name: str, options: argparse.Namespace) -> Samples:
    """Return the samples of a test.

    To choose by: the last 10,000 training digits of MNIST, which no record of digits trains on
    then, and a tenth of CIFAR-10's training images.
    """
    if test == "packaged":
        return netkit.make("dataset", "mnist", val_size=1000).val
    if test == "cifar" or (test == "choose" and name == "cifar10"):
        chosen = {"root": str(options.cifar / "train"), "val_share": 0.1}
        given = chosen if test == "choose" else {"root": str(options.cifar)}
        return netkit.make("dataset", "folder", **given).val
    whole = netkit.make("dataset", "mnist", root=str(options.mnist), train_size=None, val_size=None)
    if test == "mnist":
        return whole.val
    return Samples(whole.train.images[50000:], whole.train.labels[50000:])


def said(values: list[float]) -> str:
    """Return the mean of some percentages, and their standard deviation."""
    spread = f" ± {statistics.stdev(values):.2f}" if len(values) > 1 else ""
    seeds = f"{len(values)} seeds" if len(values) > 1 else "1 seed"
    return f"{statistics.mean(values):.2f} %{spread} ({seeds})"


def rows(kept: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of the table."""
    yield "| what | measured | weights | a run takes | the same in PyTorch | command |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name, record in RECORDS.items():
        if name in kept:
            runs = kept[name]["runs"]
            seconds = statistics.median(run["seconds"] for run in runs)
            command = f"`python benchmarks/records.py {name}`"
            yield (
                f"| {record.said} | {results(runs, record)} | {kept[name]['weights']:,} "
                f"| {seconds:.0f} s | {in_torch(kept[name], record)} | {command} |"
            )


def results(runs: list[dict[str, Any]], record: Record) -> str:
    """Return what some runs have reached in each test."""
    return "; ".join(f"{test}: {said([run[test] for run in runs])}" for test in record.tests)


def in_torch(kept: dict[str, Any], record: Record) -> str:
    """Return what records_torch.py has measured of a record, or a dash."""
    runs = kept.get("torch_runs")
    if runs:
        seconds = statistics.median(run["seconds"] for run in runs)
        return f"{results(runs, record)}; {seconds:.0f} s"
    seconds = kept.get("torch_seconds_of_all_passes")
    return f"{seconds:.0f} s, from the time of one pass" if seconds else "-"


def write_table() -> None:
    """Write what was kept between the marks of docs/accuracy.md."""
    write_between(PAGE, "records", rows(json.loads(KEPT.read_text())))


if __name__ == "__main__":
    main()
