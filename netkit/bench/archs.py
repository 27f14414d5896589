"""Training steps as `netkit train` does them: the README's job, and every packaged arch."""

import tempfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from netkit.bench import measure
from netkit.bench.demo import PLAIN
from netkit.build.training import make_trainer
from netkit.config.compose import compose
from netkit.registry import Registry
from netkit.training.trainer import Trainer

BATCHES = 16, 64
OTHER_DATA = ("finder",)  # archs that learn from boxes, not from digits
# So many that learning rates stay where they begin; no more than one pass is made.
QUIET = "iterations=1000", "show=none", "no_testing_test=true"


def job_rows(
    backend: str,
    threads: int | None,
    rounds: int,
    *,
    seconds: float,
    results: dict[str, Any],
) -> Iterator[dict[str, Any]]:
    """Yield the rows of the README's job: samples a second, beside the same net stripped.

    The job has contrast normalisation, jitter and a table of connections, and Adam; the other side
    has none of the first three, and plain gradient descent.
    """
    stripped = *PLAIN, "arch.layers.c2.table=null", "optimizer=sgd", "eta=0.001"
    for batch in BATCHES:
        sides = {"netkit": (), "stripped": stripped}
        calls = {
            name: steps("lenet5", batch, backend, threads, words=words, results=results)
            for name, words in sides.items()
        }
        yield row_of(f"train {batch}", calls, batch, rounds, seconds)


def arch_rows(
    backend: str,
    threads: int | None,
    rounds: int,
    *,
    seconds: float,
    results: dict[str, Any],
) -> Iterator[dict[str, Any]]:
    """Yield the rows of the packaged archs, each as its configuration has it, on digits."""
    for arch in packaged():
        for batch in BATCHES:
            call = steps(arch, batch, backend, threads, results=results)
            yield row_of(f"{arch} {batch}", {"netkit": call}, batch, rounds, seconds)


def packaged() -> list[str]:
    """Return the archs that netkit carries and that learn from digits."""
    names = [Path(file.name) for file in files("netkit.conf").joinpath("arch").iterdir()]
    archs = sorted(name.stem for name in names if name.suffix == ".yaml")
    return [arch for arch in archs if arch not in OTHER_DATA]


def steps(
    arch: str,
    batch: int,
    backend: str,
    threads: int | None,
    *,
    words: tuple[str, ...] = (),
    results: dict[str, Any],
) -> "Stepping":
    """Return a function of one training step of an arch, gathering and updating included."""
    more = [f"backend={backend}", *([f"backend.threads={threads}"] if threads else [])]
    cfg = compose("train", [f"arch={arch}", f"batch_size={batch}", *QUIET, *more, *words])
    with tempfile.TemporaryDirectory() as folder:
        trainer = make_trainer(Registry(), cfg, Path(folder))
    results.setdefault("backend", trainer.net.ops.about)
    order = trainer.begin_iteration(0)
    trainer.steps = cfg["iterations"] * len(order)
    batches = [order[at : at + batch] for at in range(0, len(order) - batch + 1, batch)]
    return Stepping(trainer, batches)


class Stepping:
    """A training step a call, of one batch after the other."""

    def __init__(self, trainer: Trainer, batches: list[np.ndarray]) -> None:
        self.trainer = trainer
        self.batches = batches
        self.at = 0

    def __call__(self) -> None:
        chosen = self.batches[self.at % len(self.batches)]
        self.at += 1
        self.trainer.gradient(chosen)
        self.trainer.update(len(chosen))


def row_of(
    what: str,
    calls: "dict[str, Stepping]",
    batch: int,
    rounds: int,
    seconds: float,
) -> dict[str, Any]:
    """Return a row of samples a second."""
    ops = calls["netkit"].trainer.net.ops
    with ops.limits(), np.errstate(all="ignore"):
        rates = measure.alternate({**calls}, batch, rounds=rounds, seconds=seconds)
    return {"what": what, "unit": "samples/s", **measure.row(rates, "netkit")}
