"""netkit bench: training and inference of two networks beside PyTorch, as a table and as JSON."""

import json
from pathlib import Path

from netkit import __version__
from netkit.bench import measure
from netkit.bench.work import Netkit
from netkit.errors import NetkitError
from netkit.files import write_beside

BATCHES = {"train": (1, 16, 64, 256), "infer": (1, 64, 1000)}


def bench(backend, networks, threads, rounds, seconds, compiled, output):
    """Measure, print a table as it grows and write `output`; return all the results."""
    results = {"netkit": __version__, "rows": [], "agreement": {}}
    for network in networks:
        ours = Netkit(network, backend, threads)
        results["backend"], results["threads"] = ours.ops.about, ours.ops.shards
        with ours.ops.limits():
            sides = {f"netkit {ours.ops.name}": ours, **torch_sides(network, ours, compiled)}
            for name, side in list(sides.items())[1:]:
                fresh = Netkit(network, backend, threads)
                results["agreement"][f"{network} {name}"] = far = measure.agree(fresh, side, f"{network}, {name}")
                print(f"{network}, {name}: gradients differ by {far[0]:.0e}, 100 steps' way by {far[1]:.0e}")
            flop = 6 * cost(ours.net)
            for kind, batches in BATCHES.items():
                for batch in batches:
                    results["rows"].append(one_row(kind, batch, network, sides, rounds, seconds, flop, results))
    if output:
        write_beside(Path(output), json.dumps(results, indent=1).encode())
    return results


def one_row(kind, batch, network, sides, rounds, seconds, flop, results):
    """Measure all sides at one batch size and print the line."""
    data, calls = measure.batch_of(batch), {}
    for name, side in sides.items():
        prepared, call = side.prepare(*data), side.step if kind == "train" else side.infer
        calls[name] = lambda call=call, prepared=prepared: call(*prepared)
    ours = next(iter(sides))
    found = measure.row(measure.alternate(calls, batch, rounds, seconds), ours)
    found |= {"kind": kind, "batch": batch, "network": network}
    if "roofline" not in results:
        results["roofline"] = measure.sgemm(results["threads"])
        print(f"{results['threads']} threads, float32; sgemm {results['roofline']:.0f} GFLOP/s; samples/s (medians)")
    share = found["medians"][ours] * (flop if kind == "train" else flop / 3) / 1e9 / results["roofline"]
    found["roofline"] = share
    ratio = f"  {found['ratio']:.2f} ({found['least']:.2f}..{found['most']:.2f})" if "ratio" in found else ""
    rates = "  ".join(f"{name} {value:,.0f}" for name, value in found["medians"].items())
    print(f"{network} {kind} {batch:4}: {rates}{ratio}  {share:.0%} of sgemm", flush=True)
    return found


def torch_sides(network, ours, compiled):
    """Return PyTorch's ways, {name: side}; none where it is not installed."""
    try:
        from netkit.bench.torch_side import Torch
    except ImportError:
        print("PyTorch is not installed: netkit alone (pip install torch for the ratios)")
        return {}
    weights, threads = list(ours.net.weights.values()), ours.ops.shards
    sides = {}
    for way in (False, True) if compiled else (False,):
        for last in (False, True):
            name = f"torch {'compiled' if way else 'eager'}{' channels_last' if last else ''}"
            sides[name] = Torch(network, weights, threads, way, last)
    return sides


def cost(net):
    """Return the multiply-adds of one sample through a net."""
    total, before = 0, net.shape
    for layer, shape in zip(net.layers.values(), net.shapes, strict=True):
        total, before = total + layer.cost(before, shape), shape
    return total


def checked(networks):
    """Return the networks that a word names, or say which there are."""
    known = "lenet5", "conv64"
    names = known if networks == "all" else (networks,)
    if set(names) - set(known):
        raise NetkitError(f"--network {networks}: there are {', '.join(known)}, all")
    return names
