"""How many of the labels that were flipped netkit audit finds first.

    python benchmarks/audit.py [--seeds 0,1,2] [NAME=VALUE ...]

Of 10,000 digits of MNIST (data=mnist root=..., else those that netkit carries), 2 % get another
label, drawn at random, and netkit audit's out-of-fold answers put all samples in order. Prints what
share of the flipped ones stand in the first 3 % and the first 2 %, and writes
benchmarks/results/audit.json. NAME=VALUE: variables of netkit audit.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from netkit.auditing.labels import label_issues
from netkit.build.folds import out_of_fold
from netkit.build.parts import make_data
from netkit.commands.audit import joined
from netkit.config.compose import compose
from netkit.dataset import Samples
from netkit.registry import Registry

RESULTS = Path(__file__).parent / "results" / "audit.json"
SIZE = 10_000
FLIPPED = 0.02


def main(words: list[str]) -> None:
    """Flip, audit, count, print and write."""
    seeds = [0]
    if "--seeds" in words:
        at = words.index("--seeds")
        seeds = [int(seed) for seed in words[at + 1].split(",")]
        words = words[:at] + words[at + 2 :]
    rows = [measured(words, seed) for seed in seeds]
    for row in rows:
        print(row)
    RESULTS.write_text(json.dumps({"words": words, "rows": rows}, indent=1) + "\n")


def measured(words: list[str], seed: int) -> dict[str, Any]:
    """Return what is found of the labels that are flipped by a seed."""
    cfg, registry = compose("audit", words), Registry()
    data = make_data(registry, cfg)
    samples, _ = joined(data)
    samples = Samples(samples.images[:SIZE], samples.labels[:SIZE].copy())
    rng = np.random.default_rng(seed)
    flipped = rng.choice(len(samples), round(FLIPPED * len(samples)), replace=False)
    classes = len(data.classes)
    samples.labels[flipped] += rng.integers(1, classes, len(flipped))
    samples.labels[flipped] %= classes
    began = time.perf_counter()
    found = out_of_fold(registry, cfg, data, samples, folds=cfg["folds"], repeats=cfg["repeats"])
    seconds = time.perf_counter() - began
    issues = label_issues(samples.labels, found.shares)
    row: dict[str, Any] = {"seed": seed, "samples": len(samples), "flipped": len(flipped)}
    for share in (0.02, 0.03):
        first = issues.order[: round(share * len(samples))]
        row[f"in the first {share:.0%}"] = float(np.isin(flipped, first).mean())
    row["suspects"] = int(issues.suspects.sum())
    row["flipped among the suspects"] = float(issues.suspects[flipped].mean())
    row["estimated wrong"] = float(issues.joint.sum() - np.trace(issues.joint))
    return row | {"seconds": round(seconds, 1)}


if __name__ == "__main__":
    main(sys.argv[1:])
