"""netkit bench: netkit beside its peers on the same work, as a table and as JSON."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeGuard

from rich.console import Console

from netkit import __version__
from netkit.bench import measure, peers
from netkit.bench.archs import arch_rows, job_rows
from netkit.bench.demo import demo_rows
from netkit.bench.detection import detection_rows
from netkit.bench.table import print_table
from netkit.bench.work import Netkit
from netkit.errors import NetkitError
from netkit.files import write_beside

BATCHES = {"train": (1, 16, 64, 256), "infer": (1, 64, 1000)}
NETWORKS = "lenet5", "conv64"
WORK = *NETWORKS, "job", "archs", "detection", "demo"

STEPS = {"job": job_rows, "archs": arch_rows}


def bench(
    backend: str,
    work: tuple[str, ...],
    threads: int | None,
    *,
    rounds: int,
    seconds: float,
    compiled: bool,
    against: str = "all",
    output: str | None = None,
) -> dict[str, Any]:
    """Measure, print a table and write `output`; return all the results.

    rounds: of alternating runs.  seconds: the length of a run.  compiled: with torch.compile.
    against: the frameworks to stand beside, as peers.chosen takes them.
    """
    frameworks = peers.chosen(against)
    if not frameworks:
        print("netkit alone: pip install torch, jax, onnxruntime or openvino for ratios")
    results: dict[str, Any] = {"netkit": __version__, "rows": [], "agreement": {}}
    status = Console(stderr=True)
    try:
        for name in work:
            if name in NETWORKS:
                rows = network_rows(
                    name,
                    backend,
                    threads,
                    rounds=rounds,
                    seconds=seconds,
                    compiled=compiled,
                    frameworks=frameworks,
                    results=results,
                )
            elif name in STEPS:
                rows = STEPS[name](backend, threads, rounds, seconds=seconds, results=results)
            else:
                of = demo_rows if name == "demo" else detection_rows
                rows = of(backend, threads, rounds, results=results)
            for row in rows:
                results["rows"].append({"work": name, **row})
                status.print(f"{name}, {row['what']}: measured")
    finally:  # what was measured until an error or Ctrl-C is not lost
        if results["rows"]:
            print_table(results)
            if output:
                write_beside(Path(output), json.dumps(results, indent=1).encode())
                print(output)
    return results


def network_rows(
    network: str,
    backend: str,
    threads: int | None,
    *,
    rounds: int,
    seconds: float,
    compiled: bool,
    frameworks: list[str],
    results: dict[str, Any],
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a network, training and inference, once all sides agree."""
    ours = Netkit(network, backend, threads)
    results["backend"], results["threads"] = ours.ops.about, ours.ops.shards
    with ours.ops.limits():
        ways = peers.EAGER | peers.COMPILED if compiled else peers.EAGER
        theirs: dict[str, measure.Side] = {}
        for framework in frameworks:
            theirs |= peers.sides(framework, network, ours, ways)
        for name, side in theirs.items():
            fresh, said = Netkit(network, backend, threads), f"{network}, {name}"
            agreed: tuple[float, ...] = (measure.agree_in_answers(fresh, side, said),)
            if trains(side):
                agreed = measure.agree(fresh, side, said)
            results["agreement"][f"{network} {name}"] = agreed
        results.setdefault("roofline", measure.sgemm(ours.ops.shards))
        us = f"netkit {ours.ops.name}"
        for kind, batches in BATCHES.items():
            # A training step does each multiply-add three times; each is two operations.
            gflop = (6 if kind == "train" else 2) * ours.net.cost / 1e9
            for batch in batches:
                able = {
                    name: side
                    for name, side in {us: ours, **theirs}.items()
                    if kind == "infer" or trains(side)
                }
                calls = {name: timed(side, kind, batch) for name, side in able.items()}
                rates = measure.alternate(
                    calls,
                    batch,
                    rounds=rounds,
                    seconds=seconds,
                    times={name: times(side, kind) for name, side in able.items()},
                )
                row = {"what": f"{kind} {batch}", "unit": "samples/s", **measure.row(rates, us)}
                yield row | {"roofline": row["medians"][us] * gflop / results["roofline"]}


def trains(side: measure.Side) -> TypeGuard[measure.TrainingSide]:
    """Return whether a side trains, and not only infers."""
    return hasattr(side, "train")


def timed(side: measure.Side, kind: str, batch: int) -> Callable[[], Any]:
    """Return a function of one call of a side, "train" or "infer", on batches of that size."""
    prepared = side.prepare(*measure.batch_of(batch))
    call = side.train if kind == "train" and trains(side) else side.infer
    return lambda: call(*prepared)


def times(side: measure.Side, kind: str) -> int:
    """Return how many batches such a call does."""
    return side.steps if kind == "train" and trains(side) else side.answers


def checked(work: str) -> tuple[str, ...]:
    """Return the works that a word names, or say which there are."""
    names = WORK if work == "all" else tuple(work.split(","))
    if set(names) - set(WORK):
        raise NetkitError(
            f"--work {work}: there are {', '.join(WORK)}, all; several with commas between"
        )
    return names
