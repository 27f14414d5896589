"""netkit bench: netkit beside PyTorch on the same work, as a table and as JSON."""

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from netkit import __version__
from netkit.bench import measure
from netkit.bench.demo import demo_rows
from netkit.bench.detection import detection_rows
from netkit.bench.work import Netkit
from netkit.errors import NetkitError
from netkit.files import write_beside

BATCHES = {"train": (1, 16, 64, 256), "infer": (1, 64, 1000)}
NETWORKS = "lenet5", "conv64"
WORK = *NETWORKS, "detection", "demo"
EAGER = {"eager": {}, "eager channels_last": {"last": True}}
COMPILED = {
    "compiled": {"compiled": True},
    "compiled channels_last": {"compiled": True, "last": True},
}


def bench(backend, work, threads, rounds, seconds, compiled, output):
    """Measure, print a table and write `output`; return all the results."""
    results = {"netkit": __version__, "rows": [], "agreement": {}}
    status = Console(stderr=True)
    try:
        for name in work:
            if name in NETWORKS:
                rows = network_rows(name, backend, threads, rounds, seconds, compiled, results)
            else:
                rows = (demo_rows if name == "demo" else detection_rows)(
                    backend, threads, rounds, results
                )
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


def network_rows(network, backend, threads, rounds, seconds, compiled, results):
    """Yield the rows of a network, training and inference at several batch sizes, once all sides
    agree.
    """
    ours = Netkit(network, backend, threads)
    results["backend"], results["threads"] = ours.ops.about, ours.ops.shards
    with ours.ops.limits():
        ways = EAGER | COMPILED if compiled else EAGER
        sides = {
            f"netkit {ours.ops.name}": ours,
            **torch_sides(network, ours, ways, ours.ops.shards),
        }
        for name, side in list(sides.items())[1:]:
            fresh = Netkit(network, backend, threads)
            results["agreement"][f"{network} {name}"] = measure.agree(
                fresh, side, f"{network}, {name}"
            )
        results.setdefault("roofline", measure.sgemm(ours.ops.shards))
        flop = 6 * ours.net.cost
        for kind, batches in BATCHES.items():
            for batch in batches:
                data, calls = measure.batch_of(batch), {}
                for name, side in sides.items():
                    prepared, call = (
                        side.prepare(*data),
                        side.step if kind == "train" else side.infer,
                    )
                    calls[name] = lambda call=call, prepared=prepared: call(*prepared)
                rates = measure.alternate(calls, batch, rounds, seconds)
                row = {
                    "what": f"{kind} {batch}",
                    "unit": "samples/s",
                    **measure.row(rates, next(iter(sides))),
                }
                each = (flop if kind == "train" else flop / 3) / 1e9
                yield row | {
                    "roofline": row["medians"][next(iter(sides))] * each / results["roofline"]
                }


def print_table(results):
    """Print a line for each row: netkit, the best of PyTorch's ways, and how many times as fast
    netkit is.
    """
    title = f"netkit {__version__}, {results.get('backend', '')}, float32"
    if "roofline" in results:
        title += f"; sgemm {results['roofline']:.0f} GFLOP/s"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for name in (
        "work",
        "",
        "unit",
        "netkit",
        "PyTorch",
        "its best way",
        "ratio",
        "least..most",
        "of sgemm",
    ):
        table.add_column(
            name, justify="left" if name in ("work", "", "unit", "its best way") else "right"
        )
    for row in results["rows"]:
        best, ours = row.get("best"), next(iter(row["medians"]))
        cells = [row["work"], row["what"], row["unit"], shown(row["medians"][ours])]
        if best:
            cells += [
                shown(row["medians"][best]),
                best.removeprefix("torch "),
                f"{row['ratio']:.2f}",
                f"{row['least']:.2f}..{row['most']:.2f}",
            ]
        else:
            cells += [""] * 4
        table.add_row(*cells, f"{row['roofline']:.0%}" if "roofline" in row else "")
    Console(width=None if sys.stdout.isatty() else 130).print(table)
    for name, (gradient, weights) in results["agreement"].items():
        print(f"{name}: gradients differ by {gradient:.0e}, the way of 100 steps by {weights:.0e}")


def shown(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def torch_sides(network, ours, ways, threads, device="cpu"):
    """Return PyTorch's ways {name: settings of Torch} as {"torch name": side}; none where it is not
    installed.
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


def checked(work):
    """Return the works that a word names, or say which there are."""
    names = WORK if work == "all" else tuple(work.split(","))
    if set(names) - set(WORK):
        raise NetkitError(
            f"--work {work}: there are {', '.join(WORK)}, all; several with commas between"
        )
    return names
