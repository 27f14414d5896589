"""How well boxes are found after so many minutes: python benchmarks/boxes.py ROOT --minutes 10

ROOT: annotated pictures with a part to train on and one to test on, such as BCCD. For each seed a
net is trained as `netkit train arch=finder data=boxes root=ROOT` does, with as many iterations as
fit into the minutes on this machine: a few are timed first. Nothing is tested on the way, and the
last weights are tested once, so that the part to test on has chosen nothing. WORDS: other settings.
What was measured is kept in benchmarks/results/boxes.json, by ROOT's name and the minutes.

--choose: settings are tried on a fifth of the part to train on instead, the rest is trained on, and
nothing is kept.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import netkit
from netkit.build.training import make_trainer
from netkit.commands.train import run
from netkit.config.compose import compose
from netkit.dataset import Samples
from netkit.registry import Registry
from netkit.training.finding import Found, find
from netkit.training.trainer import Trainer

KEPT = Path(__file__).parent / "results" / "boxes.json"
TIMED = 3  # iterations, after a first one, that say how long the others will take
# One pass an iteration, so that their number fits the minutes; rates go by the share that is done.
QUIET = "no_testing_test=true", "report=false", "passes=1"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("words", nargs="*", help="other settings, as of netkit train")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0, help="the first seed; kept runs stay")
    parser.add_argument("--choose", action="store_true", help="on parts of the training pictures")
    options = parser.parse_intermixed_args()
    name = f"{options.root.name}, {options.minutes:g} minutes"
    kept = json.loads(KEPT.read_text()) if KEPT.is_file() and not options.choose else {}
    runs = kept.get(name, {}).get("runs", [])[: options.first]
    for seed in range(options.first, options.first + options.seeds):
        words = [f"root={options.root}", f"seed={seed}", *options.words]
        runs.append(measure(words, options.minutes, choose=options.choose))
        print(json.dumps({"seed": seed, **runs[-1]}), flush=True)
    maps = [one["mAP@0.5"] for one in runs]
    print(f"mAP@0.5 {statistics.fmean(maps):.4f}, of {len(maps)} seeds: {maps}")
    if not options.choose:
        keep(name, runs, options.words)


def measure(words: list[str], minutes: float, *, choose: bool) -> dict[str, Any]:
    """Train for so many minutes and test the last weights; return what was measured."""
    budget = 60 * minutes
    an_iteration = timed(words, choose)
    iterations = max(1, int(budget / an_iteration))
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        trainer = trained([*words, f"iterations={iterations}"], Path(folder), choose)
        seconds = time.perf_counter() - began
        with trainer.net.ops.limits():
            found = tested(trainer)
    by_class = {name: round(v, 4) for name, v in found.metrics.summary()["AP@0.5"].items()}
    return {
        "mAP@0.5": round(found.map, 4),
        "AP@0.5": by_class,
        "iterations": iterations,
        "seconds": round(seconds, 1),
        "images": len(trainer.dataset.train),
        "tested_on": len(found.samples),
        "weights": int(trainer.net.values.size),
    }


def timed(words: list[str], choose: bool) -> float:
    """Return how many seconds an iteration takes, files and all."""
    with tempfile.TemporaryDirectory() as folder:
        one = time.perf_counter()
        trained([*words, "iterations=1"], Path(folder, "one"), choose)
        two = time.perf_counter()
        trained([*words, f"iterations={1 + TIMED}"], Path(folder, "more"), choose)
        return (time.perf_counter() - two - (two - one)) / TIMED


def trained(words: list[str], folder: Path, choose: bool) -> Trainer:
    """Train in a folder, and return the Trainer."""
    cfg = compose("train", ["arch=finder", "data=boxes", *QUIET, *words])
    if not choose:
        return run(cfg, folder, quiet=True)
    trainer = make_trainer(Registry(), cfg, folder)
    data = trainer.dataset
    order = np.random.default_rng(7).permutation(len(data.train))
    kept, rest = order[: len(order) // 5], order[len(order) // 5 :]
    data.val, data.train = (
        Samples(np.asarray(data.train.images)[some], data.train.labels[some])
        for some in (kept, rest)
    )
    trainer.show.clear()
    shorter = Trainer(
        trainer.net,
        data,
        trainer.energy,
        optimizer=trainer.optimizer,
        folder=folder,
        iterations=trainer.iterations,
        batch_size=trainer.batch_size,
        seed=trainer.seed,
        meta=trainer.meta,
        validation=trainer.validation,
        averaging=trainer.averaging,
    )
    folder.mkdir(parents=True, exist_ok=True)
    shorter.run()
    return shorter


def tested(trainer: Trainer) -> Found:
    """Return what the last weights find in the part to test on."""
    return find(trainer.shards, trainer.energy, trainer.dataset.val, trainer.dataset.classes)


def keep(name: str, runs: list[dict[str, Any]], words: list[str]) -> None:
    """Write what was measured beside what was before."""
    kept = json.loads(KEPT.read_text()) if KEPT.is_file() else {}
    maps = [one["mAP@0.5"] for one in runs]
    kept[name] = {
        "mAP@0.5": round(statistics.fmean(maps), 4),
        "runs": runs,
        "words": words,
        "netkit": netkit.__version__,
        "cores": os.cpu_count(),
    }
    KEPT.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
