"""How long a picture takes, from its file to its boxes: python benchmarks/detecting.py RUN PICTURES

RUN: weights of a net of boxes, as `netkit train arch=finder data=boxes root=DIR` leaves them.
PICTURES: a folder of JPEG files. Each is read, brought to the net's size, answered and its boxes
suppressed, as `netkit.load(RUN).detect(path)` does, with one thread and with two in turns. Then
suppression alone, of boxes of 20 to 100 pixels anywhere in 480x640, ten classes, with the kernel
and by numpy in turns. Medians and least times; kept in benchmarks/results/detecting.json, from
which the table of docs/detect.md is made.
"""

import argparse
import json
import statistics
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from common import least, write_between

import netkit
from netkit.backends.native import suppression as native
from netkit.detection.suppression import Suppression

HERE = Path(__file__).parent
KEPT = HERE / "results" / "detecting.json"
PAGE = HERE.parent / "docs" / "detect.md"
COUNTS = 100, 500, 2000, 10_000  # boxes
METHODS = "overlap", "voting", "voting_overlap", "soft"
ROUNDS = 5


def main() -> None:
    """Measure, keep the results and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each number of boxes")
    options = parser.parse_args()
    kept = {
        "a picture": pictures(options.run, sorted(options.pictures.glob("*.jp*g"))[:50]),
        "suppression": {str(n): suppression(n, options.seconds) for n in COUNTS},
    }
    print(json.dumps(kept, indent=1))
    KEPT.write_text(json.dumps(kept, indent=1) + "\n")
    write_between(PAGE, "suppression", table(kept["suppression"]))


def pictures(run: Path, paths: list[Path]) -> dict[str, Any]:
    """Return the milliseconds of a picture by threads, and how many boxes one has."""
    models = {threads: netkit.load(run, threads=threads) for threads in (1, 2)}
    found = sum(len(models[1].detect(path)) for path in paths)
    times: dict[int, list[float]] = {threads: [] for threads in models}
    for _ in range(ROUNDS):
        for threads, model in models.items():
            for path in paths:
                began = time.perf_counter()
                model.detect(path)
                times[threads].append((time.perf_counter() - began) * 1e3)
    both = {
        f"{threads} threads": {
            "median": round(statistics.median(some), 2),
            "least": round(min(some), 2),
        }
        for threads, some in times.items()
    }
    return {"pictures": len(paths), "boxes a picture": round(found / len(paths), 1), **both}


def suppression(count: int, seconds: float) -> dict[str, dict[str, float]]:
    """Return the least milliseconds of each method for so many boxes, by a kernel and by numpy."""
    rng = np.random.default_rng(0)
    sides = rng.uniform(20, 100, (count, 2))
    corners = rng.uniform(0, 1, (count, 2)) * ([640, 480] - sides)
    boxes = np.concatenate([corners, corners + sides], 1)
    some = boxes, rng.random(count), rng.integers(0, 10, count)
    calls = {}
    for method in METHODS:
        chosen = Suppression(method)  # type: ignore[arg-type]  # by name, as configurations have it
        calls[method] = partial(chosen, *some)
        calls[f"{method}, numpy"] = partial(without_kernels, calls[method])
    times = least(calls, seconds)
    return {
        method: {
            "kernel": round(times[method] / 1e3, 2),
            "numpy": round(times[f"{method}, numpy"] / 1e3, 2),
        }
        for method in METHODS
    }


def without_kernels(call: Any) -> None:
    """Suppress boxes as where netkit was installed without a compiler."""
    kept = native.owners, native.soften
    native.owners = native.soften = lambda *_: None  # type: ignore[assignment]
    try:
        call()
    finally:
        native.owners, native.soften = kept


def table(rows: dict[str, dict[str, dict[str, float]]]) -> list[str]:
    """Return the rows of the page's table: milliseconds by the kernel, and by numpy."""
    lines = [f"| boxes | {' | '.join(METHODS)} |", "| --- |" + " --- |" * len(METHODS)]
    for count, methods in rows.items():
        cells = " | ".join(f"{m['kernel']:g} ({m['numpy']:g})" for m in methods.values())
        lines.append(f"| {int(count):,} | {cells} |")
    return lines


if __name__ == "__main__":
    main()
