"""netkit bench: netkit beside PyTorch on the same work, as a table and as JSON."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console

from netkit import __version__
from netkit.bench import measure
from netkit.bench.demo import demo_rows
from netkit.bench.detection import detection_rows
from netkit.bench.table import print_table
from netkit.bench.work import Netkit
from netkit.errors import NetkitError
from netkit.files import write_beside

BATCHES = {"train": (1, 16, 64, 256), "infer": (1, 64, 1000)}
NETWORKS = "lenet5", "conv64"
WORK = *NETWORKS, "detection", "demo"
EAGER: dict[str, dict[str, Any]] = {"eager": {}, "eager channels_last": {"last": True}}
COMPILED: dict[str, dict[str, Any]] = {
    "compiled": {"compiled": True},
    "compiled channels_last": {"compiled": True, "last": True},
}


def bench(
    backend: str,
    work: tuple[str, ...],
    threads: int | None,
    *,
    rounds: int,
    seconds: float,
    compiled: bool,
    output: str | None,
) -> dict[str, Any]:
    """Measure, print a table and write `output`; return all the results.

    rounds: of alternating runs.  seconds: the length of a run.  compiled: with torch.compile.
    """
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
                    results=results,
                )
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
    results: dict[str, Any],
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a network, training and inference, once all sides agree."""
    ours = Netkit(network, backend, threads)
    results["backend"], results["threads"] = ours.ops.about, ours.ops.shards
    with ours.ops.limits():
        ways = EAGER | COMPILED if compiled else EAGER
        theirs = torch_sides(network, ours, ways, threads=ours.ops.shards)
        for name, side in theirs.items():
            fresh = Netkit(network, backend, threads)
            agreed = measure.agree(fresh, side, f"{network}, {name}")
            results["agreement"][f"{network} {name}"] = agreed
        results.setdefault("roofline", measure.sgemm(ours.ops.shards))
        us = f"netkit {ours.ops.name}"
        for kind, batches in BATCHES.items():
            # A training step does each multiply-add three times; each is two operations.
            gflop = (6 if kind == "train" else 2) * ours.net.cost / 1e9
            for batch in batches:
                calls = {
                    name: timed(side, kind, batch) for name, side in {us: ours, **theirs}.items()
                }
                rates = measure.alternate(calls, batch, rounds=rounds, seconds=seconds)
                row = {"what": f"{kind} {batch}", "unit": "samples/s", **measure.row(rates, us)}
                yield row | {"roofline": row["medians"][us] * gflop / results["roofline"]}


def timed(side: measure.Side, kind: str, batch: int) -> Callable[[], Any]:
    """Return a function of one step of a side, "train" or "infer", on a batch of that size."""
    prepared = side.prepare(*measure.batch_of(batch))
    call = side.step if kind == "train" else side.infer
    return lambda: call(*prepared)


def torch_sides(
    network: str,
    ours: Netkit,
    ways: dict[str, dict[str, Any]],
    *,
    threads: int,
    device: str = "cpu",
) -> dict[str, measure.Side]:
    """Return PyTorch's ways {"torch name": side}; none where it is not installed.

    ways: {name: settings of Torch}.
    """
    try:
        from netkit.bench.torch_side import Torch
    except ImportError:
        print("PyTorch is not installed: netkit alone (pip install torch for the ratios)")
        return {}
    weights = [ours.ops.to_host(w) for w in ours.net.weights.values()]
    return {
        f"torch {name}": Torch(network, weights, threads, device=device, **way)
        for name, way in ways.items()
    }


def checked(work: str) -> tuple[str, ...]:
    """Return the works that a word names, or say which there are."""
    names = WORK if work == "all" else tuple(work.split(","))
    if set(names) - set(WORK):
        raise NetkitError(
            f"--work {work}: there are {', '.join(WORK)}, all; several with commas between"
        )
    return names
